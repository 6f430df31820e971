DROP INDEX "journal_grappe";--> statement-breakpoint
ALTER TABLE "journal" ALTER COLUMN "event" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "journal" ADD COLUMN "proof" text;--> statement-breakpoint
-- Lines of before kinds were kept: they have their sentence only.
ALTER TABLE "journal" ADD COLUMN "kind" text DEFAULT 'unknown' NOT NULL;--> statement-breakpoint
ALTER TABLE "journal" ALTER COLUMN "kind" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "journal" ADD COLUMN "facts" jsonb;--> statement-breakpoint
ALTER TABLE "journal" ADD COLUMN "member_ids" uuid[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "journal" ADD COLUMN "piece_id" uuid;--> statement-breakpoint
CREATE INDEX "journal_kind" ON "journal" USING btree ("grappe_id","kind","id");--> statement-breakpoint
CREATE INDEX "journal_actor" ON "journal" USING btree ("grappe_id","actor","id");--> statement-breakpoint
CREATE INDEX "journal_members" ON "journal" USING gin ("member_ids");--> statement-breakpoint
CREATE INDEX "journal_piece" ON "journal" USING btree ("piece_id");--> statement-breakpoint
CREATE INDEX "journal_grappe" ON "journal" USING btree ("grappe_id","id");--> statement-breakpoint
ALTER TABLE "journal" ADD CONSTRAINT "journal_facts_or_sentence" CHECK (("journal"."kind" = 'unknown') = ("journal"."event" is not null)
        and ("journal"."kind" = 'unknown') = ("journal"."facts" is null));