ALTER TABLE "member_proposals" ALTER COLUMN "esms_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "grappes" ADD COLUMN "shipped_call" jsonb;--> statement-breakpoint
ALTER TABLE "member_proposals" ADD COLUMN "og_id" uuid;--> statement-breakpoint
ALTER TABLE "member_proposals" ADD CONSTRAINT "member_proposals_og_id_ogs_id_fk" FOREIGN KEY ("og_id") REFERENCES "public"."ogs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "member_proposals_one_waiting_og" ON "member_proposals" USING btree ("og_id") WHERE "member_proposals"."decision" is null;--> statement-breakpoint
ALTER TABLE "member_proposals" ADD CONSTRAINT "member_proposals_one_owner" CHECK (("member_proposals"."esms_id" is null) <> ("member_proposals"."og_id" is null));