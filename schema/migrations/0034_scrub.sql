CREATE TABLE "damaged_blobs" (
	"sha256" text PRIMARY KEY NOT NULL,
	"found_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "scrub" (
	"id" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"read_up_to" text NOT NULL,
	"files" integer NOT NULL,
	"bytes" bigint NOT NULL,
	"finished_at" timestamp with time zone,
	CONSTRAINT "scrub_once" CHECK ("scrub"."id" = 1)
);
--> statement-breakpoint
INSERT INTO "damaged_blobs" ("sha256", "found_at") SELECT "sha256", max("damaged_at") FROM "files" WHERE "damaged_at" IS NOT NULL AND "scan" <> 'infecte' GROUP BY "sha256";
