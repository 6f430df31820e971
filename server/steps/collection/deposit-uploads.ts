/** Uploads received beforehand become one version, as a form's files do. Asked for twice, it is made once. */
import { MAX_FILES_PER_DEPOSIT } from '../../domain/file-acceptance.ts'
import { historyOf } from '../../domain/piece.ts'
import { ownPieces } from '../access/member-scope.ts'
import type { PieceSide } from '../access/piece-sides.ts'
import { type Context, TO_FILE, type UploadLane } from '../ports.ts'
import { readPiece } from '../read/read-piece.ts'
import { done, refuse } from '../refusals.ts'
import { findDepositTarget } from './find-deposit-target.ts'
import { type KeptDocuments, type ReceiveOutcome, receiveDocument } from './receive-document.ts'

/** Uploads of this scope for this piece. */
export function laneOf(scope: PieceSide, pieceId: string): UploadLane {
  return { owner: scope.by === 'member' ? scope.member.linkId : scope.porteur.porteur.id, pieceId }
}

/**
 * Makes a version of finished uploads, in the order given. They leave the folder of uploads once it is
 * recorded; when nothing of them is taken, all of them stay.
 *
 * @param ids of uploads of the lane.
 * @param lane where they are: those of this scope for this piece, or those to file.
 */
export async function depositUploads(
  context: Context,
  scope: PieceSide,
  pieceId: string,
  ids: readonly string[],
  kept: KeptDocuments,
  lane: UploadLane = laneOf(scope, pieceId),
): Promise<ReceiveOutcome> {
  const read = () =>
    scope.by === 'member'
      ? readPiece(context, scope.member, pieceId, ownPieces(scope.member))
      : readPiece(context, scope.porteur, pieceId)
  const refusal = ids.length === 0 ? 'no-file' : ids.length > MAX_FILES_PER_DEPOSIT ? 'too-many-files' : null
  if (refusal !== null) return refuse((await read()) === null ? 'not-found' : refusal)
  // Nobody has what came in an archive under the hand: what one piece refuses stays, to be filed elsewhere.
  const waitsToBeFiled = lane.pieceId === TO_FILE
  return await context.uploads.hold(lane, ids, async ({ uploads, mark, remove }): Promise<ReceiveOutcome> => {
    const versionId = versionIdOf(context, { owner: lane.owner, pieceId }, ids)
    const target = await findDepositTarget(context, scope, pieceId)
    const piece = target.ok ? target.value.piece : (await read())?.piece
    const made = piece && historyOf(piece).find(({ id }) => id === versionId)
    // Before anything that may have changed since, such as the closing: what was recorded is never told as
    // refused.
    if (made) {
      if (!waitsToBeFiled) await remove()
      return done({ pieceId, version: made, refused: [], doubtful: [], alreadyReceived: true })
    }
    if (!target.ok) return target
    if (uploads.length < ids.length) return refuse('uploads-gone')
    if (uploads.some(({ received, size }) => received < size)) return refuse('uploads-unfinished')

    await mark(versionId)
    const received = await receiveDocument(context, scope, target.value, uploads, () => kept, { versionId })
    if (received.ok) {
      const refused = new Set(received.value.refused.map(({ position }) => ids[position]))
      await remove(id => !waitsToBeFiled || !refused.has(id))
    }
    return received
  })
}

/** The same uploads always make the same version: ids of uploads are random and serve once. */
function versionIdOf({ tokens }: Context, { owner, pieceId }: UploadLane, ids: readonly string[]): string {
  const hex = tokens.hash(['depot', owner, pieceId, ...ids].join(' '))
  // A UUID of version 8: derived, in a manner of its own.
  return (
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a` +
    `${hex.slice(17, 20)}-${hex.slice(20, 32)}`
  )
}
