CREATE TABLE "account_deletions" (
	"porteur_id" uuid PRIMARY KEY NOT NULL,
	"asked_by" text NOT NULL,
	"asked_at" timestamp with time zone NOT NULL,
	"deletes_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "links" ADD COLUMN "parent_id" uuid;--> statement-breakpoint
ALTER TABLE "links" ADD COLUMN "renewal" text;--> statement-breakpoint
ALTER TABLE "account_deletions" ADD CONSTRAINT "account_deletions_porteur_id_porteurs_id_fk" FOREIGN KEY ("porteur_id") REFERENCES "public"."porteurs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "links" ADD CONSTRAINT "links_parent_id_links_id_fk" FOREIGN KEY ("parent_id") REFERENCES "public"."links"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "links_parent" ON "links" USING btree ("parent_id");--> statement-breakpoint
CREATE INDEX "links_to_renew" ON "links" USING btree ("grappe_id") WHERE "links"."renewal" is not null;