/**
 * A deposit: files stream to the store, then one row makes them a version. It is whole and durable, or it is
 * not there.
 */

import type { Readable } from 'node:stream'
import { eq } from 'drizzle-orm'
import type { FrozenAnswers } from '../../../schema/contracts/forms.ts'
import { depositedAnswers, files, pieces, versions } from '../../../schema/tables.ts'
import { displayName } from '../../domain/file-acceptance.ts'
import { isDiskFull } from '../../domain/full-disk.ts'
import type { Act, FactsOf } from '../../domain/journal/entry.ts'
import { type PieceFacts, pieceFacts } from '../../domain/journal/subject.ts'
import {
  currentVersion,
  documentsOf,
  documentsWithOriginals,
  type FileRole,
  historyOf,
  isSettled,
  isUsable,
  type Piece,
  pieceState,
  type StoredFile,
  type Version,
} from '../../domain/piece.ts'
import { ownerOf } from '../access/owners.ts'
import { actorOf, type PieceSide, scopeOf } from '../access/piece-sides.ts'
import type { Context, Database, Measured, StagedBlob } from '../ports.ts'
import { readPieces } from '../read/read-pieces.ts'
import { noteBytes } from '../read/stored-bytes.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, type Refusal, refuse } from '../refusals.ts'
import type { DepositTarget } from './find-deposit-target.ts'
import {
  developPhotos,
  judgeFile,
  type NewFile,
  type PreparedDocument,
  type RefusedFile,
  type TakenFile,
} from './prepare-files.ts'
import { writeReceipt } from './receipt.ts'

/** One file of a request body, to be read to its end before the next one. */
export interface StreamedFile {
  /** As the client sent it: any text at all. */
  name: string
  stream: Readable
  /** True once read when it was cut at the size limit. */
  isTruncated: () => boolean
}

/** One that is whole on the disk already. */
export interface ReceivedFile {
  name: string
  path(): Promise<string>
  /** As of uploads that are held. */
  measured(): Promise<Measured | undefined>
}

/** A version that a deposit made, or found made already. */
export interface Received {
  pieceId: string
  version: Version
  /** Files of the same request that were not taken. */
  refused: readonly RefusedFile[]
  /** Names of photos that lack their end mark and were read whole all the same: to be looked at again. */
  doubtful: readonly string[]
  /**
   * The very same files were already the version waiting for control: a double click, or a retry after a lost
   * answer.
   */
  alreadyReceived: boolean
}

/** Files refused each with its reason; nothing was recorded. */
export type ReceiveOutcome =
  | Outcome<Received>
  | { ok: false; refusal: Refusal; refused: readonly RefusedFile[] }

/**
 * Ids of the documents deposited before on the piece that go along with the new ones; or all of the
 * current version.
 */
export type KeptDocuments = readonly string[] | 'all'

interface Making {
  /** Known beforehand, so that a deposit asked for again after a lost answer is found. */
  versionId?: string
  /** Of which the only file was drawn: frozen with the version. */
  answers?: FrozenAnswers
}

/**
 * Receives the files of one deposit on a piece found by `findDepositTarget`: they replace those of the
 * current version, but for those that are chosen to stay.
 *
 * Files that the piece does not take are refused one by one, the others are kept. When the body stops midway,
 * or the disk is full, nothing at all is recorded and no byte stays.
 *
 * @param kept asked once all files are read.
 */
