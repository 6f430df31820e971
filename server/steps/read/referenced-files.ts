/** Which bytes of the store the rows refer to. */
import { eq, inArray, isNotNull } from 'drizzle-orm'
import { callModels, files, ownModels, sealedEntries, seals, versions } from '../../../schema/tables.ts'
import type { Database } from '../ports.ts'

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
  const infected = await db
    .selectDistinct({ sha256: files.sha256 })
    .from(files)
    .where(eq(files.scan, 'infecte'))
  for (const { sha256 } of infected) expected.delete(sha256)
  return expected
}

export async function existingVersions(db: Database, versionIds: readonly string[]): Promise<Set<string>> {
  if (versionIds.length === 0) return new Set()
  const rows = await db
    .select({ id: versions.id })
    .from(versions)
    .where(inArray(versions.id, [...versionIds]))
  return new Set(rows.map(({ id }) => id))
}
