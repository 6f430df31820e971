ALTER TABLE "ogs" ADD COLUMN "representative" text;--> statement-breakpoint
ALTER TABLE "ogs" ADD COLUMN "representative_role" text;--> statement-breakpoint
ALTER TABLE "ogs" ADD COLUMN "seat_address" text;--> statement-breakpoint
ALTER TABLE "ogs" ADD COLUMN "siren" text;