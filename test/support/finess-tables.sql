CREATE TABLE "finess_registry" (
	"id" integer PRIMARY KEY NOT NULL,
	"format" text NOT NULL,
	"data_on" date,
	"imported_at" timestamp with time zone NOT NULL,
	"establishments" integer NOT NULL,
	"legal_entities" integer NOT NULL,
	CONSTRAINT "finess_registry_is_one" CHECK ("finess_registry"."id" = 1)
);

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

CREATE TABLE "finess_words" (
	"word" text PRIMARY KEY NOT NULL,
	"trigrams" text[] NOT NULL
);

CREATE INDEX "finess_structures_ej" ON "finess_structures" USING btree ("ej_number");
CREATE INDEX "finess_structures_words" ON "finess_structures" USING gin ("words");
CREATE INDEX "finess_words_trigrams" ON "finess_words" USING gin ("trigrams");
