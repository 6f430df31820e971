CREATE TABLE "own_models" (
	"id" uuid PRIMARY KEY NOT NULL,
	"grappe_id" uuid NOT NULL,
	"model" text NOT NULL,
	"file_name" text NOT NULL,
	"sha256" text NOT NULL,
	"size" integer NOT NULL,
	"tags" jsonb NOT NULL,
	"sent_by" text NOT NULL,
	"sent_at" timestamp with time zone NOT NULL,
	"taken_at" timestamp with time zone,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "own_models" ADD CONSTRAINT "own_models_grappe_id_grappes_id_fk" FOREIGN KEY ("grappe_id") REFERENCES "public"."grappes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "own_models_one_tried" ON "own_models" USING btree ("grappe_id","model") WHERE "own_models"."taken_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "own_models_one_in_place" ON "own_models" USING btree ("grappe_id","model") WHERE "own_models"."taken_at" is not null and "own_models"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "own_models_sha256" ON "own_models" USING btree ("sha256");