/**
 * Reads every file of a sealed version again, before it is offered and whenever it is asked for: nothing is
 * taken on trust.
 */

import { createHash } from 'node:crypto'
import { and, asc, eq, gt, inArray, isNotNull, isNull } from 'drizzle-orm'
import { files, links, sealedEntries, seals } from '../../../schema/tables.ts'
import type { DossierPlan } from '../../domain/dossier-plan.ts'
import { completenessOf } from '../../domain/dossier-plan.ts'
import { sealFacts } from '../../domain/journal/dossier.ts'
import { systemActor } from '../../domain/journal/entry.ts'
import { writeMail } from '../access/send-mail.ts'
import { oneByOne } from '../one-by-one.ts'
import type { Context, Database, SealedFile } from '../ports.ts'
import { damageOf, noteBytes } from '../read/stored-bytes.ts'
import { recordChange } from '../record-change.ts'

/** Read at once, and the least between two notes of progress. */
const READ_BYTES = 1024 * 1024
const PROGRESS_STEPS = 50
/** Damaged pieces named in a sentence. */
const MAX_NAMED = 20

type SealRow = typeof seals.$inferSelect

/** A new version, or one whose check was asked for again: what a stop left half-way is begun again. */
const toCheck = and(isNull(seals.finishedAt), inArray(seals.state, ['verification', 'scelle']))

/** The job: checks whatever waits, oldest first. */
export async function checkSeals(context: Context): Promise<void> {
  const waiting = await context.db
    .select({ id: seals.id })
    .from(seals)
    .where(toCheck)
    .orderBy(asc(seals.sealedAt))
  await oneByOne(
    waiting,
    ({ id }) => `Seal ${id}`,
    ({ id }) =>
      context.onOneServer(`scellement ${id}`, async () => {
        // The one that was at it may just have ended.
        const [seal] = await context.db
          .select()
          .from(seals)
          .where(and(eq(seals.id, id), toCheck))
        if (seal !== undefined) await checkSeal(context, seal)
      }),
  )
}

async function checkSeal(context: Context, seal: SealRow): Promise<void> {
  const entries = await context.db
    .select()
    .from(sealedEntries)
    .where(eq(sealedEntries.sealId, seal.id))
    .orderBy(asc(sealedEntries.position))
  const noteProgress = progressNoter(context.db, seal)

  const damaged: Damage[] = []
  const seen = new Map<string, string | null>()
  const memory = Buffer.allocUnsafe(READ_BYTES)
  let bytesRead = 0
  for (const entry of entries) {
    let damage = seen.get(entry.sha256)
    if (damage === undefined) {
      const before = bytesRead
      damage = await damageOf(context, entry, memory, read => noteProgress(before + read))
      seen.set(entry.sha256, damage)
    }
    if (damage !== null) damaged.push({ entry, damage })
    bytesRead += entry.size
    await noteProgress(bytesRead)
  }
  await noteSeen(context, seal, seen)
  if (damaged.length > 0) return await refuseSeal(context, seal, damaged)

  // As it will be sent: its own SHA-256, and each CRC-32 once more.
  const zip = context.dossiers.sealed(entries, seal.plan)
  if (zip.length !== seal.zipLength)
    throw new Error(`Seal ${seal.id}: ${zip.length} bytes, not ${seal.zipLength}`)
  const hash = createHash('sha256')
  for await (const chunk of zip.chunks(context.blobs.read)) {
    hash.update(chunk)
    bytesRead += chunk.length
    await noteProgress(bytesRead)
  }
  await offerSeal(context, seal, hash.digest('hex'))
}

/** Tells on the pieces what is damaged, and what no longer is. */
async function noteSeen(
  context: Context,
  seal: SealRow,
  seen: ReadonlyMap<string, string | null>,
): Promise<void> {
  const rows = await context.db
    .selectDistinct({ sha256: files.sha256 })
    .from(files)
    .innerJoin(sealedEntries, eq(sealedEntries.sha256, files.sha256))
    .where(and(eq(sealedEntries.sealId, seal.id), isNotNull(files.damagedAt)))
  const marked = new Set(rows.map(({ sha256 }) => sha256))
  for (const [sha256, damage] of seen) {
    if (damage !== null || marked.has(sha256)) await noteBytes(context, sha256, damage === null)
  }
}

interface Damage {
  entry: SealedFile
  /** French, as it follows the name of the piece. */
  damage: string
}

/** Writes how far it is, not at every read. */
function progressNoter(db: Database, seal: SealRow): (bytes: number) => Promise<void> {
  const step = Math.max(READ_BYTES, seal.totalBytes / PROGRESS_STEPS)
  let next = step
  return async bytes => {
    if (bytes < next) return
    next = bytes + step
    await db
      .update(seals)
      .set({ checkedBytes: Math.min(Math.round(bytes), seal.totalBytes) })
      .where(and(eq(seals.id, seal.id), toCheck))
  }
}

