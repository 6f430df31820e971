/** The sealed versions of a dossier, and the bytes of each. */
import { and, asc, desc, eq, getTableColumns, sql } from 'drizzle-orm'
import { erasedGrappes, erasedSeals, sealedEntries, seals } from '../../../schema/tables.ts'
import type { Completeness } from '../../domain/completeness.ts'
import type { DossierPlan, DossierRow } from '../../domain/dossier-plan.ts'
import { type SealMark, WORKBOOK_PATH } from '../../domain/seal.ts'
import type { Context, SealedArchive } from '../ports.ts'

/** A version without its plan, which may be megabytes. */
export type SealRow = Omit<typeof seals.$inferSelect, 'plan'>

/** A version as a list tells it. */
export interface SealSummary extends SealRow {
  /** Of its files, without extension. */
  name: string
  mark: SealMark
  completeness: Completeness
  /** Deposited files in it. */
  fileCount: number
}

/** Of a version whose plan is not read. */
const completeness = sql<Completeness>`case
  when ${seals.complete} then 'complet'
  when ${seals.plan} -> 'gaps' @> '[{"required": true}]' then 'incomplet'
  else 'a-verifier' end`

const { plan: _plan, ...columns } = getTableColumns(seals)
const summary = {
  ...columns,
  name: sql<string>`${seals.plan} ->> 'name'`,
  mark: sql<SealMark>`${seals.plan} -> 'seal'`,
  completeness,
  fileCount: sql<number>`jsonb_array_length(${seals.plan} -> 'entries')`,
}

/** Newest first, those that were refused or are being checked included; their plans are not read. */
export async function listSeals(context: Pick<Context, 'db'>, grappeId: string): Promise<SealSummary[]> {
  return await context.db
    .select(summary)
    .from(seals)
    .where(eq(seals.grappeId, grappeId))
    .orderBy(desc(seals.number))
}

/** @returns null when the grappe has no version of that number, in whatever state; NaN is no number. */
export async function findSeal(
  context: Pick<Context, 'db'>,
  grappeId: string,
  number: number,
): Promise<SealRow | null> {
  if (Number.isNaN(number)) return null
  const [row] = await context.db
    .select(columns)
    .from(seals)
    .where(and(eq(seals.grappeId, grappeId), eq(seals.number, number)))
  return row ?? null
}

/** The numbers of the versions that were handed out, newest first. */
export async function offeredNumbers(context: Pick<Context, 'db'>, grappeId: string): Promise<number[]> {
  const rows = await context.db
    .select({ number: seals.number })
    .from(seals)
    .where(and(eq(seals.grappeId, grappeId), eq(seals.state, 'scelle')))
    .orderBy(desc(seals.number))
  return rows.map(({ number }) => number)
}

/** What a version froze, each row with its owner among `owners` as in a plan just made. */
export async function readSealedPlan(context: Pick<Context, 'db'>, sealId: string): Promise<DossierPlan> {
  const [row] = await context.db.select({ plan: seals.plan }).from(seals).where(eq(seals.id, sealId))
  if (row === undefined) throw new Error(`Seal ${sealId} is gone`)
  const owners = new Map(row.plan.owners.map(owner => [owner.folder, owner]))
  const withOwner = (each: DossierRow) => ({ ...each, owner: owners.get(each.owner.folder) ?? each.owner })
  return { ...row.plan, rows: row.plan.rows.map(withOwner), gaps: row.plan.gaps.map(withOwner) }
}

/**
 * The version that is handed out today: the last one whose files were all read again; null before the first.
 */
export async function latestSealMark(
  context: Pick<Context, 'db'>,
  grappeId: string,
): Promise<{ id: string; number: number; completeness: Completeness; hash: string } | null> {
  const [row] = await context.db
    .select({ id: seals.id, number: seals.number, completeness, hash: seals.sealHash })
    .from(seals)
    .where(and(eq(seals.grappeId, grappeId), eq(seals.state, 'scelle')))
    .orderBy(desc(seals.number))
    .limit(1)
  return row ?? null
}

