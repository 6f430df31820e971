/** Reads one piece within a scope, with what was asked for it. */
import { and, eq, type SQL } from 'drizzle-orm'
import { pieces } from '../../../schema/tables.ts'
import type { Call, PieceDefinition } from '../../domain/call.ts'
import type { Piece } from '../../domain/piece.ts'
import type { Context } from '../ports.ts'
import { readPieces } from './read-pieces.ts'

/** Everything that may be deposited on: the call's pieces and, for the porteur, what follows the deposit. */
export const definitionsOf = (scope: {
  call: Call
  followUps?: readonly PieceDefinition[]
}): readonly PieceDefinition[] => [...scope.call.pieces, ...(scope.followUps ?? [])]

/**
 * @param within what the caller may see, such as `ownPieces(scope)`.
 * @returns null when there is no such piece within that scope, or when the call's copy no longer lists it.
 */
export async function readPiece(
  context: Pick<Context, 'db'>,
  scope: { grappeId: string; call: Call; followUps?: readonly PieceDefinition[] },
  pieceId: string,
  within?: SQL,
): Promise<{ piece: Piece; definition: PieceDefinition } | null> {
  const [piece] = await readPieces(context.db, scope.grappeId, and(eq(pieces.id, pieceId), within))
  const definition = piece && definitionsOf(scope).find(({ code }) => code === piece.code)
  return piece === undefined || definition === undefined ? null : { piece, definition }
}
