CREATE TABLE "signings" (
	"id" uuid PRIMARY KEY NOT NULL,
	"piece_id" uuid NOT NULL,
	"step" text NOT NULL,
	"on" date,
	"signatory" text,
	"noted_by" text NOT NULL,
	"noted_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "signature" text;--> statement-breakpoint
ALTER TABLE "signings" ADD CONSTRAINT "signings_piece_id_pieces_id_fk" FOREIGN KEY ("piece_id") REFERENCES "public"."pieces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "signings_piece" ON "signings" USING btree ("piece_id");