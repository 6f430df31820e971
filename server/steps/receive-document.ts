/** A deposit: files stream to the store, then one row makes them a version. It is whole and durable, or it is not there. */

import type { Readable } from 'node:stream'
import { eq } from 'drizzle-orm'
import { files, pieces, versions } from '../../schema/tables.ts'
import type { Call, PieceDefinition } from '../domain/call.ts'
import { dayOf } from '../domain/deadline.ts'
import { isReopened } from '../domain/extension.ts'
import { displayName } from '../domain/file-acceptance.ts'
import {
  currentVersion,
  documentsOf,
  documentsWithOriginals,
  type ExpectedPiece,
  expectedPieces,
  type FileRole,
  type Piece,
  pieceKey,
  pieceState,
  type StoredFile,
  type Version,
} from '../domain/piece.ts'
import { depositorOf, isAsked, type MemberScope, ownPieces } from './member-scope.ts'
import type { PorteurScope } from './porteur-scope.ts'
import type { Context, StagedBlob } from './ports.ts'
import {
  developPhotos,
  judgeFile,
  type NewFile,
  type PreparedDocument,
  type RefusedFile,
  type TakenFile,
} from './prepare-files.ts'
import { readGrappe, readPieces } from './read-grappe.ts'
import { readPiece } from './read-piece.ts'
import { writeReceipt } from './receipt.ts'
import { recordChange } from './record-change.ts'
import { done, type Outcome, type Refusal, refuse } from './refusals.ts'

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
  path: string
}

/** A deposit of uploads received beforehand: they are all still there, so it is made whole or not at all. */
export interface WholeDeposit {
  /** Known beforehand, so that a deposit asked for again after a lost answer is found. */
  versionId: string
}

export interface Receipt {
  pieceId: string
  version: Version
  /** Files of the same request that were not taken. */
  refused: readonly RefusedFile[]
  /** The very same files were already the version waiting for control: a double click, or a retry after a lost answer. */
  alreadyReceived: boolean
}

/** Files refused each with its reason; nothing was recorded. */
export type ReceiveOutcome =
  | Outcome<Receipt>
  | { ok: false; refusal: Refusal; refused: readonly RefusedFile[] }

/** Where a deposit goes, once it is known to be possible. */
export interface DepositTarget {
  piece: Piece
  definition: PieceDefinition
}

export type DepositScope = { by: 'member'; member: MemberScope } | { by: 'porteur'; porteur: PorteurScope }

const grappeIdOf = (scope: DepositScope) =>
  scope.by === 'member' ? scope.member.grappeId : scope.porteur.grappeId
const actorOf = (scope: DepositScope, piece: Piece) =>
  scope.by === 'member' ? depositorOf(scope.member, piece) : scope.porteur.porteur.email

/** Checks, before any byte is read, that this piece may receive a deposit now. */
export async function findDepositTarget(
  context: Context,
  scope: DepositScope,
  pieceId: string,
): Promise<Outcome<DepositTarget>> {
  const { found, asked, call } =
    scope.by === 'member'
      ? await findOwnPiece(context, scope.member, pieceId)
      : await findPieceOfGrappe(context, scope.porteur, pieceId)
  if (found === null) return refuse('not-found')
  if (!asked) return refuse('piece-not-expected')
  const closed = refuseByWindow(call, context.now(), found.piece)
  if (closed !== null) return closed
  if (pieceState(found.piece) === 'acceptee') return refuse('piece-already-accepted')
  return done(found)
}

interface Sought {
  found: DepositTarget | null
  /** Whether it is expected today. */
  asked: boolean
  call: Call
}

/** Reads nothing beyond what the member's link may see. */
async function findOwnPiece(context: Context, scope: MemberScope, pieceId: string): Promise<Sought> {
  const found = await readPiece(context, scope, pieceId, ownPieces(scope))
  return { found, asked: found !== null && isAsked(scope, found.definition, found.piece), call: scope.call }
}

async function findPieceOfGrappe(context: Context, scope: PorteurScope, pieceId: string): Promise<Sought> {
  const found = await readPiece(context, scope, pieceId)
  const grappe = found && (await readGrappe(context.db, scope.grappeId))
  const asked = grappe ? expectedPieces(scope.call.pieces, grappe) : []
  const isThisOne = ({ definition, ogId, esmsId }: ExpectedPiece) =>
    found !== null && pieceKey({ code: definition.code, ogId, esmsId }) === pieceKey(found.piece)
  return { found, asked: asked.some(isThisOne), call: scope.call }
}

/** Why nobody may deposit today; null inside the window, and for a piece reopened after the closing. */
export function refuseByWindow(
  call: Call,
  now: Date,
  piece?: Pick<Piece, 'extensions'>,
): { ok: false; refusal: Refusal } | null {
  const today = dayOf(now.toISOString(), call.window.timeZone)
  if (call.window.opensOn !== null && today < call.window.opensOn) {
    return refuse('call-not-open', { opensOn: call.window.opensOn })
  }
  const reopened =
    piece !== undefined && isReopened(piece.extensions, now.toISOString(), call.window.timeZone)
  if (call.window.closesOn !== null && today > call.window.closesOn && !reopened) {
    return refuse('call-closed', { closesOn: call.window.closesOn })
  }
  return null
}

/**
 * Receives the files of one deposit on a piece found by `findDepositTarget`.
 *
 * Files that the piece does not take are refused one by one, the others are kept. When the body stops midway, or the
 * disk is full, nothing at all is recorded and no byte stays.
 *
 * @param keepPrevious asked once all files are read: whether the files of the current version go along with the new ones.
 * @param whole given when the files can be sent again without being received again: one refused file then refuses all.
 */
