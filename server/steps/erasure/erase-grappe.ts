/**
 * A grappe goes: its rows, its uploads, then the bytes that no other grappe refers to. What stays are days,
 * counts and hashes, and a journal whose chain still holds: docs/adr/0022.
 */
import { and, eq, inArray, isNotNull, lt, or, sql } from 'drizzle-orm'
import {
  bytesToErase,
  codes,
  contacts,
  erasedGrappes,
  erasedSeals,
  esms,
  files,
  grappes,
  journal,
  links,
  mails,
  messages,
  ogs,
  ownModels,
  pieces,
  sealedEntries,
  seals,
  versions,
} from '../../../schema/tables.ts'
import type { ErasedCounts, ErasureCause } from '../../domain/erasure.ts'
import { systemActor } from '../../domain/journal/entry.ts'
import type { Context, Database } from '../ports.ts'
import { recordChange } from '../record-change.ts'

const ACTOR = systemActor('Effacement')

/** A mail older than that leaves no more. */
const GIVEN_UP_MS = 5 * 24 * 60 * 60 * 1000

/**
 * Erases the grappe if it is still due under its lock. Killed in the middle, it is begun again: rows go all
 * together, the bytes that they named are listed with them.
 *
 * @param isDue is asked once nobody can change the grappe any more.
 * @returns whether it was erased.
 */
export async function eraseGrappe(
  context: Pick<Context, 'db' | 'now' | 'uploads'>,
  grappeId: string,
  cause: ErasureCause,
  isDue: (tx: Database) => Promise<boolean>,
): Promise<boolean> {
  const pieceIds = await context.db
    .select({ id: pieces.id })
    .from(pieces)
    .where(eq(pieces.grappeId, grappeId))
  const erased = await context.db.transaction(async tx => {
    const [grappe] = await tx.select().from(grappes).where(eq(grappes.id, grappeId)).for('update')
    if (grappe === undefined || !(await isDue(tx))) return false
    await eraseRows(tx, context.now(), grappe, cause)
    return true
  })
  if (!erased) return false
  // Left there by a stop, they are given up by themselves within days.
  await context.uploads.erase(new Set([grappeId, ...pieceIds.map(({ id }) => id)]))
  return true
}

async function eraseRows(
  tx: Database,
  at: Date,
  grappe: typeof grappes.$inferSelect,
  cause: ErasureCause,
): Promise<void> {
  const { id: grappeId, callCode, createdAt } = grappe
  await recordChange(tx, { grappeId, at, actor: ACTOR, act: { kind: 'grappe-erased', facts: { cause } } })
  const counts = await countAll(tx, grappeId)
  await tx.insert(erasedGrappes).values({ id: grappeId, callCode, createdAt, erasedAt: at, cause, counts })
  await keepSeals(tx, grappeId)
  await listBytes(tx, grappeId, at)
  await eraseAccountMails(tx, grappeId, at)
  const ownLinks = tx.select({ id: links.id }).from(links).where(eq(links.grappeId, grappeId))
  await tx.delete(codes).where(inArray(codes.holderId, ownLinks))
  await tx.execute(sql`
    select erase_journal(array(
      select id from journal where grappe_id = ${grappeId} and kind <> 'grappe-erased'
    ), ${at.toISOString()}::timestamptz)`)
  // Everything else that is the grappe's goes with its row.
  await tx.delete(grappes).where(eq(grappes.id, grappeId))
}

async function countAll(tx: Database, grappeId: string): Promise<ErasedCounts> {
  const own = <Table extends { grappeId: Parameters<typeof eq>[0] }>({ grappeId: column }: Table) =>
    eq(column as typeof ogs.grappeId, grappeId)
  const [deposited] = await tx
    .select({
      versions: sql<number>`count(distinct ${versions.id})::int`,
      files: sql<number>`count(${files.id})::int`,
      bytes: sql<number>`coalesce(sum(${files.size}), 0)::float8`,
    })
    .from(versions)
    .innerJoin(pieces, eq(versions.pieceId, pieces.id))
    .leftJoin(files, eq(files.versionId, versions.id))
    .where(own(pieces))
  const ownPieces = tx.select({ id: pieces.id }).from(pieces).where(own(pieces))
  return {
    ogs: await tx.$count(ogs, own(ogs)),
    esms: await tx.$count(esms, own(esms)),
    contacts: await tx.$count(contacts, own(contacts)),
    pieces: await tx.$count(pieces, own(pieces)),
    versions: deposited?.versions ?? 0,
    files: deposited?.files ?? 0,
    bytes: deposited?.bytes ?? 0,
    messages: await tx.$count(messages, inArray(messages.pieceId, ownPieces)),
    mails: await tx.$count(mails, eq(mails.grappeId, grappeId)),
    links: await tx.$count(links, eq(links.grappeId, grappeId)),
    seals: await tx.$count(seals, own(seals)),
    journalLines: await tx.$count(journal, own(journal)),
  }
}

