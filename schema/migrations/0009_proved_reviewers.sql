ALTER TABLE "accesses" ADD COLUMN "proof" text;--> statement-breakpoint
ALTER TABLE "codes" ADD COLUMN "browser_hash" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "opinions" ADD COLUMN "email" text;--> statement-breakpoint
ALTER TABLE "opinions" ADD COLUMN "proof" text;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "email" text;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "proof" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "opened_by" text DEFAULT 'link' NOT NULL;--> statement-breakpoint
ALTER TABLE "complement_drafts" ADD COLUMN "email" text;--> statement-breakpoint
-- A draft was known by the name on its link: it goes to the address that the link was handed to. Two names of
-- one address: the newer draft is kept as its own. Those of a link without an address, and the older ones, stay
-- under their name, where nobody reads them any more.
UPDATE "complement_drafts" "draft" SET "email" = "known"."email" FROM (
  SELECT "d"."grappe_id", "d"."piece_id", "d"."actor", "l"."email",
    row_number() OVER (PARTITION BY "d"."grappe_id", "d"."piece_id", "l"."email" ORDER BY "d"."at" DESC) AS "rank"
  FROM "complement_drafts" "d" JOIN LATERAL (
    SELECT "links"."email" FROM "links"
    WHERE "links"."kind" = 'ars' AND "links"."grappe_id" = "d"."grappe_id" AND "links"."label" = "d"."actor"
      AND "links"."email" IS NOT NULL
    ORDER BY "links"."created_at" DESC LIMIT 1
  ) "l" ON true
) "known"
WHERE "known"."rank" = 1 AND "draft"."grappe_id" = "known"."grappe_id"
  AND "draft"."piece_id" = "known"."piece_id" AND "draft"."actor" = "known"."actor";--> statement-breakpoint
UPDATE "complement_drafts" SET "email" = "actor" WHERE "email" IS NULL;--> statement-breakpoint
ALTER TABLE "complement_drafts" ALTER COLUMN "email" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "complement_drafts" DROP CONSTRAINT "complement_drafts_grappe_id_piece_id_actor_pk";--> statement-breakpoint
ALTER TABLE "complement_drafts" ADD CONSTRAINT "complement_drafts_grappe_id_piece_id_email_pk" PRIMARY KEY("grappe_id","piece_id","email");--> statement-breakpoint
ALTER TABLE "complement_drafts" DROP COLUMN "actor";