export async function receiveDocument(
  context: Context,
  scope: PieceSide,
  target: DepositTarget,
  incoming: AsyncIterable<StreamedFile> | Iterable<ReceivedFile>,
  kept: () => KeptDocuments,
  { versionId, answers }: Making = {},
): Promise<ReceiveOutcome> {
  const staged: StagedBlob[] = []
  const taken: TakenFile[] = []
  const refused: RefusedFile[] = []
  let documents: PreparedDocument[] = []
  try {
    for await (const file of incoming) {
      const isWhole = 'path' in file
      const blob = isWhole
        ? await context.blobs.stageFile(await file.path(), await file.measured())
        : await context.blobs.stage(file.stream)
      staged.push(blob)
      const position = taken.length + refused.length
      const isTruncated = !isWhole && file.isTruncated()
      const sent = { position, name: displayName(file.name), blob, isTruncated }
      const judged = await judgeFile(context, target.definition, sent, taken)
      if ('taken' in judged) taken.push(judged.taken)
      else {
        refused.push(judged.refused)
        await blob.discard()
      }
    }
    const developed = await developPhotos(context, target.definition, taken, staged)
    documents = developed.documents
    refused.push(...developed.refused)
    if (documents.length === 0) {
      await Promise.all(staged.map(blob => blob.discard()))
      return refused.length === 0 ? refuse('no-file') : { ...refuse('files-refused'), refused }
    }
    // Bytes first, row after: a row never points at bytes that a power cut could take away.
    await publish(staged, documents)
  } catch (error) {
    await Promise.all(staged.map(blob => blob.discard()))
    const refusal = refusalOfFault(error)
    if (refusal === null) throw error
    return refusal
  }
  const recorded = await recordVersion(
    context,
    scope,
    target,
    piece => (target.definition.severalFiles ? withKept(piece, kept(), documents) : fresh(documents)),
    {
      refused,
      ...(versionId === undefined ? {} : { versionId }),
      ...(answers === undefined ? {} : { drawn: { answers, sha256: documents[0]?.document.sha256 ?? '' } }),
    },
  )
  // What was sent again is whole again, wherever else it was deposited.
  for (const { sha256 } of fresh(documents)) await noteBytes(context, sha256, true)
  await context.jobs.kick('envois')
  if (context.antivirus !== null) await context.jobs.kick('antivirus')
  const doubtful = taken.filter(({ lacksItsEnd }) => lacksItsEnd).map(({ name }) => name)
  return recorded.ok ? done({ ...recorded.value, doubtful }) : recorded
}

/**
 * Publishes what the documents are made of, and discards the rest, such as a photo that could not be decoded.
 */
async function publish(staged: readonly StagedBlob[], documents: readonly PreparedDocument[]): Promise<void> {
  const used = new Set(fresh(documents).map(({ sha256 }) => sha256))
  for (const blob of staged) await (used.has(blob.sha256) ? blob.publish() : blob.discard())
}

/** A file of the version to come: one that the previous version has already keeps its scan. */
export type VersionFile = NewFile & { role: FileRole } & Partial<
    Pick<StoredFile, 'scan' | 'virus' | 'damagedAt'>
  >

/** Each document is followed by the photos that it was made of: their order is what tells whose they are. */
function fresh(documents: readonly PreparedDocument[]): VersionFile[] {
  return documents.flatMap(({ document, originals }) => [
    { ...document, role: 'document' as const },
    ...originals.map(original => ({ ...original, role: 'original' as const })),
  ])
}

/** The documents chosen to stay that the server still has, then the new ones that are not among them. */
function withKept(
  piece: Pick<Piece, 'versions'>,
  kept: KeptDocuments,
  documents: readonly PreparedDocument[],
): VersionFile[] {
  const staying = keptDocuments(piece, kept)
  const hashes = new Set(staying.map(({ document }) => document.sha256))
  return [
    ...staying.flatMap(({ document, originals }) => [document, ...originals]),
    ...fresh(documents.filter(({ document }) => !hashes.has(document.sha256))),
  ]
}

/**
 * Each once, whichever of the versions that count was on the page where it was chosen: another deposit may
 * have come since.
 */
function keptDocuments({ versions: counted }: Pick<Piece, 'versions'>, kept: KeptDocuments) {
  const found = (kept === 'all' ? counted.slice(-1) : counted)
    .flatMap(documentsWithOriginals)
    .filter(({ document }) => kept === 'all' || kept.includes(document.id))
    .filter(({ document, originals }) => [document, ...originals].every(isUsable))
  return [...new Map(found.map(each => [each.document.sha256, each])).values()]
}

/** How a version came about, when not by a plain deposit. */
interface Cause {
  /** Files of the same request that were not taken. */
  refused?: readonly RefusedFile[]
  versionId?: string
  /** The file that the current version had and this one has not. */
  without?: StoredFile
  /** The piece for which its files were received first. */
  movedFrom?: PieceFacts
  /** The answers given on screen, and the document that was drawn of them. */
  drawn?: { answers: FrozenAnswers; sha256: string }
}

/**
 * Makes the new version of a piece, in one transaction.
 *
 * @param compose the files of the new version, from the piece as it is now; null when that is not the
 * expected one any more.
 */
