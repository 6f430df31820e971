CREATE TABLE "column_mappings" (
	"porteur_id" uuid NOT NULL,
	"shape" text NOT NULL,
	"mapping" jsonb NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "column_mappings_porteur_id_shape_pk" PRIMARY KEY("porteur_id","shape")
);
--> statement-breakpoint
ALTER TABLE "esms" ADD COLUMN "commune" text;--> statement-breakpoint
ALTER TABLE "esms" ADD COLUMN "capacite" integer;--> statement-breakpoint
ALTER TABLE "mails" ADD COLUMN "hand_sent_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "ogs" ADD COLUMN "contact_phone" text;--> statement-breakpoint
ALTER TABLE "versions" ADD COLUMN "taken_out_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "versions" ADD COLUMN "taken_out_by" text;--> statement-breakpoint
ALTER TABLE "versions" ADD COLUMN "moved_to_piece_id" uuid;--> statement-breakpoint
ALTER TABLE "column_mappings" ADD CONSTRAINT "column_mappings_porteur_id_porteurs_id_fk" FOREIGN KEY ("porteur_id") REFERENCES "public"."porteurs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "versions" ADD CONSTRAINT "versions_moved_to_piece_id_pieces_id_fk" FOREIGN KEY ("moved_to_piece_id") REFERENCES "public"."pieces"("id") ON DELETE set null ON UPDATE no action;