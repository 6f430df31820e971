CREATE TABLE "accesses" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "accesses_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"grappe_id" uuid NOT NULL,
	"seal_id" uuid,
	"act" text NOT NULL,
	"what" text,
	"actor" text NOT NULL,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "codes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"holder_id" uuid NOT NULL,
	"purpose" text NOT NULL,
	"code_hash" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "complement_drafts" (
	"grappe_id" uuid NOT NULL,
	"piece_id" uuid NOT NULL,
	"actor" text NOT NULL,
	"seal_id" uuid NOT NULL,
	"motive" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "complement_drafts_grappe_id_piece_id_actor_pk" PRIMARY KEY("grappe_id","piece_id","actor")
);
--> statement-breakpoint
CREATE TABLE "contacts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"grappe_id" uuid NOT NULL,
	"og_id" uuid,
	"esms_id" uuid,
	"name" text,
	"email" text NOT NULL,
	"phone" text,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "contacts_once_per_owner" UNIQUE NULLS NOT DISTINCT("og_id","esms_id","email"),
	CONSTRAINT "contacts_one_owner" CHECK (("contacts"."og_id" is null) <> ("contacts"."esms_id" is null))
);
--> statement-breakpoint
CREATE TABLE "extensions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"grappe_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"piece_code" text,
	"og_id" uuid,
	"esms_id" uuid,
	"deadline_on" date NOT NULL,
	"motive" text NOT NULL,
	"granted_by" text NOT NULL,
	"granted_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"id" uuid PRIMARY KEY NOT NULL,
	"piece_id" uuid NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"side" text NOT NULL,
	"author" text NOT NULL,
	"text" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "non_applicables" (
	"id" uuid PRIMARY KEY NOT NULL,
	"piece_id" uuid NOT NULL,
	"reason" text NOT NULL,
	"asked_by" text NOT NULL,
	"asked_at" timestamp with time zone NOT NULL,
	"decision" text,
	"motive" text,
	"decided_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "opinions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"grappe_id" uuid NOT NULL,
	"seal_id" uuid NOT NULL,
	"avis" text NOT NULL,
	"note" text,
	"actor" text NOT NULL,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "relances" (
	"id" uuid PRIMARY KEY NOT NULL,
	"grappe_id" uuid NOT NULL,
	"email" text NOT NULL,
	"kind" text NOT NULL,
	"due_on" date NOT NULL,
	"mail_id" uuid NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "relances_once" UNIQUE("grappe_id","email","kind","due_on")
);
--> statement-breakpoint
CREATE TABLE "reviews" (
	"id" uuid PRIMARY KEY NOT NULL,
	"grappe_id" uuid NOT NULL,
	"piece_id" uuid NOT NULL,
	"version_id" uuid,
	"seal_id" uuid NOT NULL,
	"decision" text NOT NULL,
	"motive" text,
	"deadline_on" date,
	"actor" text NOT NULL,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sealed_entries" (
	"seal_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"path" text NOT NULL,
	"sha256" text NOT NULL,
	"crc32" bigint NOT NULL,
	"size" bigint NOT NULL,
	"file_id" uuid,
	CONSTRAINT "sealed_entries_seal_id_position_pk" PRIMARY KEY("seal_id","position")
);
--> statement-breakpoint
CREATE TABLE "seals" (
	"id" uuid PRIMARY KEY NOT NULL,
	"grappe_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"state" text NOT NULL,
	"sealed_at" timestamp with time zone NOT NULL,
	"sealed_by" text NOT NULL,
	"plan" jsonb NOT NULL,
	"complete" boolean NOT NULL,
	"seal_hash" text NOT NULL,
	"zip_length" bigint NOT NULL,
	"zip_sha256" text,
	"checked_bytes" bigint DEFAULT 0 NOT NULL,
	"total_bytes" bigint NOT NULL,
	"finished_at" timestamp with time zone,
	"failure" text,
	"reading_state" text DEFAULT 'a-faire' NOT NULL,
	"reading_done" integer DEFAULT 0 NOT NULL,
	"reading_total" integer DEFAULT 0 NOT NULL,
	"reading_sha256" text,
	"reading_size" bigint,
	"reading_failure" text,
	CONSTRAINT "seals_number_once" UNIQUE("grappe_id","number")
);
--> statement-breakpoint
ALTER TABLE "sessions" ALTER COLUMN "porteur_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "role" text DEFAULT 'document' NOT NULL;--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "page_count" integer;--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "width" integer;--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "height" integer;--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "scan" text DEFAULT 'non-analyse' NOT NULL;--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "scanned_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "virus" text;--> statement-breakpoint
ALTER TABLE "grappes" ADD COLUMN "relances" jsonb;--> statement-breakpoint
ALTER TABLE "grappes" ADD COLUMN "deposits_alerted_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "links" ADD COLUMN "email" text;--> statement-breakpoint
ALTER TABLE "mails" ADD COLUMN "html" text;--> statement-breakpoint
ALTER TABLE "mails" ADD COLUMN "attempts" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "mails" ADD COLUMN "next_attempt_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "mails" ADD COLUMN "bounced_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "reviewer_email" text;--> statement-breakpoint
ALTER TABLE "accesses" ADD CONSTRAINT "accesses_grappe_id_grappes_id_fk" FOREIGN KEY ("grappe_id") REFERENCES "public"."grappes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "accesses" ADD CONSTRAINT "accesses_seal_id_seals_id_fk" FOREIGN KEY ("seal_id") REFERENCES "public"."seals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "complement_drafts" ADD CONSTRAINT "complement_drafts_grappe_id_grappes_id_fk" FOREIGN KEY ("grappe_id") REFERENCES "public"."grappes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "complement_drafts" ADD CONSTRAINT "complement_drafts_piece_id_pieces_id_fk" FOREIGN KEY ("piece_id") REFERENCES "public"."pieces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "complement_drafts" ADD CONSTRAINT "complement_drafts_seal_id_seals_id_fk" FOREIGN KEY ("seal_id") REFERENCES "public"."seals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "contacts" ADD CONSTRAINT "contacts_grappe_id_grappes_id_fk" FOREIGN KEY ("grappe_id") REFERENCES "public"."grappes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "contacts" ADD CONSTRAINT "contacts_og_id_ogs_id_fk" FOREIGN KEY ("og_id") REFERENCES "public"."ogs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "contacts" ADD CONSTRAINT "contacts_esms_id_esms_id_fk" FOREIGN KEY ("esms_id") REFERENCES "public"."esms"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "extensions" ADD CONSTRAINT "extensions_grappe_id_grappes_id_fk" FOREIGN KEY ("grappe_id") REFERENCES "public"."grappes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "extensions" ADD CONSTRAINT "extensions_og_id_ogs_id_fk" FOREIGN KEY ("og_id") REFERENCES "public"."ogs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "extensions" ADD CONSTRAINT "extensions_esms_id_esms_id_fk" FOREIGN KEY ("esms_id") REFERENCES "public"."esms"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_piece_id_pieces_id_fk" FOREIGN KEY ("piece_id") REFERENCES "public"."pieces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "non_applicables" ADD CONSTRAINT "non_applicables_piece_id_pieces_id_fk" FOREIGN KEY ("piece_id") REFERENCES "public"."pieces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "opinions" ADD CONSTRAINT "opinions_grappe_id_grappes_id_fk" FOREIGN KEY ("grappe_id") REFERENCES "public"."grappes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "opinions" ADD CONSTRAINT "opinions_seal_id_seals_id_fk" FOREIGN KEY ("seal_id") REFERENCES "public"."seals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "relances" ADD CONSTRAINT "relances_grappe_id_grappes_id_fk" FOREIGN KEY ("grappe_id") REFERENCES "public"."grappes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "relances" ADD CONSTRAINT "relances_mail_id_mails_id_fk" FOREIGN KEY ("mail_id") REFERENCES "public"."mails"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_grappe_id_grappes_id_fk" FOREIGN KEY ("grappe_id") REFERENCES "public"."grappes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_piece_id_pieces_id_fk" FOREIGN KEY ("piece_id") REFERENCES "public"."pieces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_version_id_versions_id_fk" FOREIGN KEY ("version_id") REFERENCES "public"."versions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_seal_id_seals_id_fk" FOREIGN KEY ("seal_id") REFERENCES "public"."seals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sealed_entries" ADD CONSTRAINT "sealed_entries_seal_id_seals_id_fk" FOREIGN KEY ("seal_id") REFERENCES "public"."seals"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "seals" ADD CONSTRAINT "seals_grappe_id_grappes_id_fk" FOREIGN KEY ("grappe_id") REFERENCES "public"."grappes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "accesses_grappe" ON "accesses" USING btree ("grappe_id");--> statement-breakpoint
CREATE INDEX "codes_holder" ON "codes" USING btree ("holder_id");--> statement-breakpoint
CREATE INDEX "contacts_grappe" ON "contacts" USING btree ("grappe_id");--> statement-breakpoint
CREATE INDEX "extensions_grappe" ON "extensions" USING btree ("grappe_id");--> statement-breakpoint
CREATE INDEX "messages_piece" ON "messages" USING btree ("piece_id");--> statement-breakpoint
CREATE INDEX "non_applicables_piece" ON "non_applicables" USING btree ("piece_id");--> statement-breakpoint
CREATE INDEX "opinions_grappe" ON "opinions" USING btree ("grappe_id");--> statement-breakpoint
CREATE INDEX "reviews_grappe" ON "reviews" USING btree ("grappe_id");--> statement-breakpoint
CREATE INDEX "reviews_version" ON "reviews" USING btree ("version_id");--> statement-breakpoint
CREATE INDEX "sealed_entries_sha256" ON "sealed_entries" USING btree ("sha256");--> statement-breakpoint
CREATE INDEX "seals_hash" ON "seals" USING btree ("seal_hash");--> statement-breakpoint
CREATE INDEX "esms_finess" ON "esms" USING btree ("finess");--> statement-breakpoint
CREATE INDEX "files_scan" ON "files" USING btree ("scan");--> statement-breakpoint
CREATE INDEX "mails_unsent" ON "mails" USING btree ("created_at") WHERE "mails"."sent_at" is null;