CREATE TABLE "deposited_answers" (
	"version_id" uuid PRIMARY KEY NOT NULL,
	"sha256" text NOT NULL,
	"answers" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "form_answers" (
	"piece_id" uuid NOT NULL,
	"field" text NOT NULL,
	"asked" jsonb NOT NULL,
	"answer" jsonb,
	"revision" integer NOT NULL,
	"answered_by" text NOT NULL,
	"answered_at" timestamp with time zone NOT NULL,
	CONSTRAINT "form_answers_piece_id_field_pk" PRIMARY KEY("piece_id","field")
);
--> statement-breakpoint
ALTER TABLE "deposited_answers" ADD CONSTRAINT "deposited_answers_version_id_versions_id_fk" FOREIGN KEY ("version_id") REFERENCES "public"."versions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "form_answers" ADD CONSTRAINT "form_answers_piece_id_pieces_id_fk" FOREIGN KEY ("piece_id") REFERENCES "public"."pieces"("id") ON DELETE cascade ON UPDATE no action;