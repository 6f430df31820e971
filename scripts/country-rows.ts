/**
 * A country of grappes, written by whole sets of rows: each with 20 ESMS in 4 OG,
 12 pieces an ESMS of which
 * 8 are deposited, every member with its link and its invitation. The files are a few,
 under many names: the
 * store holds one of each.
 */
import { createHash, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { eq, sql } from 'drizzle-orm'
import { esms, grappes, seals } from '../schema/tables.ts'
import type { OpenContext } from '../server/context.ts'
import { addDays, dayOf } from '../server/domain/deadline.ts'
import { planDossier } from '../server/domain/dossier-plan.ts'
import { sealFigures } from '../server/domain/seal.ts'
import { findOrCreatePorteur } from '../server/steps/access/sign-in.ts'
import { noteLeftToExamine } from '../server/steps/dossier/left-to-examine.ts'
import { createGrappe } from '../server/steps/eligibility/create-grappe.ts'
import { readSnapshot } from '../server/steps/read/read-snapshot.ts'

const ESMS = 20
const OGS = 4
const PIECES = 12

/** To whom the sealed dossiers are handed. */
export const COUNTRY_REVIEWER = 'instructrice@ars.invalid'

export interface CountryOrder {
  grappes: number
  /** How many of them are sealed, and handed to one reviewer. */
  sealed: number
  /** Days before the last day of how many of them, the others being 40 days away. */
  pressing: { grappes: number; inDays: number }
}

/**
 * Beside what the database holds. The first grappe is the model of the others.
 *
 * @returns the ids of the grappes, in their order.
 */
export async function fillCountry(context: OpenContext, order: CountryOrder): Promise<string[]> {
  const model = await makeModel(context, order)
  const run = (statement: ReturnType<typeof sql>) => context.db.execute(statement)
  const at = context.now().toISOString()
  await run(sql`create unlogged table country (n int, id uuid, porteur_id uuid, colleague_id uuid)`)
  await run(sql`insert into country select n, gen_random_uuid(), gen_random_uuid(), gen_random_uuid()
    from generate_series(2, ${order.grappes}) n`)
  await run(sql`insert into porteurs (id, email, created_at)
    select porteur_id, 'porteur' || n || '@exemple.invalid', ${at}::timestamptz from country`)
  await run(sql`insert into colleagues (id, porteur_id, email, role, invited_at, joined_at)
    select colleague_id, porteur_id, 'porteur' || n || '@exemple.invalid', 'administrer',
    ${at}::timestamptz,
      ${at}::timestamptz from country`)
  await run(sql`insert into grappes (id, porteur_id, name, call_code, shipped_call, call,
    exchanges_told_since, created_at)
    select country.id, country.porteur_id, 'Grappe n° ' || n, call_code, shipped_call, call,
    ${at}::timestamptz,
      ${at}::timestamptz
    from country, grappes model where model.id = ${model}`)
  await run(sql`insert into country select 1, id, porteur_id, null from grappes where id = ${model}`)
  const pressingOn = addDays(dayOf(at, 'Europe/Paris'), order.pressing.inDays)
  await run(sql`update grappes set call = jsonb_set(call, '{windows,0,closesOn}',
    to_jsonb(${pressingOn}::text))
    from country where country.id = grappes.id and n <= ${order.pressing.grappes}`)
  await fillMembers(context, at)
  await fillDeposits(context, at)
  await fillMails(context, at)
  await run(sql`analyze`)
  const rows = await run(sql`select id from country order by n`)
  const ids = (rows as unknown as { rows: { id: string }[] }).rows.map(({ id }) => id)
  await sealSome(context, ids.slice(0, order.sealed))
  await run(sql`drop table country`)
  await run(sql`analyze`)
  return ids
}

/** A grappe of the demonstration call, which asks every ESMS for as many pieces, all of them required. */
async function makeModel(context: OpenContext, { pressing }: CountryOrder): Promise<string> {
  const porteur = await findOrCreatePorteur(context.db, context, 'porteur1@exemple.invalid')
  const made = await createGrappe(context, porteur, {
    name: 'Grappe n° 1',
    call: 'demonstration',
    example: null,
  })
  if (!made.ok) throw new Error(made.refusal.code)
  const { grappeId } = made.value
  const [row] = await context.db.select().from(grappes).where(eq(grappes.id, grappeId))
  const call = row?.call as { windows: object[]; pieces: Array<{ scope: string }> }
  const piece = call.pieces.find(({ scope }) => scope === 'esms')
  if (piece === undefined) throw new Error('The demonstration asks nothing of an ESMS')
  const today = dayOf(context.now().toISOString(), 'Europe/Paris')
  await context.db.execute(sql`delete from pieces where grappe_id = ${grappeId}`)
  await context.db
    .update(grappes)
    .set({
      call: {
        ...call,
        windows: [
          {
            ...call.windows[0],
            opensOn: addDays(today, -30),
            closesOn: addDays(today, 40 + pressing.inDays),
          },
        ],
        pieces: Array.from({ length: PIECES }, (_, order) => ({
          ...piece,
          code: `piece-${order + 1}`,
          name: `Pièce ${order + 1}`,
          condition: null,
          required: true,
          deadlineOn: null,
        })),
      },
    })
    .where(eq(grappes.id, grappeId))
  return grappeId
}

async function fillMembers({ db }: OpenContext, at: string): Promise<void> {
  await db.execute(sql`insert into ogs (id, grappe_id, name, contact_name, contact_email, created_at)
    select gen_random_uuid(), country.id, 'Association n° ' || o, 'Direction n° ' || o,
      'og' || o || '.g' || n || '@exemple.invalid', ${at}::timestamptz
    from country, generate_series(1, ${OGS}) o`)
  await db.execute(sql`insert into esms
      (id, grappe_id, og_id, name, finess, domaine, contact_name, contact_email, declarations, created_at)
    select gen_random_uuid(), country.id, ogs.id, 'EHPAD n° ' || e, lpad((n * 100 + e)::text, 9, '0'), 'PA',
      'Direction', 'e' || e || '.g' || n || '@exemple.invalid', '{}', ${at}::timestamptz
    from country, generate_series(1, ${ESMS}) e
    join ogs on ogs.name = 'Association n° ' || (e % ${OGS} + 1)
    where ogs.grappe_id = country.id`)
  await db.execute(sql`update grappes set porteur_og_id = ogs.id from ogs, country
    where ogs.grappe_id = grappes.id and ogs.name = 'Association n° 1' and country.id = grappes.id`)
  await db.execute(sql`insert into pieces (id, grappe_id, code, scope, esms_id)
    select gen_random_uuid(), esms.grappe_id, 'piece-' || p, 'esms', esms.id
    from country join esms on esms.grappe_id = country.id, generate_series(1, ${PIECES}) p`)
}

/** Two pieces in three, half of them accepted, each with its line in the journal for one in eight. */
async function fillDeposits({ db, blobs }: OpenContext, at: string): Promise<void> {
  const stored: { sha256: string; crc32: number; size: number }[] = []
  for (let piece = 1; piece <= PIECES; piece++) {
    const staged = await blobs.stage(Readable.from([Buffer.from(`%PDF-1.4\n% pièce ${piece}\n%%EOF\n`)]))
    await staged.publish()
    stored.push({ sha256: staged.sha256, crc32: staged.crc32, size: staged.size })
  }
  const list = JSON.stringify(stored)
  await db.execute(sql`insert into versions
      (id, piece_id, number, deposited_at, deposited_by, decision, decided_at)
    select gen_random_uuid(), pieces.id, 1,
    ${at}::timestamptz - interval '3 hours' - random() * interval '60 days',
      esms.name, case when right(pieces.code, 1) < '4' then 'acceptee' end,
      case when right(pieces.code, 1) < '4' then ${at}::timestamptz end
    from country join esms on esms.grappe_id = country.id join pieces on pieces.esms_id = esms.id
    where right(pieces.code, 1) < '6'`)
  await db.execute(sql`insert into files (id, version_id, position, name, sha256, crc32, size,
    media_type, scan)
    select gen_random_uuid(), versions.id, 0, 'piece.pdf', stored ->> 'sha256',
    (stored ->> 'crc32')::bigint,
      (stored ->> 'size')::bigint, 'application/pdf', 'sain'
    from country join pieces on pieces.grappe_id = country.id join versions on versions.piece_id = pieces.id,
      lateral (select ${list}::jsonb -> (substr(pieces.code, 7)::int - 1)) as file(stored)`)
  await db.execute(
    sql`update grappes set deposits_alerted_at = ${at}::timestamptz
      from country where country.id = grappes.id`,
  )
  await db.execute(sql`insert into journal (grappe_id, at, actor, proof, kind, facts, member_ids, piece_id)
    select pieces.grappe_id, versions.deposited_at, esms.name, 'link', 'piece-deposited',
    jsonb_build_object(
        'memberIds', jsonb_build_array(esms.id), 'pieceId', pieces.id, 'pieceName', pieces.code,
        'ownerName', esms.name,
        'versionId', versions.id, 'number', 1, 'files', 1), array[esms.id], pieces.id
    from country join esms on esms.grappe_id = country.id join pieces on pieces.esms_id = esms.id
    join versions on versions.piece_id = pieces.id where pieces.code = 'piece-1'`)
}

async function fillMails({ db, tokens }: OpenContext, at: string): Promise<void> {
  const members = await db.select({ esmsId: esms.id, id: sql<string>`gen_random_uuid()` }).from(esms)
  const held = members.map(({ esmsId, id }) => ({ esmsId, id, hash: tokens.hash(tokens.ofLink(id)) }))
  await db.execute(sql`insert into links (id, kind, token_hash, grappe_id, email, label, created_at,
    expires_at)
    select held.id, 'personne', held.hash, esms.grappe_id, esms.contact_email, 'Direction',
    ${at}::timestamptz,
      ${at}::timestamptz + interval '180 days'
    from jsonb_to_recordset(${JSON.stringify(held)}::jsonb) as held("esmsId" uuid, id uuid, hash text)
    join esms on esms.id = held."esmsId"`)
  for (const days of [20, 10]) {
    await db.execute(sql`insert into mails
        (id, grappe_id, link_id, recipient, subject, body, created_at, sent_at, counted_at, attempts)
      select gen_random_uuid(), country.id, links.id, links.email, 'Vos pièces', repeat('Bonjour. ', 100),
        sent.at, sent.at, sent.at, 1
      from country join links on links.grappe_id = country.id,
        lateral (select ${at}::timestamptz - ${days} * interval '1 day') as sent(at)`)
  }
}

/** As a seal would, but for the bytes of its ZIP; half of what is in it was examined. */
async function sealSome(context: OpenContext, ids: readonly string[]): Promise<void> {
  const { db } = context
  const now = context.now()
  for (const grappeId of ids) {
    const snapshot = await readSnapshot(context, grappeId)
    if (snapshot === null) throw new Error('no such grappe')
    const sealedBy = 'porteur@exemple.invalid'
    const hash = createHash('sha256').update(grappeId).digest('hex')
    const plan = { ...planDossier(snapshot, 1), seal: { number: 1, hash, sealedBy, changes: null } }
    await db.insert(seals).values({
      id: randomUUID(),
      grappeId,
      number: 1,
      state: 'scelle',
      sealedAt: now,
      sealedBy,
      plan,
      complete: plan.complete,
      ...sealFigures(plan),
      sealHash: hash,
      zipLength: 0,
      totalBytes: 0,
      finishedAt: now,
      readingState: 'faite',
    })
    await db.execute(sql`insert into links (id, kind, token_hash, grappe_id, email, label, created_at,
      expires_at)
      values (gen_random_uuid(), 'ars', ${randomUUID()}, ${grappeId}, ${COUNTRY_REVIEWER},
      'Instructrice', now(),
        ${now.toISOString()}::timestamptz + interval '1 year')`)
  }
  await db.execute(sql`insert into reviews (id, grappe_id, piece_id, version_id, seal_id, decision,
    actor, at)
    select gen_random_uuid(), seals.grappe_id, held.piece, held.version, seals.id, 'conforme',
    'Instructrice', now()
    from seals, unnest(seals.piece_ids, seals.version_ids) with ordinality as held(piece, version, place)
    where place % 2 = 0`)
  for (const grappeId of ids) await noteLeftToExamine(db, grappeId)
}
