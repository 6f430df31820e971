CREATE TABLE "colleagues" (
	"id" uuid PRIMARY KEY NOT NULL,
	"porteur_id" uuid NOT NULL,
	"email" text NOT NULL,
	"role" text NOT NULL,
	"invited_by" text,
	"invited_at" timestamp with time zone NOT NULL,
	"joined_at" timestamp with time zone,
	"removed_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "porteurs" DROP CONSTRAINT "porteurs_email_unique";--> statement-breakpoint
ALTER TABLE "links" ADD COLUMN "colleague_id" uuid;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "colleague_id" uuid;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "user_agent" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "address" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "last_seen_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "colleagues" ADD CONSTRAINT "colleagues_porteur_id_porteurs_id_fk" FOREIGN KEY ("porteur_id") REFERENCES "public"."porteurs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "colleagues_once" ON "colleagues" USING btree ("porteur_id","email") WHERE "colleagues"."removed_at" is null;--> statement-breakpoint
CREATE INDEX "colleagues_email" ON "colleagues" USING btree ("email");--> statement-breakpoint
ALTER TABLE "links" ADD CONSTRAINT "links_colleague_id_colleagues_id_fk" FOREIGN KEY ("colleague_id") REFERENCES "public"."colleagues"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_colleague_id_colleagues_id_fk" FOREIGN KEY ("colleague_id") REFERENCES "public"."colleagues"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
-- Each porteur was one person: it is the first of its people. Its sessions, its API tokens and the sign-in links
-- under way are that person's.
INSERT INTO "colleagues" ("id", "porteur_id", "email", "role", "invited_at", "joined_at")
SELECT gen_random_uuid(), "id", "email", 'administrer', "created_at", "created_at" FROM "porteurs";--> statement-breakpoint
UPDATE "sessions" SET "colleague_id" = "colleagues"."id" FROM "colleagues"
WHERE "sessions"."porteur_id" = "colleagues"."porteur_id";--> statement-breakpoint
UPDATE "links" SET "colleague_id" = "colleagues"."id" FROM "colleagues"
WHERE "links"."porteur_id" = "colleagues"."porteur_id";
