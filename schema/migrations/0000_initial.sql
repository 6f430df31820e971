CREATE TABLE "esms" (
	"id" uuid PRIMARY KEY NOT NULL,
	"grappe_id" uuid NOT NULL,
	"og_id" uuid NOT NULL,
	"name" text NOT NULL,
	"finess" text,
	"domaine" text,
	"projet" text,
	"solution_id" uuid,
	"solution_version" text,
	"contact_name" text,
	"contact_email" text,
	"contact_phone" text,
	"categorie" text,
	"declarations" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"withdrawn_on" date,
	"withdrawal_motive" text,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "esms_finess_once_per_grappe" UNIQUE("grappe_id","finess")
);
--> statement-breakpoint
CREATE TABLE "files" (
	"id" uuid PRIMARY KEY NOT NULL,
	"version_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"name" text NOT NULL,
	"sha256" text NOT NULL,
	"crc32" bigint NOT NULL,
	"size" bigint NOT NULL,
	"media_type" text NOT NULL,
	CONSTRAINT "files_position_once" UNIQUE("version_id","position")
);
--> statement-breakpoint
CREATE TABLE "grappes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"porteur_id" uuid NOT NULL,
	"name" text NOT NULL,
	"call_code" text NOT NULL,
	"call" jsonb NOT NULL,
	"porteur_og_id" uuid,
	"revision" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "journal" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "journal_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"grappe_id" uuid NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"actor" text NOT NULL,
	"event" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "links" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"token_hash" text NOT NULL,
	"porteur_id" uuid,
	"grappe_id" uuid,
	"og_id" uuid,
	"esms_id" uuid,
	"label" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"revoked_at" timestamp with time zone,
	"consumed_at" timestamp with time zone,
	"last_used_at" timestamp with time zone,
	CONSTRAINT "links_token_hash_unique" UNIQUE("token_hash")
);
--> statement-breakpoint
CREATE TABLE "mails" (
	"id" uuid PRIMARY KEY NOT NULL,
	"grappe_id" uuid,
	"link_id" uuid,
	"recipient" text NOT NULL,
	"subject" text NOT NULL,
	"body" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"sent_at" timestamp with time zone,
	"failure" text
);
--> statement-breakpoint
CREATE TABLE "ogs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"grappe_id" uuid NOT NULL,
	"name" text NOT NULL,
	"finess_ej" text,
	"contact_name" text,
	"contact_email" text,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "ogs_finess_once_per_grappe" UNIQUE("grappe_id","finess_ej"),
	CONSTRAINT "ogs_name_once_per_grappe" UNIQUE("grappe_id","name")
);
--> statement-breakpoint
CREATE TABLE "pieces" (
	"id" uuid PRIMARY KEY NOT NULL,
	"grappe_id" uuid NOT NULL,
	"code" text NOT NULL,
	"scope" text NOT NULL,
	"og_id" uuid,
	"esms_id" uuid,
	CONSTRAINT "pieces_once_per_owner" UNIQUE NULLS NOT DISTINCT("grappe_id","code","og_id","esms_id"),
	CONSTRAINT "pieces_owner_matches_scope" CHECK (("pieces"."scope" = 'grappe' and "pieces"."og_id" is null and "pieces"."esms_id" is null)
        or ("pieces"."scope" = 'og' and "pieces"."og_id" is not null and "pieces"."esms_id" is null)
        or ("pieces"."scope" = 'esms' and "pieces"."og_id" is null and "pieces"."esms_id" is not null))
);
--> statement-breakpoint
CREATE TABLE "porteurs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "porteurs_email_unique" UNIQUE("email")
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"porteur_id" uuid NOT NULL,
	"token_hash" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "sessions_token_hash_unique" UNIQUE("token_hash")
);
--> statement-breakpoint
CREATE TABLE "solutions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"grappe_id" uuid NOT NULL,
	"editeur" text NOT NULL,
	"produit" text NOT NULL,
	"segur" jsonb,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "solutions_once_per_grappe" UNIQUE("grappe_id","editeur","produit")
);
--> statement-breakpoint
CREATE TABLE "versions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"piece_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"deposited_at" timestamp with time zone NOT NULL,
	"deposited_by" text NOT NULL,
	"decision" text,
	"motive" text,
	"decided_at" timestamp with time zone,
	CONSTRAINT "versions_number_once" UNIQUE("piece_id","number")
);
--> statement-breakpoint
CREATE TABLE "finess_registry" (
	"id" integer PRIMARY KEY NOT NULL,
	"format" text NOT NULL,
	"data_on" date,
	"imported_at" timestamp with time zone NOT NULL,
	"establishments" integer NOT NULL,
	"legal_entities" integer NOT NULL,
	CONSTRAINT "finess_registry_is_one" CHECK ("finess_registry"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "finess_structures" (
	"number" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"name" text,
	"long_name" text,
	"ej_number" text,
	"categorie" text,
	"departement" text,
	"acheminement" text,
	"siret" text,
	"open" boolean NOT NULL,
	"words" "tsvector" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "finess_words" (
	"word" text PRIMARY KEY NOT NULL,
	"trigrams" text[] NOT NULL
);
--> statement-breakpoint
ALTER TABLE "esms" ADD CONSTRAINT "esms_grappe_id_grappes_id_fk" FOREIGN KEY ("grappe_id") REFERENCES "public"."grappes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "esms" ADD CONSTRAINT "esms_og_id_ogs_id_fk" FOREIGN KEY ("og_id") REFERENCES "public"."ogs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "esms" ADD CONSTRAINT "esms_solution_id_solutions_id_fk" FOREIGN KEY ("solution_id") REFERENCES "public"."solutions"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "files" ADD CONSTRAINT "files_version_id_versions_id_fk" FOREIGN KEY ("version_id") REFERENCES "public"."versions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grappes" ADD CONSTRAINT "grappes_porteur_id_porteurs_id_fk" FOREIGN KEY ("porteur_id") REFERENCES "public"."porteurs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "journal" ADD CONSTRAINT "journal_grappe_id_grappes_id_fk" FOREIGN KEY ("grappe_id") REFERENCES "public"."grappes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "links" ADD CONSTRAINT "links_porteur_id_porteurs_id_fk" FOREIGN KEY ("porteur_id") REFERENCES "public"."porteurs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "links" ADD CONSTRAINT "links_grappe_id_grappes_id_fk" FOREIGN KEY ("grappe_id") REFERENCES "public"."grappes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "links" ADD CONSTRAINT "links_og_id_ogs_id_fk" FOREIGN KEY ("og_id") REFERENCES "public"."ogs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "links" ADD CONSTRAINT "links_esms_id_esms_id_fk" FOREIGN KEY ("esms_id") REFERENCES "public"."esms"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mails" ADD CONSTRAINT "mails_grappe_id_grappes_id_fk" FOREIGN KEY ("grappe_id") REFERENCES "public"."grappes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mails" ADD CONSTRAINT "mails_link_id_links_id_fk" FOREIGN KEY ("link_id") REFERENCES "public"."links"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ogs" ADD CONSTRAINT "ogs_grappe_id_grappes_id_fk" FOREIGN KEY ("grappe_id") REFERENCES "public"."grappes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pieces" ADD CONSTRAINT "pieces_grappe_id_grappes_id_fk" FOREIGN KEY ("grappe_id") REFERENCES "public"."grappes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pieces" ADD CONSTRAINT "pieces_og_id_ogs_id_fk" FOREIGN KEY ("og_id") REFERENCES "public"."ogs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pieces" ADD CONSTRAINT "pieces_esms_id_esms_id_fk" FOREIGN KEY ("esms_id") REFERENCES "public"."esms"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_porteur_id_porteurs_id_fk" FOREIGN KEY ("porteur_id") REFERENCES "public"."porteurs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "solutions" ADD CONSTRAINT "solutions_grappe_id_grappes_id_fk" FOREIGN KEY ("grappe_id") REFERENCES "public"."grappes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "versions" ADD CONSTRAINT "versions_piece_id_pieces_id_fk" FOREIGN KEY ("piece_id") REFERENCES "public"."pieces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "esms_og" ON "esms" USING btree ("og_id");--> statement-breakpoint
CREATE INDEX "files_sha256" ON "files" USING btree ("sha256");--> statement-breakpoint
CREATE INDEX "grappes_porteur" ON "grappes" USING btree ("porteur_id");--> statement-breakpoint
CREATE INDEX "journal_grappe" ON "journal" USING btree ("grappe_id");--> statement-breakpoint
CREATE INDEX "links_grappe" ON "links" USING btree ("grappe_id");--> statement-breakpoint
CREATE INDEX "mails_grappe" ON "mails" USING btree ("grappe_id");--> statement-breakpoint
CREATE INDEX "pieces_og" ON "pieces" USING btree ("og_id");--> statement-breakpoint
CREATE INDEX "pieces_esms" ON "pieces" USING btree ("esms_id");--> statement-breakpoint
CREATE INDEX "finess_structures_ej" ON "finess_structures" USING btree ("ej_number");--> statement-breakpoint
CREATE INDEX "finess_structures_words" ON "finess_structures" USING gin ("words");--> statement-breakpoint
CREATE INDEX "finess_words_trigrams" ON "finess_words" USING gin ("trigrams");