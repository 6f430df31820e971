CREATE TABLE "job_runs" (
	"name" text PRIMARY KEY NOT NULL,
	"runs" integer NOT NULL,
	"failures" integer NOT NULL,
	"failures_in_row" integer NOT NULL,
	"last_success_at" timestamp with time zone,
	"last_failure_at" timestamp with time zone,
	"last_failure" text,
	"last_ms" integer
);