/** A damaged or missing blob stops the sealing; on a version already offered, it raises the alert. */
async function refuseSeal(context: Context, seal: SealRow, damaged: readonly Damage[]): Promise<void> {
  const failure =
    `${namedDamages(seal.plan, damaged)} Demandez de nouveau ces pièces, ou faites ` +
    'restaurer la sauvegarde par l’administrateur, puis ' +
    `${seal.state === 'scelle' ? 'revérifiez cette version' : 'scellez de nouveau'}.`
  await context.db.transaction(async tx => {
    const changed = await tx
      .update(seals)
      .set({ state: seal.state === 'scelle' ? 'scelle' : 'refuse', failure, finishedAt: context.now() })
      .where(and(eq(seals.id, seal.id), toCheck))
      .returning({ id: seals.id })
    if (changed.length === 0) return
    await recordChange(tx, {
      grappeId: seal.grappeId,
      at: context.now(),
      actor: systemActor('Vérification'),
      act: {
        kind: seal.state === 'scelle' ? 'seal-damaged' : 'seal-refused',
        facts: { ...sealFacts(seal), failure },
      },
    })
  })
}

function namedDamages(plan: DossierPlan, damaged: readonly Damage[]): string {
  const pieces = new Map(plan.entries.map(entry => [entry.path, entry]))
  const names = damaged.slice(0, MAX_NAMED).map(({ entry, damage }) => {
    const piece = pieces.get(entry.path)
    const name =
      piece === undefined
        ? `« ${entry.path} »`
        : `« ${piece.pieceName} » de ${piece.ownerName}, version ${piece.versionNumber}`
    return `${name} : ${damage}`
  })
  const more = damaged.length > MAX_NAMED ? ` ; et ${damaged.length - MAX_NAMED} autres` : ''
  return `${names.join(' ; ')}${more}.`
}

async function offerSeal(context: Context, seal: SealRow, zipSha256: string): Promise<void> {
  const mailIds = await context.db.transaction(async tx => {
    const changed = await tx
      .update(seals)
      .set({
        state: 'scelle',
        failure: null,
        finishedAt: context.now(),
        checkedBytes: seal.totalBytes,
        zipSha256,
      })
      .where(and(eq(seals.id, seal.id), toCheck))
      .returning({ id: seals.id })
    if (changed.length === 0) return []
    const first = seal.state === 'verification'
    await recordChange(tx, {
      grappeId: seal.grappeId,
      at: context.now(),
      actor: systemActor(first ? seal.sealedBy : 'Vérification'),
      act: first
        ? { kind: 'seal-finished', facts: { ...sealFacts(seal), hash: seal.sealHash } }
        : { kind: 'seal-rechecked', facts: sealFacts(seal) },
    })
    return first ? await writeToReviewers(tx, context, seal) : []
  })
  if (mailIds.length > 0) await context.jobs.kick('envois')
  await context.jobs.kick('lecture')
}

/** One mail to each reviewer who holds a link, with the seal to compare with. */
async function writeToReviewers(tx: Database, context: Context, seal: SealRow): Promise<string[]> {
  const held = await tx
    .select({ id: links.id, email: links.email })
    .from(links)
    .where(
      and(
        eq(links.grappeId, seal.grappeId),
        eq(links.kind, 'ars'),
        isNotNull(links.email),
        isNull(links.revokedAt),
        gt(links.expiresAt, context.now()),
      ),
    )
    .orderBy(asc(links.createdAt), asc(links.id))
  const newestOf = new Map(held.map(({ id, email }) => [email ?? '', id]))
  const mailIds: string[] = []
  for (const [recipient, linkId] of newestOf) {
    const text = context.mailTexts.sealedVersion({
      grappe: seal.plan.grappeName,
      call: seal.plan.callTitle,
      number: seal.number,
      completeness: completenessOf(seal.plan),
      hash: seal.sealHash,
    })
    mailIds.push(await writeMail(tx, context, { ...text, recipient, grappeId: seal.grappeId, linkId }))
  }
  return mailIds
}

/** Asks for all files of an offered version to be read again; the answer is on its page. */
export async function recheckSeal(context: Context, sealId: string): Promise<void> {
  await context.db
    .update(seals)
    .set({ finishedAt: null, checkedBytes: 0 })
    .where(and(eq(seals.id, sealId), eq(seals.state, 'scelle')))
  await context.jobs.kick('scellement')
}

/** A download found bytes that are not those that were sealed: told once, to whoever must act. */
export async function noteDamage(context: Context, sealId: string, path: string): Promise<void> {
  const [seal] = await context.db
    .select()
    .from(seals)
    .where(and(eq(seals.id, sealId), isNull(seals.failure)))
  const [entry] = await context.db
    .select()
    .from(sealedEntries)
    .where(and(eq(sealedEntries.sealId, sealId), eq(sealedEntries.path, path)))
  if (seal === undefined || entry === undefined) return
  const damage = (await damageOf(context, entry)) ?? 'fichier illisible un moment'
  // The same act as a check that was asked for and found it.
  await context.db.update(seals).set({ finishedAt: null }).where(eq(seals.id, sealId))
  await refuseSeal(context, seal, [{ entry, damage }])
}
