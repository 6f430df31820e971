/** What the store has no more as it was kept, under the names that people know. */
import { asc, eq, inArray } from 'drizzle-orm'
import {
  callModels,
  damagedBlobs,
  files,
  grappes,
  ownModels,
  sealedEntries,
  seals,
} from '../../../schema/tables.ts'
import type { Database, KnownBlob } from '../ports.ts'
import { isExpected } from './referenced-files.ts'
import { listFilesWith } from './stored-bytes.ts'

/** SHA-256 of all that is noted as damaged. */
export async function listMarked(db: Database): Promise<Set<string>> {
  return new Set((await db.select().from(damagedBlobs)).map(({ sha256 }) => sha256))
}

/** The entries of a sealed version that are noted as damaged. */
export async function markedEntries(db: Database, sealId: string): Promise<KnownBlob[]> {
  return await db
    .select({ path: sealedEntries.path, sha256: sealedEntries.sha256, size: sealedEntries.size })
    .from(sealedEntries)
    .innerJoin(damagedBlobs, eq(damagedBlobs.sha256, sealedEntries.sha256))
    .where(eq(sealedEntries.sealId, sealId))
    .orderBy(asc(sealedEntries.position))
}

/** Takes away the notes on bytes that nothing refers to any more. */
export async function forgetUnexpected(db: Database): Promise<void> {
  for (const { sha256 } of await db.select().from(damagedBlobs)) {
    if (!(await isExpected(db, sha256))) await db.delete(damagedBlobs).where(eq(damagedBlobs.sha256, sha256))
  }
}

/** Each by its name, French: pieces first. */
export async function readDamaged(db: Database): Promise<string[]> {
  const hashes = [...(await listMarked(db))].toSorted()
  return hashes.length === 0 ? [] : [...new Set(await namesOf(db, hashes))]
}

/** What these bytes are: a name for each place that refers to them. */
export async function namesOf(db: Database, hashes: readonly string[]): Promise<string[]> {
  const some = [...hashes]
  const deposited = await listFilesWith(db, inArray(files.sha256, some))
  const drawn = await db
    .select({
      path: sealedEntries.path,
      fileId: sealedEntries.fileId,
      number: seals.number,
      grappe: grappes.name,
    })
    .from(sealedEntries)
    .innerJoin(seals, eq(sealedEntries.sealId, seals.id))
    .innerJoin(grappes, eq(seals.grappeId, grappes.id))
    .where(inArray(sealedEntries.sha256, some))
  const readings = await db
    .select({ number: seals.number, grappe: grappes.name })
    .from(seals)
    .innerJoin(grappes, eq(seals.grappeId, grappes.id))
    .where(inArray(seals.readingSha256, some))
  const own = await db
    .select({ fileName: ownModels.fileName, grappe: grappes.name })
    .from(ownModels)
    .innerJoin(grappes, eq(ownModels.grappeId, grappes.id))
    .where(inArray(ownModels.sha256, some))
  const ofCalls = await db
    .select({ fileName: callModels.fileName })
    .from(callModels)
    .where(inArray(callModels.sha256, some))
  return [
    ...deposited.map(
      ({ facts }) =>
        `« ${facts.pieceName} » de ${facts.ownerName}, version ${facts.number} (${facts.fileName})`,
    ),
    ...drawn
      .filter(({ fileId }) => fileId === null || deposited.length === 0)
      .map(({ path, number, grappe }) => `« ${path} » de la version ${number} de ${grappe}`),
    ...readings.map(({ number, grappe }) => `PDF de lecture de la version ${number} de ${grappe}`),
    ...own.map(({ fileName, grappe }) => `modèle « ${fileName} » de ${grappe}`),
    ...ofCalls.map(({ fileName }) => `modèle d’appel « ${fileName} »`),
  ]
}
