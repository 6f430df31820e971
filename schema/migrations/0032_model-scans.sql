ALTER TABLE "call_models" ADD COLUMN "scanned_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "own_models" ADD COLUMN "scanned_at" timestamp with time zone;