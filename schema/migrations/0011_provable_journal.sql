ALTER TABLE "journal" ADD COLUMN "salt" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "journal" ADD COLUMN "content_hash" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "journal" ADD COLUMN "hash" text DEFAULT '' NOT NULL;--> statement-breakpoint
-- What a line says, as it is hashed: jsonb writes the same value the same way, wherever it is asked.
CREATE FUNCTION journal_content(line journal) RETURNS text LANGUAGE sql STABLE AS $$
  select jsonb_build_object('actor', line.actor, 'proof', line.proof, 'facts', line.facts,
    'members', to_jsonb(line.member_ids), 'piece', line.piece_id, 'event', line.event)::text
$$;--> statement-breakpoint
CREATE FUNCTION journal_instant(line journal) RETURNS text LANGUAGE sql STABLE AS $$
  select to_char(line.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;--> statement-breakpoint
-- The line, after the one before it in its grappe; `previous` is empty for the first one.
CREATE FUNCTION journal_chained(line journal, previous text) RETURNS journal LANGUAGE plpgsql AS $$
begin
  line.salt := gen_random_uuid();
  line.content_hash := encode(sha256(convert_to(line.salt || E'\n' || journal_content(line), 'UTF8')), 'hex');
  line.hash := encode(sha256(convert_to(concat_ws(E'\n', previous, line.grappe_id, journal_instant(line),
    line.kind, line.content_hash), 'UTF8')), 'hex');
  return line;
end $$;--> statement-breakpoint
DO $$
declare
  line journal;
  previous text := '';
  grappe uuid;
begin
  for line in select * from journal order by grappe_id, id loop
    if line.grappe_id is distinct from grappe then previous := ''; end if;
    line := journal_chained(line, previous);
    update journal set salt = line.salt, content_hash = line.content_hash, hash = line.hash where id = line.id;
    previous := line.hash;
    grappe := line.grappe_id;
  end loop;
end $$;--> statement-breakpoint
CREATE FUNCTION chain_journal() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  -- A backup that is put back brings its hashes, which `npm run journal -- verify` judges.
  if new.hash <> '' then return new; end if;
  return journal_chained(new, coalesce(
    (select hash from journal where grappe_id = new.grappe_id order by id desc limit 1), ''));
end $$;--> statement-breakpoint
CREATE TRIGGER journal_is_chained BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION chain_journal();--> statement-breakpoint
CREATE FUNCTION refuse_change_of_journal() RETURNS trigger LANGUAGE plpgsql AS $$
begin
  raise exception 'the journal is append-only: % refused', tg_op;
end $$;--> statement-breakpoint
CREATE TRIGGER journal_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_journal();
