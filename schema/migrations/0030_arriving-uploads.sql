CREATE SCHEMA "envois";
--> statement-breakpoint
CREATE TABLE "envois"."chunks" (
	"upload_id" text NOT NULL,
	"start" bigint NOT NULL,
	"bytes" bigint NOT NULL,
	"sha256" text NOT NULL,
	"object" text NOT NULL,
	CONSTRAINT "chunks_upload_id_start_pk" PRIMARY KEY("upload_id","start")
);
--> statement-breakpoint
CREATE TABLE "envois"."uploads" (
	"id" text PRIMARY KEY NOT NULL,
	"owner" text NOT NULL,
	"piece_id" text NOT NULL,
	"name" text NOT NULL,
	"modified" text NOT NULL,
	"folder" text NOT NULL,
	"mail" jsonb,
	"note" text,
	"size" bigint NOT NULL,
	"received" bigint NOT NULL,
	"begun_at" timestamp with time zone NOT NULL,
	"touched_at" timestamp with time zone NOT NULL,
	"version_id" uuid,
	"held_by" uuid,
	"held_until" timestamp with time zone,
	"gone_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "envois"."chunks" ADD CONSTRAINT "chunks_upload_id_uploads_id_fk" FOREIGN KEY ("upload_id") REFERENCES "envois"."uploads"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "uploads_owner" ON "envois"."uploads" USING btree ("owner","piece_id") WHERE "envois"."uploads"."gone_at" is null;--> statement-breakpoint
CREATE INDEX "uploads_touched" ON "envois"."uploads" USING btree ("touched_at");