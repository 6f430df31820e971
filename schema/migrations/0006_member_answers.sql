CREATE TABLE "member_proposals" (
	"id" uuid PRIMARY KEY NOT NULL,
	"grappe_id" uuid NOT NULL,
	"esms_id" uuid NOT NULL,
	"changes" jsonb NOT NULL,
	"proposed_by" text NOT NULL,
	"proposed_at" timestamp with time zone NOT NULL,
	"decision" text,
	"motive" text,
	"decided_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "esms" ADD COLUMN "answered_by" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "grappes" ADD COLUMN "member_corrections" text DEFAULT 'proposees' NOT NULL;--> statement-breakpoint
ALTER TABLE "member_proposals" ADD CONSTRAINT "member_proposals_grappe_id_grappes_id_fk" FOREIGN KEY ("grappe_id") REFERENCES "public"."grappes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "member_proposals" ADD CONSTRAINT "member_proposals_esms_id_esms_id_fk" FOREIGN KEY ("esms_id") REFERENCES "public"."esms"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "member_proposals_grappe" ON "member_proposals" USING btree ("grappe_id","decision");--> statement-breakpoint
CREATE UNIQUE INDEX "member_proposals_one_waiting" ON "member_proposals" USING btree ("esms_id") WHERE "member_proposals"."decision" is null;