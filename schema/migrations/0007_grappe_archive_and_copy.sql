ALTER TABLE "grappes" ADD COLUMN "archived_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "grappes" ADD COLUMN "copied_from_id" uuid;--> statement-breakpoint
ALTER TABLE "grappes" ADD CONSTRAINT "grappes_copied_from_id_grappes_id_fk" FOREIGN KEY ("copied_from_id") REFERENCES "public"."grappes"("id") ON DELETE set null ON UPDATE no action;