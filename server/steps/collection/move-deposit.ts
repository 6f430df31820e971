/**
 * Files a deposit where it belongs: received for another member or another piece, the same bytes become a
 * version there, and the one that was misplaced is taken out. Nobody is asked to send anything again.
 */
import { asc, inArray } from 'drizzle-orm'
import { pieces } from '../../../schema/tables.ts'
import { refuseFile } from '../../domain/file-acceptance.ts'
import { isFollowUp } from '../../domain/follow-up.ts'
import { documentsOf, type Version } from '../../domain/piece.ts'
import { factsOf, lockPiece, type SeenPiece } from '../access/piece-sides.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import type { Context } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { type DepositTarget, findFilingTarget } from './find-deposit-target.ts'
import { recordVersion } from './receive-document.ts'
import { markTakenOut, removableVersion } from './take-out.ts'

export interface Moved {
  /** Made on the piece where the deposit belongs. */
  version: Version
  to: SeenPiece
}

/**
 * After the closing too: what arrived in time is filed, nothing is deposited.
 *
 * @param toPieceId another piece of the grappe, asked for today and not accepted.
 */
export async function moveDeposit(
  context: Context,
  scope: PorteurScope,
  pieceId: string,
  versionId: string,
  toPieceId: string,
): Promise<Outcome<Moved>> {
  if (toPieceId === pieceId) return refuse('move-nowhere')
  const target = await findFilingTarget(context, scope, toPieceId)
  if (!target.ok) return target
  const side = { by: 'porteur', porteur: scope } as const
  const moved = await context.db.transaction(async (tx): Promise<Outcome<Moved>> => {
    // Always in the same order, so that two moves cannot wait for each other.
    await tx
      .select({ id: pieces.id })
      .from(pieces)
      .where(inArray(pieces.id, [pieceId, toPieceId]))
      .orderBy(asc(pieces.id))
      .for('update')
    const from = await lockPiece(tx, side, pieceId)
    const to = await lockPiece(tx, side, toPieceId)
    if (from === null || to === null) return refuse('not-found')
    // What follows the deposit would come into the dossier by this door.
    if (isFollowUp(scope.call, from.piece.code)) return refuse('piece-not-expected')
    const found = removableVersion(from.piece, versionId)
    if (!found.ok) return found
    const version = found.value
    const notTaken = whyNotTaken(target.value, version)
    if (notTaken !== null) return refuse('move-not-taken', { reason: notTaken })

    const made = await recordVersion({ ...context, db: tx }, side, target.value, () => version.files, {
      movedFrom: factsOf(side, from),
    })
    if (!made.ok) return made
    await markTakenOut(tx, context, versionId, { by: porteurActor(scope).name, movedToPieceId: toPieceId })
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: porteurActor(scope),
      act: {
        kind: 'version-moved',
        facts: {
          ...factsOf(side, from),
          versionId,
          number: version.number,
          toPieceName: to.definition.name,
          toOwnerName: factsOf(side, to).ownerName,
          toNumber: made.value.version.number,
        },
      },
    })
    return done({ version: made.value.version, to })
  })
  if (moved.ok && context.antivirus !== null) await context.jobs.kick('antivirus')
  return moved
}

/** The first reason for which the other piece would not take these files. */
function whyNotTaken({ definition }: DepositTarget, version: Version): string | null {
  for (const [position, file] of documentsOf(version).entries()) {
    const refused = refuseFile(definition, { ...file, truncated: false }, position)
    if (refused !== null) return refused.reason
  }
  return null
}
