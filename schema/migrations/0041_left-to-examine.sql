ALTER TABLE "seals" ADD COLUMN "left_piece_ids" uuid[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
CREATE INDEX "reviews_complements" ON "reviews" USING btree ("grappe_id") WHERE "reviews"."decision" = 'complement';--> statement-breakpoint
UPDATE "seals" SET "left_piece_ids" = array(
  select line.piece_id
  from unnest("seals"."piece_ids", "seals"."version_ids") with ordinality as line(piece_id, version_id, place)
  left join lateral (
    select decision from reviews where reviews.version_id = line.version_id
    order by reviews.at desc, reviews.id desc limit 1
  ) said on true
  where coalesce(said.decision, 'a-examiner') = 'a-examiner'
  order by line.place);
