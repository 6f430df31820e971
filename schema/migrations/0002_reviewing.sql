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
ALTER TABLE "opinions" ALTER COLUMN "seal_id" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "reviews" ALTER COLUMN "version_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "reviews" ALTER COLUMN "seal_id" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "reviews" ADD COLUMN "piece_id" uuid NOT NULL;--> statement-breakpoint
ALTER TABLE "complement_drafts" ADD CONSTRAINT "complement_drafts_grappe_id_grappes_id_fk" FOREIGN KEY ("grappe_id") REFERENCES "public"."grappes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "complement_drafts" ADD CONSTRAINT "complement_drafts_piece_id_pieces_id_fk" FOREIGN KEY ("piece_id") REFERENCES "public"."pieces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "complement_drafts" ADD CONSTRAINT "complement_drafts_seal_id_seals_id_fk" FOREIGN KEY ("seal_id") REFERENCES "public"."seals"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_piece_id_pieces_id_fk" FOREIGN KEY ("piece_id") REFERENCES "public"."pieces"("id") ON DELETE cascade ON UPDATE no action;