/** Whether stored bytes are still those that were deposited, and what is told of it on their pieces. */
import { createHash } from 'node:crypto'
import { and, asc, eq, inArray, isNotNull, isNull, ne, type SQL } from 'drizzle-orm'
import { damagedBlobs, esms, files, grappes, ogs, pieces, versions } from '../../../schema/tables.ts'
import { systemActor } from '../../domain/journal/entry.ts'
import { pieceFacts, type VersionFacts } from '../../domain/journal/subject.ts'
import {
  type BlobStore,
  type Context,
  DamagedEntry,
  type Database,
  type KnownBlob,
  type ReadBlob,
  StoreUnreachable,
} from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { isExpected } from './referenced-files.ts'
import { storedDefinition } from './stored-call.ts'

const READ_BYTES = 1024 * 1024
const ACTOR = systemActor('Relecture des fichiers')

/** One stored file whose state changed. */
type FileFacts = VersionFacts & { fileName: string }

/**
 * What is wrong with the stored bytes; null when they are those that were recorded. French, as it follows the
 * name of what they are.
 *
 * @param onRead is told how many bytes were read so far.
 * @throws StoreUnreachable: nothing is then known of the bytes.
 */
export async function damageOf(
  context: Pick<Context, 'blobs'>,
  { sha256, size }: Pick<KnownBlob, 'sha256' | 'size'>,
  memory = Buffer.allocUnsafe(READ_BYTES),
  onRead: (bytes: number) => Promise<void> = async () => {},
): Promise<string | null> {
  try {
    const found = await readThrough(context.blobs, sha256, memory, onRead)
    if (found.size !== size) return `fichier de ${found.size} octets au lieu de ${size}`
    return found.sha256 === sha256 ? null : 'contenu altéré sur le serveur'
  } catch (error) {
    if (error instanceof StoreUnreachable) throw error
    return 'fichier absent ou illisible sur le serveur'
  }
}

async function readThrough(
  blobs: Pick<BlobStore, 'read'>,
  sha256: string,
  memory: Buffer<ArrayBuffer>,
  onRead: (bytes: number) => Promise<void>,
): Promise<{ sha256: string; size: number }> {
  const hash = createHash('sha256')
  let size = 0
  for (;;) {
    const read = await blobs.read(sha256, size, memory)
    hash.update(memory.subarray(0, read))
    size += read
    if (read < memory.length) return { sha256: hash.digest('hex'), size }
    await onRead(size)
  }
}

/** Reads at once, of the whole process: each holds `READ_BYTES`. */
const MOST_PROOFS = 4
let proofsUnderWay = 0
const waitingProofs: Array<() => void> = []

async function proving<Result>(read: () => Promise<Result>): Promise<Result> {
  if (proofsUnderWay >= MOST_PROOFS) await new Promise<void>(resolve => waitingProofs.push(resolve))
  else proofsUnderWay++
  try {
    return await read()
  } finally {
    // Whoever waits takes the place over.
    const next = waitingProofs.shift()
    if (next === undefined) proofsUnderWay--
    else next()
  }
}

/**
 * Reads these bytes to their end before any of them goes anywhere.
 *
 * @throws StoreUnreachable, or DamagedEntry when they are missing or not those that were recorded.
 */
export async function proveWhole(
  blobs: Pick<BlobStore, 'read'>,
  file: Omit<KnownBlob, 'size'>,
): Promise<void> {
  await prove(blobs, file.sha256).catch((cause: unknown) => {
    throw cause instanceof StoreUnreachable ? cause : new DamagedEntry(file, cause)
  })
}

async function prove(blobs: Pick<BlobStore, 'read'>, sha256: string): Promise<void> {
  const found = await proving(() =>
    readThrough(blobs, sha256, Buffer.allocUnsafe(READ_BYTES), async () => {}),
  )
  if (found.sha256 !== sha256) throw new Error(`SHA-256 differs from that of the deposit: ${found.sha256}`)
}

/** The store, of which whatever is opened was read to its end first. */
export function provenOpen(blobs: Pick<BlobStore, 'read' | 'open'>): BlobStore['open'] {
  return async sha256 => {
    await prove(blobs, sha256)
    return await blobs.open(sha256)
  }
}

/** How long a proof serves the other ranges of the same download. */
const PROVEN_MS = 60_000
const provenUntil = new WeakMap<object, Map<string, Promise<number>>>()

