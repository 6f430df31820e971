/** Where a deposit goes, checked before any byte is read: the piece, who is asked for it, and the window. */
import { type Call, type PieceDefinition, windowAt } from '../../domain/call.ts'
import { isReopened } from '../../domain/extension.ts'
import { isFollowUp } from '../../domain/follow-up.ts'
import { type ExpectedPiece, expectedPieces, isSettled, type Piece, pieceKey } from '../../domain/piece.ts'
import { isAsked, type MemberScope, ownPieces, refuseArchivedMember } from '../access/member-scope.ts'
import type { PieceSide } from '../access/piece-sides.ts'
import type { PorteurScope } from '../access/porteur-scope.ts'
import type { Context } from '../ports.ts'
import { readGrappe } from '../read/read-grappe.ts'
import { definitionsOf, readPiece } from '../read/read-piece.ts'
import { done, type Outcome, type Refusal, refuse } from '../refusals.ts'

/** Where a deposit goes, once it is known to be possible. */
export interface DepositTarget {
  piece: Piece
  definition: PieceDefinition
}

/** Checks, before any byte is read, that this piece may receive a deposit now. */
export async function findDepositTarget(
  context: Context,
  scope: PieceSide,
  pieceId: string,
): Promise<Outcome<DepositTarget>> {
  const { found, asked, call } =
    scope.by === 'member'
      ? await findOwnPiece(context, scope.member, pieceId)
      : await findPieceOfGrappe(context, scope.porteur, pieceId)
  if (found === null) return refuse('not-found')
  if (!asked) return refuse('piece-not-expected')
  const archived = refuseArchived(scope)
  if (archived !== null) return archived
  // A proof of the deposit exists once it is made, often on the last day or after.
  const closed = isFollowUp(call, found.piece.code) ? null : refuseByWindow(call, context.now(), found.piece)
  if (closed !== null) return closed
  if (isSettled(found.piece)) return refuse('piece-already-accepted')
  return done(found)
}

/**
 * The same for a deposit that the porteur files elsewhere: what arrived in time may be filed after the
 * closing.
 */
export async function findFilingTarget(
  context: Context,
  scope: PorteurScope,
  pieceId: string,
): Promise<Outcome<DepositTarget>> {
  const { found, asked } = await findPieceOfGrappe(context, scope, pieceId)
  if (found === null) return refuse('not-found')
  if (!asked || isFollowUp(scope.call, found.piece.code)) return refuse('piece-not-expected')
  const archived = refuseArchived({ by: 'porteur', porteur: scope })
  if (archived !== null) return archived
  return isSettled(found.piece) ? refuse('piece-already-accepted') : done(found)
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
  const asked = grappe ? expectedPieces(definitionsOf(scope), grappe) : []
  const isThisOne = ({ definition, ogId, esmsId }: ExpectedPiece) =>
    found !== null && pieceKey({ code: definition.code, ogId, esmsId }) === pieceKey(found.piece)
  return { found, asked: asked.some(isThisOne), call: scope.call }
}

/** Why nobody deposits in a grappe put away; null in a current one. A member is told whom to ask. */
export function refuseArchived(side: PieceSide): { ok: false; refusal: Refusal } | null {
  if (side.by === 'member') return refuseArchivedMember(side.member)
  return side.porteur.archivedOn === null ? null : refuse('grappe-archived')
}

/** Why nobody may deposit today; null inside the window, and for a piece reopened after the closing. */
export function refuseByWindow(
  call: Call,
  now: Date,
  piece?: Pick<Piece, 'extensions'>,
): { ok: false; refusal: Refusal } | null {
  const { today, opensOn, closesOn } = windowAt(call, now.toISOString())
  if (opensOn !== null && today < opensOn) return refuse('call-not-open', { opensOn })
  const reopened = piece !== undefined && isReopened(piece.extensions, today)
  if (closesOn !== null && today > closesOn && !reopened) return refuse('call-closed', { closesOn })
  return null
}
