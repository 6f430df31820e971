/** The porteur confirms or refuses that a piece is not applicable, or goes back on what it confirmed. */
import { eq } from 'drizzle-orm'
import type { NonApplicableDecisionBody } from '../../../schema/contracts/exchanges.ts'
import { nonApplicables } from '../../../schema/tables.ts'
import { standingRequest } from '../../domain/piece.ts'
import {
  aboutOf,
  actorOf,
  factsOf,
  lockPiece,
  type PieceSide,
  writeToOtherSide,
} from '../access/piece-sides.ts'
import type { PorteurScope } from '../access/porteur-scope.ts'
import type { Context } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'

/**
 * Decides on the request that was looked at. A refusal, with its motive, is mailed to whoever answers for the
 * piece, which is then expected again: nothing is, in a grappe put away.
 */
export async function decideNonApplicable(
  context: Context,
  scope: PorteurScope,
  pieceId: string,
  { requestId, decision, motive }: NonApplicableDecisionBody,
): Promise<Outcome<{ decision: NonApplicableDecisionBody['decision'] }>> {
  if (decision === 'refusee' && scope.archivedOn !== null) return refuse('grappe-archived')
  const side: PieceSide = { by: 'porteur', porteur: scope }
  const now = context.now()
  const decided = await context.db.transaction(async tx => {
    const seen = await lockPiece(tx, side, pieceId)
    if (seen === null) return refuse('not-found')
    const standing = standingRequest(seen.piece)
    if (standing === null || standing.id !== requestId) return refuse('request-superseded')
    const refused = decision === 'refusee' ? motive : null
    if (standing.decision === decision && standing.motive === refused) return done({ decision })
    await tx
      .update(nonApplicables)
      .set({ decision, motive: refused, decidedAt: now })
      .where(eq(nonApplicables.id, requestId))
    if (refused !== null) {
      const about = aboutOf(context, side, seen)
      const mail = context.mailTexts.nonApplicableRefused({ ...about, motive: refused })
      await writeToOtherSide(tx, context, side, seen, mail)
    }
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: now,
      actor: actorOf(side),
      act:
        refused === null
          ? { kind: 'non-applicable-confirmed', facts: factsOf(side, seen) }
          : { kind: 'non-applicable-declined', facts: { ...factsOf(side, seen), motive: refused } },
    })
    return done({ decision })
  })
  if (decided.ok) await context.jobs.kick('envois')
  return decided
}