/** Reads of parts, each after a read of the whole not long before; shared by all who read the same bytes. */
export function provenReads(blobs: Pick<BlobStore, 'read'>): ReadBlob {
  const proofs = provenUntil.get(blobs) ?? new Map<string, Promise<number>>()
  provenUntil.set(blobs, proofs)
  return async (sha256, position, target) => {
    const known = await proofs.get(sha256)
    if (known === undefined || known < performance.now()) {
      const proof = prove(blobs, sha256).then(() => performance.now() + PROVEN_MS)
      proofs.set(sha256, proof)
      // A refusal is not kept: the bytes may be repaired.
      await proof.catch(error => {
        proofs.delete(sha256)
        throw error
      })
    }
    return await blobs.read(sha256, position, target)
  }
}

/** Reads bytes that looked damaged once more, and notes what they are: a fault of a moment marks nothing. */
export async function recheckBytes(
  context: Pick<Context, 'db' | 'blobs' | 'now'>,
  { sha256 }: Pick<KnownBlob, 'sha256'>,
): Promise<FileFacts[]> {
  const isWhole = await prove(context.blobs, sha256).then(
    () => true,
    (fault: unknown) => {
      if (fault instanceof StoreUnreachable) throw fault
      return false
    },
  )
  return await noteBytes(context, sha256, isWhole)
}

/**
 * Notes on every file with these bytes, in every grappe, whether they are whole: the journal and the revision
 * tell each change once, however often it is seen. Infected bytes are away on purpose, and not damaged.
 *
 * @returns the files for which it is news.
 */
export async function noteBytes(
  context: Pick<Context, 'db' | 'now'>,
  sha256: string,
  whole: boolean,
): Promise<FileFacts[]> {
  // Hardly any bytes were ever damaged: each deposit asks, and one read answers.
  if (whole && !(await wereDamaged(context.db, sha256))) return []
  const at = context.now()
  const otherwise = whole
    ? isNotNull(files.damagedAt)
    : and(isNull(files.damagedAt), ne(files.scan, 'infecte'))
  return await context.db.transaction(async tx => {
    const changed = await tx
      .update(files)
      .set({ damagedAt: whole ? null : at })
      .where(and(eq(files.sha256, sha256), otherwise))
      .returning({ id: files.id })
    await markBlob(tx, sha256, whole ? null : at)
    const ids = changed.map(({ id }) => id)
    const told = ids.length === 0 ? [] : await listFilesWith(tx, inArray(files.id, ids))
    for (const { grappeId, facts } of told) {
      const act = { kind: whole ? ('file-mended' as const) : ('file-damaged' as const), facts }
      await recordChange(tx, { grappeId, at, actor: ACTOR, act })
    }
    return told.map(({ facts }) => facts)
  })
}

async function wereDamaged(db: Database, sha256: string): Promise<boolean> {
  const ofFiles = db
    .select({ sha256: files.sha256 })
    .from(files)
    .where(and(eq(files.sha256, sha256), isNotNull(files.damagedAt)))
  const ofBlobs = db
    .select({ sha256: damagedBlobs.sha256 })
    .from(damagedBlobs)
    .where(eq(damagedBlobs.sha256, sha256))
  return (await ofFiles.unionAll(ofBlobs).limit(1)).length > 0
}

/** Kept for what is no file of a piece too: parts drawn at sealing, reading copies, models. */
async function markBlob(tx: Database, sha256: string, foundAt: Date | null): Promise<void> {
  if (foundAt === null) await tx.delete(damagedBlobs).where(eq(damagedBlobs.sha256, sha256))
  else if (await isExpected(tx, sha256))
    await tx.insert(damagedBlobs).values({ sha256, foundAt }).onConflictDoNothing()
}

/** The deposited files that are meant, with the names of their pieces. */
export async function listFilesWith(
  tx: Database,
  which: SQL | undefined,
): Promise<Array<{ grappeId: string; facts: FileFacts }>> {
  const rows = await tx
    .select({ file: files, version: versions, piece: pieces, grappe: grappes, esms: esms.name, og: ogs.name })
    .from(files)
    .innerJoin(versions, eq(files.versionId, versions.id))
    .innerJoin(pieces, eq(versions.pieceId, pieces.id))
    .innerJoin(grappes, eq(pieces.grappeId, grappes.id))
    .leftJoin(esms, eq(pieces.esmsId, esms.id))
    .leftJoin(ogs, eq(pieces.ogId, ogs.id))
    .where(which)
    .orderBy(asc(grappes.id), asc(pieces.id), asc(versions.number), asc(files.position))
  return rows.map(({ file, version, piece, grappe, ...names }) => {
    const definition = storedDefinition(grappe, piece.code)
    const owner = { id: piece.esmsId ?? piece.ogId, name: names.esms ?? names.og ?? grappe.name }
    return {
      grappeId: grappe.id,
      facts: {
        ...pieceFacts(piece.id, definition?.name ?? piece.code, owner),
        versionId: version.id,
        number: version.number,
        fileName: file.name,
      },
    }
  })
}
