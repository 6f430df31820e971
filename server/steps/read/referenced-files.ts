/** Which bytes of the store the rows refer to. */
import { and, eq, gt, inArray, isNotNull, sql } from 'drizzle-orm'
import { callModels, files, ownModels, sealedEntries, seals, versions } from '../../../schema/tables.ts'
import type { Database, KnownBlob } from '../ports.ts'

/** Those of these blobs that a deposited file, a sealed dossier, a reading copy or a model refers to. */
export async function referencedBlobs(db: Database, hashes: readonly string[]): Promise<Set<string>> {
  if (hashes.length === 0) return new Set()
  const deposited = await db
    .selectDistinct({ sha256: files.sha256 })
    .from(files)
    .where(inArray(files.sha256, [...hashes]))
  const sealed = await db
    .selectDistinct({ sha256: sealedEntries.sha256 })
    .from(sealedEntries)
    .where(inArray(sealedEntries.sha256, [...hashes]))
  const readings = await db
    .selectDistinct({ sha256: seals.readingSha256 })
    .from(seals)
    .where(inArray(seals.readingSha256, [...hashes]))
  const models = await db
    .selectDistinct({ sha256: ownModels.sha256 })
    .from(ownModels)
    .where(inArray(ownModels.sha256, [...hashes]))
  const ofCalls = await db
    .selectDistinct({ sha256: callModels.sha256 })
    .from(callModels)
    .where(inArray(callModels.sha256, [...hashes]))
  const all = [...deposited, ...sealed, ...readings, ...models, ...ofCalls]
  return new Set(all.flatMap(({ sha256 }) => sha256 ?? []))
}

/** Every blob that must be in the store: infected ones are kept elsewhere, and may be deleted there. */
export async function expectedBlobs(db: Database): Promise<Set<string>> {
  const deposited = await db.selectDistinct({ sha256: files.sha256 }).from(files)
  const sealed = await db.selectDistinct({ sha256: sealedEntries.sha256 }).from(sealedEntries)
  const readings = await db
    .selectDistinct({ sha256: seals.readingSha256 })
    .from(seals)
    .where(isNotNull(seals.readingSha256))
  const models = await db.selectDistinct({ sha256: ownModels.sha256 }).from(ownModels)
  const ofCalls = await db.select({ sha256: callModels.sha256 }).from(callModels)
  const all = [...deposited, ...sealed, ...readings, ...models, ...ofCalls]
  const expected = new Set(all.flatMap(({ sha256 }) => sha256 ?? []))
  for (const sha256 of await infectedBlobs(db)) expected.delete(sha256)
  return expected
}

/** A blob, and how long it is to be. */
type Expected = Pick<KnownBlob, 'sha256' | 'size'>

/**
 * The next of them in the order of their hashes, after this one: through the index of each table, however
 * many there are.
 */
export async function nextExpected(db: Database, after: string, most: number): Promise<Expected[]> {
  const reading = {
    sha256: sql<string>`${seals.readingSha256}`,
    size: sql<number>`${seals.readingSize}::int8`,
  }
  const some = await Promise.all([
    db
      .selectDistinct(sized(files))
      .from(files)
      .where(gt(files.sha256, after))
      .orderBy(files.sha256)
      .limit(most),
    db
      .selectDistinct(sized(sealedEntries))
      .from(sealedEntries)
      .where(gt(sealedEntries.sha256, after))
      .orderBy(sealedEntries.sha256)
      .limit(most),
    db
      .selectDistinct(reading)
      .from(seals)
      .where(gt(seals.readingSha256, after))
      .orderBy(seals.readingSha256)
      .limit(most),
    db
      .selectDistinct(sized(ownModels))
      .from(ownModels)
      .where(gt(ownModels.sha256, after))
      .orderBy(ownModels.sha256)
      .limit(most),
    db
      .select(sized(callModels))
      .from(callModels)
      .where(gt(callModels.sha256, after))
      .orderBy(callModels.sha256)
      .limit(most),
  ])
  const sizes = new Map(some.flat().map(({ sha256, size }) => [sha256, Number(size)]))
  const hashes = [...sizes.keys()].toSorted().slice(0, most)
  const infected = await infectedBlobs(db, hashes)
  const next = hashes.filter(sha256 => !infected.has(sha256))
  // All of them infected: what comes after is looked at, rather than taken for the end.
  const last = hashes.at(-1)
  if (next.length === 0 && last !== undefined) return await nextExpected(db, last, most)
  return next.map(sha256 => ({ sha256, size: sizes.get(sha256) ?? 0 }))
}

const sized = <Table extends { sha256: unknown; size: unknown }>({ sha256, size }: Table) =>
  ({ sha256, size }) as Pick<Table, 'sha256' | 'size'>

/** Whether this blob must be in the store. */
export async function isExpected(db: Database, sha256: string): Promise<boolean> {
  return (await referencedBlobs(db, [sha256])).has(sha256) && !(await infectedBlobs(db, [sha256])).has(sha256)
}

/** @param among all of them unless it says otherwise. */
async function infectedBlobs(db: Database, among?: readonly string[]): Promise<Set<string>> {
  const asked = (column: typeof files.sha256 | typeof ownModels.sha256) =>
    among === undefined ? undefined : inArray(column, [...among])
  const deposited = await db
    .selectDistinct({ sha256: files.sha256 })
    .from(files)
    .where(and(asked(files.sha256), eq(files.scan, 'infecte')))
  const models = await db
    .selectDistinct({ sha256: ownModels.sha256 })
    .from(ownModels)
    .where(and(asked(ownModels.sha256), isNotNull(ownModels.infectedAt)))
  return new Set([...deposited, ...models].map(({ sha256 }) => sha256))
}

export async function existingVersions(db: Database, versionIds: readonly string[]): Promise<Set<string>> {
  if (versionIds.length === 0) return new Set()
  const rows = await db
    .select({ id: versions.id })
    .from(versions)
    .where(inArray(versions.id, [...versionIds]))
  return new Set(rows.map(({ id }) => id))
}
