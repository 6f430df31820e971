/**
 * Asks the antivirus about every file that it has not judged: new ones, those deposited while it was away,
 * and those deposited before it was configured. The rows say which: running it again, or on two servers at
 * once, is harmless.
 */
import { and, eq, gte, inArray, ne, sql } from 'drizzle-orm'
import { files, grappes, pieces, versions } from '../../../schema/tables.ts'
import { systemActor } from '../../domain/journal/entry.ts'
import { pieceFacts, type VersionFacts } from '../../domain/journal/subject.ts'
import { currentVersion, type Piece, scanOf, UNJUDGED, type Version } from '../../domain/piece.ts'
import { type Owner, ownerOf } from '../access/owners.ts'
import type { BlobStore, Context, Database } from '../ports.ts'
import { readPieces } from '../read/read-pieces.ts'
import { storedDefinition } from '../read/stored-call.ts'
import { recordChange } from '../record-change.ts'
import { writeRefusalMail } from './decide-on-piece.ts'

const ACTOR = systemActor('Antivirus')

export interface ScanRun {
  /** Contents found clean, and infected, by this run. */
  clean: number
  infected: number
  /** Why some are still waiting; null when none is. */
  fault: Error | null
}

export async function scanFiles(context: Context): Promise<ScanRun> {
  const run: ScanRun = { clean: 0, infected: 0, fault: null }
  const { antivirus } = context
  if (antivirus === null) return run
  await quarantineInfected(context)
  for (const sha256 of await listUnjudged(context.db)) {
    try {
      const answer = await antivirus.scan(await context.blobs.open(sha256))
      if (answer.scan === 'sain') {
        await recordClean(context, sha256)
        run.clean++
      } else if (answer.scan === 'infecte') {
        await recordInfected(context, sha256, answer.virus)
        await context.blobs.quarantine(sha256)
        run.infected++
      } else {
        run.fault = new Error(`The antivirus will not judge ${sha256}: ${answer.reason}`)
        await recordWaiting(context, [sha256])
      }
    } catch (cause) {
      // It may be this file or all of them: this one goes behind the others, which the next run begins with.
      run.fault = new Error(`The antivirus could not be asked about ${sha256}`, { cause })
      await recordWaiting(context, [sha256])
      await recordWaiting(context, await listUnjudged(context.db), { tried: false })
      break
    }
  }
  return run
}

/** Contents by their SHA-256: never tried first, then those tried longest ago. */
async function listUnjudged(db: Database): Promise<string[]> {
  const lastTried = sql`max(${files.scannedAt})`
  const rows = await db
    .select({ sha256: files.sha256 })
    .from(files)
    .where(inArray(files.scan, UNJUDGED))
    .groupBy(files.sha256)
    .orderBy(sql`${lastTried} asc nulls first`, files.sha256)
  return rows.map(({ sha256 }) => sha256)
}

const unjudged = (hashes: readonly string[]) =>
  and(inArray(files.sha256, [...hashes]), inArray(files.scan, UNJUDGED))

async function recordWaiting(
  context: Context,
  hashes: readonly string[],
  { tried }: { tried: boolean } = { tried: true },
): Promise<void> {
  if (hashes.length === 0) return
  await context.db
    .update(files)
    .set({ scan: 'en-attente', ...(tried ? { scannedAt: context.now() } : {}) })
    .where(unjudged(hashes))
}

async function recordClean(context: Context, sha256: string): Promise<void> {
  const now = context.now()
  await context.db.transaction(async tx => {
    const judged = await tx
      .update(files)
      .set({ scan: 'sain', scannedAt: now })
      .where(unjudged([sha256]))
      .returning({ versionId: files.versionId })
    for (const judgedVersion of await affected(tx, judged)) {
      const { version, piece, grappe } = judgedVersion
      if (scanOf(version) !== 'sain' || currentVersion(piece)?.id !== version.id) continue
      await recordChange(tx, {
        grappeId: grappe.id,
        at: now,
        actor: ACTOR,
        act: { kind: 'piece-found-clean', facts: scannedFacts(judgedVersion) },
      })
    }
  })
}

/**
 * The version becomes refused, as by the porteur: same motive on screen, same mail, same gap in the dossier.
 */
