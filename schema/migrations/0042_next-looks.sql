ALTER TABLE "grappes" ADD COLUMN "digest_look_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "grappes" ADD COLUMN "digest_looked_revision" integer;--> statement-breakpoint
ALTER TABLE "grappes" ADD COLUMN "alert_look_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "grappes" ADD COLUMN "alert_looked_revision" integer;--> statement-breakpoint
ALTER TABLE "grappes" ADD COLUMN "retention_look_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "grappes" ADD COLUMN "retention_looked_revision" integer;