CREATE TABLE "hand_outs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"grappe_id" uuid NOT NULL,
	"model" text NOT NULL,
	"og_id" uuid,
	"esms_id" uuid,
	"facts" jsonb NOT NULL,
	"first_at" timestamp with time zone NOT NULL,
	"last_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "seen_changes" (
	"version_id" uuid PRIMARY KEY NOT NULL,
	"changes" text NOT NULL,
	"seen_by" text NOT NULL,
	"seen_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "hand_outs" ADD CONSTRAINT "hand_outs_grappe_id_grappes_id_fk" FOREIGN KEY ("grappe_id") REFERENCES "public"."grappes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "hand_outs" ADD CONSTRAINT "hand_outs_og_id_ogs_id_fk" FOREIGN KEY ("og_id") REFERENCES "public"."ogs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "hand_outs" ADD CONSTRAINT "hand_outs_esms_id_esms_id_fk" FOREIGN KEY ("esms_id") REFERENCES "public"."esms"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "seen_changes" ADD CONSTRAINT "seen_changes_version_id_versions_id_fk" FOREIGN KEY ("version_id") REFERENCES "public"."versions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "hand_outs_document" ON "hand_outs" USING btree ("grappe_id","model","first_at");