export async function recordVersion(
  context: Context,
  scope: PieceSide,
  target: DepositTarget,
  compose: (piece: Piece) => readonly VersionFile[] | null,
  { refused = [], versionId = context.newId(), without, movedFrom, drawn }: Cause = {},
): Promise<ReceiveOutcome> {
  const now = context.now()
  const { definition } = target
  const { grappeId, grappeName } = scopeOf(scope)
  return await context.db.transaction(async (tx): Promise<ReceiveOutcome> => {
    // Two deposits at the same moment wait here for each other: both are kept, one after the other.
    await tx.select({ id: pieces.id }).from(pieces).where(eq(pieces.id, target.piece.id)).for('update')
    const [piece] = await readPieces(tx, grappeId, eq(pieces.id, target.piece.id))
    if (piece === undefined) return refuse('not-found')
    if (isSettled(piece)) return refuse('piece-already-accepted')

    const previous = currentVersion(piece)
    const contents = compose(piece)
    if (contents === null) return refuse('version-superseded', { number: String(previous?.number ?? 0) })
    if (previous !== null && pieceState(piece) === 'deposee' && sameFiles(previous, contents)) {
      return done({ pieceId: piece.id, version: previous, refused, doubtful: [], alreadyReceived: true })
    }

    const actor = actorOf(scope, piece)
    const version = newVersion(context, { id: versionId, piece, depositedBy: actor.name, contents })
    await insertVersion(tx, piece.id, version)
    if (drawn !== undefined) await tx.insert(depositedAnswers).values({ versionId, ...drawn })
    if (scope.by === 'member' && without === undefined)
      await writeReceipt(tx, context, scope.member, { piece, definition, version })
    const owner = await ownerOf(tx, piece)
    const facts = {
      ...pieceFacts(piece.id, definition.name, owner ?? { id: null, name: grappeName }),
      versionId: version.id,
      number: version.number,
      files: documentsOf(version).length,
      ...(drawn === undefined ? {} : { answered: true as const }),
    }
    await recordChange(tx, { grappeId, at: now, actor, act: actOf(facts, without, movedFrom) })
    return done({ pieceId: piece.id, version, refused, doubtful: [], alreadyReceived: false })
  })
}

function actOf(
  facts: FactsOf<'piece-deposited'>,
  without: StoredFile | undefined,
  from: PieceFacts | undefined,
): Act {
  if (without !== undefined) return { kind: 'file-taken-out', facts: { ...facts, fileName: without.name } }
  if (from === undefined) return { kind: 'piece-deposited', facts }
  return {
    kind: 'version-moved-in',
    facts: { ...facts, fromPieceName: from.pieceName, fromOwnerName: from.ownerName },
  }
}

function newVersion(
  context: Context,
  {
    id,
    piece,
    depositedBy,
    contents,
  }: { id: string; piece: Piece; depositedBy: string; contents: readonly VersionFile[] },
): Version {
  const scan = context.antivirus === null ? 'non-analyse' : 'en-analyse'
  return {
    id,
    number: (historyOf(piece).at(-1)?.number ?? 0) + 1,
    depositedAt: context.now().toISOString(),
    depositedBy,
    decision: null,
    motive: null,
    decidedAt: null,
    review: null,
    files: contents.map(file => ({ scan, virus: null, ...file, id: context.newId() })),
  }
}

async function insertVersion(tx: Database, pieceId: string, version: Version): Promise<void> {
  const { id, number, depositedBy } = version
  await tx
    .insert(versions)
    .values({ id, pieceId, number, depositedBy, depositedAt: new Date(version.depositedAt) })
  await tx.insert(files).values(
    version.files.map(({ damagedAt, ...file }, position) => ({
      ...file,
      damagedAt: damagedAt === undefined ? null : new Date(damagedAt),
      versionId: version.id,
      position,
    })),
  )
}

function sameFiles(version: Version, contents: ReadonlyArray<{ sha256: string }>): boolean {
  return (
    version.files.length === contents.length &&
    version.files.every((file, position) => file.sha256 === contents[position]?.sha256)
  )
}

const CUT_OFF = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'ABORT_ERR'])

function refusalOfFault(error: unknown): { ok: false; refusal: Refusal } | null {
  if (!(error instanceof Error)) return null
  const code = 'code' in error ? String(error.code) : ''
  if (isDiskFull(error)) return refuse('storage-full')
  if (CUT_OFF.has(code) || /unexpected end|premature close|aborted/i.test(error.message))
    return refuse('upload-cut-off')
  return null
}
