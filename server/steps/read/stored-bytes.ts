/** Whether stored bytes are still those that were deposited, and what is told of it on their pieces. */
import { createHash } from 'node:crypto'
import { and, asc, eq, inArray, isNotNull, isNull, ne } from 'drizzle-orm'
import { esms, files, grappes, ogs, pieces, versions } from '../../../schema/tables.ts'
import { systemActor } from '../../domain/journal/entry.ts'
import { pieceFacts, type VersionFacts } from '../../domain/journal/subject.ts'
import { type Context, type Database, type KnownBlob, StoreUnreachable } from '../ports.ts'
import { recordChange } from '../record-change.ts'
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
  const hash = createHash('sha256')
  let at = 0
  try {
    for (;;) {
      const read = await context.blobs.read(sha256, at, memory)
      hash.update(memory.subarray(0, read))
      at += read
      if (read < memory.length) break
      await onRead(at)
    }
  } catch (error) {
    if (error instanceof StoreUnreachable) throw error
    return 'fichier absent ou illisible sur le serveur'
  }
  if (at !== size) return `fichier de ${at} octets au lieu de ${size}`
  return hash.digest('hex') === sha256 ? null : 'contenu altéré sur le serveur'
}

/** Reads bytes that looked damaged once more, and notes what they are: a fault of a moment marks nothing. */
export async function recheckBytes(
  context: Pick<Context, 'db' | 'blobs' | 'now'>,
  blob: Pick<KnownBlob, 'sha256' | 'size'>,
): Promise<FileFacts[]> {
  return await noteBytes(context, blob.sha256, (await damageOf(context, blob)) === null)
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
    const told = changed.length === 0 ? [] : await tellingFacts(tx, changed)
    for (const { grappeId, facts } of told) {
      const act = { kind: whole ? ('file-mended' as const) : ('file-damaged' as const), facts }
      await recordChange(tx, { grappeId, at, actor: ACTOR, act })
    }
    return told.map(({ facts }) => facts)
  })
}

async function tellingFacts(
  tx: Database,
  changed: ReadonlyArray<{ id: string }>,
): Promise<Array<{ grappeId: string; facts: FileFacts }>> {
  const rows = await tx
    .select({ file: files, version: versions, piece: pieces, grappe: grappes, esms: esms.name, og: ogs.name })
    .from(files)
    .innerJoin(versions, eq(files.versionId, versions.id))
    .innerJoin(pieces, eq(versions.pieceId, pieces.id))
    .innerJoin(grappes, eq(pieces.grappeId, grappes.id))
    .leftJoin(esms, eq(pieces.esmsId, esms.id))
    .leftJoin(ogs, eq(pieces.ogId, ogs.id))
    .where(
      inArray(
        files.id,
        changed.map(({ id }) => id),
      ),
    )
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