/** Of the versions that were handed out: whoever kept one may still compare it. */
async function keepSeals(tx: Database, grappeId: string): Promise<void> {
  const rows = await tx
    .select({
      grappeId: seals.grappeId,
      number: seals.number,
      sealedAt: seals.sealedAt,
      complete: seals.complete,
      sealHash: seals.sealHash,
      zipLength: seals.zipLength,
      zipSha256: seals.zipSha256,
      journalHead: sql<
        (typeof erasedSeals.$inferInsert)['journalHead']
      >`nullif(${seals.plan} -> 'journalHead', 'null')`,
      files: sql<(typeof erasedSeals.$inferInsert)['files']>`coalesce((
        select jsonb_agg(jsonb_build_object('sha256', entry.sha256, 'size', entry.size)
          order by entry.position)
        from ${sealedEntries} entry where entry.seal_id = ${seals}.id
      ), '[]')`,
    })
    .from(seals)
    .where(and(eq(seals.grappeId, grappeId), eq(seals.state, 'scelle')))
  if (rows.length > 0) await tx.insert(erasedSeals).values(rows)
}

async function listBytes(tx: Database, grappeId: string, at: Date): Promise<void> {
  const deposited = await tx
    .selectDistinct({ sha256: files.sha256 })
    .from(files)
    .innerJoin(versions, eq(files.versionId, versions.id))
    .innerJoin(pieces, eq(versions.pieceId, pieces.id))
    .where(eq(pieces.grappeId, grappeId))
  const sealed = await tx
    .selectDistinct({ sha256: sealedEntries.sha256 })
    .from(sealedEntries)
    .innerJoin(seals, eq(sealedEntries.sealId, seals.id))
    .where(eq(seals.grappeId, grappeId))
  const readings = await tx
    .selectDistinct({ sha256: seals.readingSha256 })
    .from(seals)
    .where(eq(seals.grappeId, grappeId))
  const models = await tx
    .selectDistinct({ sha256: ownModels.sha256 })
    .from(ownModels)
    .where(eq(ownModels.grappeId, grappeId))
  const all = [...deposited, ...sealed, ...readings, ...models].flatMap(({ sha256 }) => sha256 ?? [])
  const listed = [...new Set(all)].map(sha256 => ({ sha256, listedAt: at }))
  for (let i = 0; i < listed.length; i += 1000) {
    await tx
      .insert(bytesToErase)
      .values(listed.slice(i, i + 1000))
      .onConflictDoUpdate({ target: bytesToErase.sha256, set: { listedAt: at } })
  }
}

/** Codes and sign-in links mailed to its people are in no grappe: those that have left go with it. */
async function eraseAccountMails(tx: Database, grappeId: string, at: Date): Promise<void> {
  const addresses = sql`(
    select lower(email) from ${contacts} where grappe_id = ${grappeId}
    union select lower(contact_email) from ${ogs} where grappe_id = ${grappeId} and contact_email is not null
    union select lower(contact_email) from ${esms} where grappe_id = ${grappeId} and contact_email is not null
    union select email from ${links} where grappe_id = ${grappeId} and email is not null
    union select lower(recipient) from ${mails} where grappe_id = ${grappeId}
  )`
  await tx
    .delete(mails)
    .where(
      and(
        sql`${mails.grappeId} is null`,
        sql`lower(${mails.recipient}) in ${addresses}`,
        or(
          isNotNull(mails.sentAt),
          isNotNull(mails.handSentAt),
          isNotNull(mails.bouncedAt),
          lt(mails.createdAt, new Date(at.getTime() - GIVEN_UP_MS)),
        ),
      ),
    )
}
