ALTER TABLE "contacts" ADD COLUMN "delegated_at" timestamp with time zone;--> statement-breakpoint
CREATE UNIQUE INDEX "contacts_one_delegate" ON "contacts" USING btree ("og_id") WHERE "contacts"."delegated_at" is not null;--> statement-breakpoint
ALTER TABLE "contacts" ADD CONSTRAINT "contacts_delegate_of_og" CHECK ("contacts"."delegated_at" is null or "contacts"."og_id" is not null);