CREATE TABLE "call_models" (
	"sha256" text PRIMARY KEY NOT NULL,
	"file_name" text NOT NULL,
	"size" integer NOT NULL,
	"parts" jsonb NOT NULL,
	"sent_at" timestamp with time zone NOT NULL
);