/** What whoever kept an archive compares it with. */
export interface OfferedSeal
  extends Pick<SealRow, 'number' | 'sealedAt' | 'sealHash' | 'zipLength' | 'zipSha256'> {
  /** Null once its grappe was erased, as the paths of its files are. */
  name: string | null
  erasedAt: Date | null
  files: ReadonlyArray<{ path: string | null; sha256: string; size: number }>
}

/** An offered version, whoever asks, by its hash: what is left of it, when its grappe was erased. */
export async function findSealByHash(
  context: Pick<Context, 'db'>,
  hash: string,
): Promise<OfferedSeal | null> {
  const [seal] = await context.db
    .select(summary)
    .from(seals)
    .where(and(eq(seals.sealHash, hash.toLowerCase()), eq(seals.state, 'scelle')))
  if (seal === undefined) return await findErasedSeal(context, hash)
  const files = await context.db
    .select({ path: sealedEntries.path, sha256: sealedEntries.sha256, size: sealedEntries.size })
    .from(sealedEntries)
    .where(eq(sealedEntries.sealId, seal.id))
    .orderBy(asc(sealedEntries.position))
  return { ...seal, erasedAt: null, files }
}

async function findErasedSeal({ db }: Pick<Context, 'db'>, hash: string): Promise<OfferedSeal | null> {
  const [row] = await db
    .select({ seal: erasedSeals, erasedAt: erasedGrappes.erasedAt })
    .from(erasedSeals)
    .innerJoin(erasedGrappes, eq(erasedSeals.grappeId, erasedGrappes.id))
    .where(eq(erasedSeals.sealHash, hash.toLowerCase()))
  if (row === undefined) return null
  const { seal, erasedAt } = row
  return { ...seal, name: null, erasedAt, files: seal.files.map(file => ({ ...file, path: null })) }
}

/** Entries of all archives kept laid out; the most of one sealed dossier that we know of is 70,000. */
const MAX_KEPT_ENTRIES = 100_000

/**
 * Immutable once sealed, so they are kept between requests: planning one again would delay its first byte.
 */
const kept = new Map<string, SealedFiles & { entryCount: number }>()

/** What a version is downloaded as. */
export interface SealedFiles {
  archive: SealedArchive
  /** Without extension. */
  name: string
}

/** The ZIP of a version. */
export async function openSealedFiles(context: Context, seal: SealRow): Promise<SealedFiles> {
  const known = kept.get(seal.id)
  if (known !== undefined) {
    // The one used last goes last.
    kept.delete(seal.id)
    kept.set(seal.id, known)
    return known
  }
  const entries = await context.db
    .select({
      path: sealedEntries.path,
      sha256: sealedEntries.sha256,
      crc32: sealedEntries.crc32,
      size: sealedEntries.size,
    })
    .from(sealedEntries)
    .where(eq(sealedEntries.sealId, seal.id))
    .orderBy(asc(sealedEntries.position))
  const plan = await readSealedPlan(context, seal.id)
  const archive = context.dossiers.sealed(entries, plan)
  if (archive.length !== seal.zipLength) {
    throw new Error(`Seal ${seal.id}: ${archive.length} bytes, not ${seal.zipLength}`)
  }
  const files = { archive, name: plan.name, entryCount: entries.length }
  kept.set(seal.id, files)
  let total = [...kept.values()].reduce((sum, { entryCount }) => sum + entryCount, 0)
  for (const [id, { entryCount }] of kept) {
    if (total <= MAX_KEPT_ENTRIES || id === seal.id) break
    kept.delete(id)
    total -= entryCount
  }
  return files
}

/** The workbook of a version, as it was drawn at sealing. */
export async function findSealedWorkbook(
  context: Pick<Context, 'db'>,
  sealId: string,
): Promise<{ sha256: string; size: number } | null> {
  const [row] = await context.db
    .select({ sha256: sealedEntries.sha256, size: sealedEntries.size })
    .from(sealedEntries)
    .where(and(eq(sealedEntries.sealId, sealId), eq(sealedEntries.path, WORKBOOK_PATH)))
  return row ?? null
}
