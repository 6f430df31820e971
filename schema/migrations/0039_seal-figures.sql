ALTER TABLE "seals" ADD COLUMN "porteur_name" text;--> statement-breakpoint
ALTER TABLE "seals" ADD COLUMN "verdict" text;--> statement-breakpoint
ALTER TABLE "seals" ADD COLUMN "members" integer;--> statement-breakpoint
ALTER TABLE "seals" ADD COLUMN "missing" integer;--> statement-breakpoint
ALTER TABLE "seals" ADD COLUMN "piece_ids" uuid[];--> statement-breakpoint
ALTER TABLE "seals" ADD COLUMN "version_ids" uuid[];--> statement-breakpoint
UPDATE "seals" SET
  "porteur_name" = plan ->> 'porteurName',
  "verdict" = plan -> 'verdict' ->> 'status',
  "members" = (
    select count(*) from jsonb_array_elements(plan -> 'members') member where member ->> 'withdrawnOn' is null),
  "missing" = (
    select count(*) from jsonb_array_elements(plan -> 'gaps') gap where (gap ->> 'required')::boolean),
  ("piece_ids", "version_ids") = (
    select
      coalesce(array_agg((line ->> 'pieceId')::uuid order by place), '{}'),
      coalesce(array_agg((line -> 'version' ->> 'id')::uuid order by place), '{}')
    from jsonb_array_elements(plan -> 'rows') with ordinality as lines(line, place)
    where jsonb_array_length(line -> 'paths') > 0 and line ->> 'pieceId' is not null);--> statement-breakpoint
ALTER TABLE "seals" ALTER COLUMN "verdict" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "seals" ALTER COLUMN "members" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "seals" ALTER COLUMN "missing" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "seals" ALTER COLUMN "piece_ids" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "seals" ALTER COLUMN "version_ids" SET NOT NULL;
