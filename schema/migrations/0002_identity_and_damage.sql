CREATE TABLE "installation" (
	"id" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"database_id" uuid NOT NULL,
	"store_id" uuid NOT NULL,
	"key_check" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "installation_once" CHECK ("installation"."id" = 1)
);
--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "damaged_at" timestamp with time zone;