export async function receiveDocument(
  context: Context,
  scope: DepositScope,
  target: DepositTarget,
  incoming: AsyncIterable<StreamedFile> | Iterable<ReceivedFile>,
  keepPrevious: () => boolean,
  whole: WholeDeposit | null = null,
): Promise<ReceiveOutcome> {
  const staged: StagedBlob[] = []
  const taken: TakenFile[] = []
  const refused: RefusedFile[] = []
  let documents: PreparedDocument[] = []
  try {
    for await (const file of incoming) {
      const isWhole = 'path' in file
      const blob = isWhole ? await context.blobs.stageFile(file.path) : await context.blobs.stage(file.stream)
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
    if (documents.length === 0 || (whole !== null && refused.length > 0)) {
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
    refused,
    previous =>
      keepPrevious() && target.definition.severalFiles ? withKept(previous, documents) : fresh(documents),
    whole?.versionId,
  )
  await context.jobs.kick('envois')
  if (context.antivirus !== null) await context.jobs.kick('antivirus')
  return recorded
}

/** Publishes what the documents are made of, and discards the rest, such as a photo that could not be decoded. */
async function publish(staged: readonly StagedBlob[], documents: readonly PreparedDocument[]): Promise<void> {
  const used = new Set(fresh(documents).map(({ sha256 }) => sha256))
  for (const blob of staged) await (used.has(blob.sha256) ? blob.publish() : blob.discard())
}

/** A file of the version to come: one that the previous version has already keeps its scan. */
export type VersionFile = NewFile & { role: FileRole } & Partial<Pick<StoredFile, 'scan' | 'virus'>>

/** Each document is followed by the photos that it was made of: their order is what tells whose they are. */
function fresh(documents: readonly PreparedDocument[]): VersionFile[] {
  return documents.flatMap(({ document, originals }) => [
    { ...document, role: 'document' as const },
    ...originals.map(original => ({ ...original, role: 'original' as const })),
  ])
}

/** The files of the previous version, save what the antivirus took away, then the documents that it has not. */
function withKept(previous: Version | null, documents: readonly PreparedDocument[]): VersionFile[] {
  const kept = (previous === null ? [] : documentsWithOriginals(previous))
    .map(({ document, originals }) => [document, ...originals])
    .filter(together => !together.some(({ scan }) => scan === 'infecte'))
    .flat()
  const keptHashes = new Set(kept.map(({ sha256 }) => sha256))
  return [...kept, ...fresh(documents.filter(({ document }) => !keptHashes.has(document.sha256)))]
}

/**
 * Makes the new version of a piece, in one transaction.
 *
 * @param compose the files of the new version, from the current one; null when that is not the expected one any more.
 */
export async function recordVersion(
  context: Context,
  scope: DepositScope,
  target: DepositTarget,
  refused: readonly RefusedFile[],
  compose: (previous: Version | null) => readonly VersionFile[] | null,
  versionId = context.newId(),
): Promise<ReceiveOutcome> {
  const now = context.now()
  const { definition } = target
  return await context.db.transaction(async (tx): Promise<ReceiveOutcome> => {
    // Two deposits at the same moment wait here for each other: both are kept, one after the other.
    await tx.select({ id: pieces.id }).from(pieces).where(eq(pieces.id, target.piece.id)).for('update')
    const [piece] = await readPieces(tx, grappeIdOf(scope), eq(pieces.id, target.piece.id))
    if (piece === undefined) return refuse('not-found')
    if (pieceState(piece) === 'acceptee') return refuse('piece-already-accepted')

    const previous = currentVersion(piece)
    const contents = compose(previous)
    if (contents === null) return refuse('version-superseded', { number: String(previous?.number ?? 0) })
    if (previous !== null && pieceState(piece) === 'deposee' && sameFiles(previous, contents)) {
      return done({ pieceId: piece.id, version: previous, refused, alreadyReceived: true })
    }

    const scan = context.antivirus === null ? 'non-analyse' : 'en-analyse'
    const version: Version = {
      id: versionId,
      number: (previous?.number ?? 0) + 1,
      depositedAt: now.toISOString(),
      depositedBy: actorOf(scope, piece),
      decision: null,
      motive: null,
      decidedAt: null,
      review: null,
      files: contents.map(file => ({ scan, virus: null, ...file, id: context.newId() })),
    }
    await tx.insert(versions).values({
      id: version.id,
      pieceId: piece.id,
      number: version.number,
      depositedAt: now,
      depositedBy: version.depositedBy,
    })
    await tx
      .insert(files)
      .values(version.files.map((file, position) => ({ ...file, versionId: version.id, position })))
    if (scope.by === 'member') await writeReceipt(tx, context, scope.member, { piece, definition, version })
    await recordChange(tx, {
      grappeId: grappeIdOf(scope),
      at: now,
      actor: version.depositedBy,
      event: `« ${definition.name} » déposée, version ${version.number} (${fileCount(documentsOf(version).length)}).`,
    })
    return done({ pieceId: piece.id, version, refused, alreadyReceived: false })
  })
}

function sameFiles(version: Version, contents: ReadonlyArray<{ sha256: string }>): boolean {
  return (
    version.files.length === contents.length &&
    version.files.every((file, position) => file.sha256 === contents[position]?.sha256)
  )
}

function fileCount(count: number): string {
  return count === 1 ? '1 fichier' : `${count} fichiers`
}

const DISK_FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])
const CUT_OFF = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'ABORT_ERR'])

function refusalOfFault(error: unknown): { ok: false; refusal: Refusal } | null {
  if (!(error instanceof Error)) return null
  const code = 'code' in error ? String(error.code) : ''
  if (DISK_FULL.has(code)) return refuse('storage-full')
  if (CUT_OFF.has(code) || /unexpected end|premature close|aborted/i.test(error.message))
    return refuse('upload-cut-off')
  return null
}
