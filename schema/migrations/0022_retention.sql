CREATE TABLE "bytes_to_erase" (
	"sha256" text PRIMARY KEY NOT NULL,
	"listed_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "erased_grappes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"call_code" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"erased_at" timestamp with time zone NOT NULL,
	"cause" text NOT NULL,
	"counts" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "erased_seals" (
	"grappe_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"sealed_at" timestamp with time zone NOT NULL,
	"complete" boolean NOT NULL,
	"seal_hash" text NOT NULL,
	"zip_length" bigint NOT NULL,
	"zip_sha256" text,
	"files" jsonb NOT NULL,
	"journal_head" jsonb,
	CONSTRAINT "erased_seals_grappe_id_number_pk" PRIMARY KEY("grappe_id","number")
);
--> statement-breakpoint
CREATE TABLE "erasure_warnings" (
	"id" uuid PRIMARY KEY NOT NULL,
	"grappe_id" uuid NOT NULL,
	"rank" integer NOT NULL,
	"planned_on" date NOT NULL,
	"erases_on" date NOT NULL,
	"written_on" date NOT NULL,
	"mail_id" uuid
);
--> statement-breakpoint
CREATE TABLE "retentions" (
	"grappe_id" uuid PRIMARY KEY NOT NULL,
	"months" integer,
	"hold_motive" text,
	"held_by" text,
	"held_at" timestamp with time zone,
	"deletion_asked_at" timestamp with time zone,
	"deletes_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "journal" DROP CONSTRAINT "journal_facts_or_sentence";--> statement-breakpoint
ALTER TABLE "journal" DROP CONSTRAINT "journal_grappe_id_grappes_id_fk";
--> statement-breakpoint
ALTER TABLE "journal" ADD COLUMN "erased_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "erased_seals" ADD CONSTRAINT "erased_seals_grappe_id_erased_grappes_id_fk" FOREIGN KEY ("grappe_id") REFERENCES "public"."erased_grappes"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "erasure_warnings" ADD CONSTRAINT "erasure_warnings_grappe_id_grappes_id_fk" FOREIGN KEY ("grappe_id") REFERENCES "public"."grappes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "erasure_warnings" ADD CONSTRAINT "erasure_warnings_mail_id_mails_id_fk" FOREIGN KEY ("mail_id") REFERENCES "public"."mails"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "retentions" ADD CONSTRAINT "retentions_grappe_id_grappes_id_fk" FOREIGN KEY ("grappe_id") REFERENCES "public"."grappes"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "erased_seals_hash" ON "erased_seals" USING btree ("seal_hash");--> statement-breakpoint
CREATE INDEX "erasure_warnings_grappe" ON "erasure_warnings" USING btree ("grappe_id");--> statement-breakpoint
CREATE INDEX "erasure_warnings_mail" ON "erasure_warnings" USING btree ("mail_id");--> statement-breakpoint
ALTER TABLE "journal" ADD CONSTRAINT "journal_facts_or_sentence" CHECK (case when "journal"."erased_at" is null
        then ("journal"."kind" = 'unknown') = ("journal"."event" is not null)
          and ("journal"."kind" = 'unknown') = ("journal"."facts" is null)
        else "journal"."actor" = '' and "journal"."salt" = '' and "journal"."facts" is null and "journal"."event" is null end);--> statement-breakpoint
DROP TRIGGER journal_is_append_only ON journal;--> statement-breakpoint
CREATE TRIGGER journal_is_append_only BEFORE DELETE OR TRUNCATE ON journal
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_journal();--> statement-breakpoint
-- A line may lose what it says, whole and once; its place and its hashes never change.
CREATE FUNCTION journal_emptied(line journal, instant timestamptz) RETURNS journal LANGUAGE plpgsql AS $$
begin
  line.actor := '';
  line.proof := null;
  line.facts := null;
  line.member_ids := '{}';
  line.piece_id := null;
  line.event := null;
  line.salt := '';
  line.erased_at := instant;
  return line;
end $$;--> statement-breakpoint
CREATE FUNCTION allow_erasing_alone() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  if old.erased_at is null and new.erased_at is not null
    and new is not distinct from journal_emptied(old, new.erased_at) then return new; end if;
  raise exception 'the journal is append-only: % refused', tg_op;
end $$;--> statement-breakpoint
CREATE TRIGGER journal_is_only_erased BEFORE UPDATE ON journal
  FOR EACH ROW EXECUTE FUNCTION allow_erasing_alone();--> statement-breakpoint
-- For a server whose role may not update the journal: it runs as its owner.
CREATE FUNCTION erase_journal(lines bigint[], instant timestamptz) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  update journal set actor = '', proof = null, facts = null, member_ids = '{}', piece_id = null, event = null,
    salt = '', erased_at = instant where id = any(lines) and erased_at is null
$$;--> statement-breakpoint
CREATE FUNCTION refuse_loss_of_journal() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  if exists (select from journal
    where grappe_id = old.id and erased_at is null and kind <> 'grappe-erased') then
    raise exception 'the journal is append-only: erase_journal comes before % of its grappe', tg_op;
  end if;
  return old;
end $$;--> statement-breakpoint
CREATE TRIGGER journal_is_erased_first BEFORE DELETE ON grappes
  FOR EACH ROW EXECUTE FUNCTION refuse_loss_of_journal();