async function recordInfected(context: Context, sha256: string, virus: string): Promise<void> {
  const now = context.now()
  await context.db.transaction(async tx => {
    const judged = await tx
      .update(files)
      .set({ scan: 'infecte', virus, scannedAt: now })
      .where(and(eq(files.sha256, sha256), ne(files.scan, 'infecte')))
      .returning({ versionId: files.versionId })
    for (const judgedVersion of await affected(tx, judged)) {
      const { version, piece, pieceName, owner, grappe } = judgedVersion
      const names = version.files.filter(file => file.sha256 === sha256).map(({ name }) => `« ${name} »`)
      const motive =
        `L’antivirus a trouvé « ${virus} » dans ${names.join(', ')} : ce fichier a été mis à ` +
        'l’écart et personne ne peut plus l’ouvrir. Faites vérifier l’ordinateur d’où il ' +
        'vient, puis déposez une version saine.'
      await tx
        .update(versions)
        .set({ decision: 'refusee', motive, decidedAt: now })
        .where(eq(versions.id, version.id))
      if (currentVersion(piece)?.id === version.id && owner !== null) {
        const about = { grappeId: grappe.id, grappeName: grappe.name }
        const refusal = { piece, pieceName, ownerName: owner.name, motive, by: 'l’antivirus' as const }
        await writeRefusalMail(tx, context, about, refusal)
      }
      await recordChange(tx, {
        grappeId: grappe.id,
        at: now,
        actor: ACTOR,
        act: { kind: 'piece-refused', facts: { ...scannedFacts(judgedVersion), motive } },
      })
    }
  })
  await context.jobs.kick('envois')
}

function scannedFacts({ piece, pieceName, owner, version }: Affected): VersionFacts {
  const { id: versionId, number } = version
  return { ...pieceFacts(piece.id, pieceName, owner ?? { id: null, name: 'la grappe' }), versionId, number }
}

interface Affected {
  version: Version
  piece: Piece
  pieceName: string
  owner: Owner | null
  grappe: typeof grappes.$inferSelect
}

/** Each version that holds judged files, once, with what there is to say of it; its piece is locked. */
async function affected(tx: Database, judged: ReadonlyArray<{ versionId: string }>): Promise<Affected[]> {
  const ids = [...new Set(judged.map(({ versionId }) => versionId))]
  if (ids.length === 0) return []
  const rows = await tx
    .select({ versionId: versions.id, pieceId: pieces.id, grappe: grappes })
    .from(versions)
    .innerJoin(pieces, eq(versions.pieceId, pieces.id))
    .innerJoin(grappes, eq(pieces.grappeId, grappes.id))
    .where(inArray(versions.id, ids))
    .orderBy(pieces.id, versions.number)
    .for('update', { of: pieces })
  const found: Affected[] = []
  for (const { versionId, pieceId, grappe } of rows) {
    const [piece] = await readPieces(tx, grappe.id, eq(pieces.id, pieceId))
    const version = piece?.versions.find(({ id }) => id === versionId)
    if (piece === undefined || version === undefined) continue
    const owner = await ownerOf(tx, piece)
    found.push({ version, piece, pieceName: nameOf(grappe, piece.code), owner, grappe })
  }
  return found
}

/** What the antivirus found waits for no call to be mended: its piece then goes by its code. */
function nameOf(grappe: typeof grappes.$inferSelect, code: string): string {
  try {
    return storedDefinition(grappe, code)?.name ?? code
  } catch {
    return code
  }
}

/** The clocks of two servers, and the longest scan, may differ by that. */
const LOOK_BACK_MS = 60 * 60 * 1000

/** Since when the infected files of a store were gone through, by this process. */
const lookedAt = new WeakMap<BlobStore, Date>()

/**
 * What a stop between the row and the move left where it was: all of them once a process, then the new ones
 * alone.
 */
async function quarantineInfected({ db, blobs, now }: Context): Promise<void> {
  const at = now()
  const last = lookedAt.get(blobs)
  const isNew = last && gte(files.scannedAt, new Date(last.getTime() - LOOK_BACK_MS))
  const rows = await db
    .selectDistinct({ sha256: files.sha256 })
    .from(files)
    .where(and(eq(files.scan, 'infecte'), isNew))
  for (const { sha256 } of rows) await blobs.quarantine(sha256)
  lookedAt.set(blobs, at)
}
