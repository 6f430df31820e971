ALTER TABLE "esms" ADD COLUMN "solution_version" text;--> statement-breakpoint
ALTER TABLE "esms" ADD COLUMN "contact_phone" text;