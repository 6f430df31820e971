CREATE TABLE "call_versions" (
	"call_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"call" jsonb NOT NULL,
	"published_at" timestamp with time zone NOT NULL,
	"published_by" text NOT NULL,
	CONSTRAINT "call_versions_call_id_number_pk" PRIMARY KEY("call_id","number")
);
--> statement-breakpoint
CREATE TABLE "calls" (
	"id" uuid PRIMARY KEY NOT NULL,
	"porteur_id" uuid,
	"reviewer_email" text,
	"code" text NOT NULL,
	"title" text NOT NULL,
	"draft" jsonb NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL,
	"archived_at" timestamp with time zone,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "calls_code_unique" UNIQUE("code"),
	CONSTRAINT "calls_one_owner" CHECK (("calls"."porteur_id" is null) <> ("calls"."reviewer_email" is null))
);
--> statement-breakpoint
ALTER TABLE "grappes" ADD COLUMN "call_id" uuid;--> statement-breakpoint
ALTER TABLE "grappes" ADD COLUMN "call_version" integer;--> statement-breakpoint
ALTER TABLE "call_versions" ADD CONSTRAINT "call_versions_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "calls" ADD CONSTRAINT "calls_porteur_id_porteurs_id_fk" FOREIGN KEY ("porteur_id") REFERENCES "public"."porteurs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "calls_porteur" ON "calls" USING btree ("porteur_id");--> statement-breakpoint
CREATE INDEX "calls_reviewer" ON "calls" USING btree ("reviewer_email");--> statement-breakpoint
ALTER TABLE "grappes" ADD CONSTRAINT "grappes_call_id_calls_id_fk" FOREIGN KEY ("call_id") REFERENCES "public"."calls"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "grappes_call" ON "grappes" USING btree ("call_id");