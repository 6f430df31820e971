/** The porteur confirms or refuses that a piece is not applicable, or goes back on what it confirmed. */
import { eq } from 'drizzle-orm'
import type { NonApplicableDecisionBody } from '../../schema/contracts/exchanges.ts'
import { nonApplicables } from '../../schema/tables.ts'
import { standingRequest } from '../domain/piece.ts'
import { aboutOf, lockPiece, type PieceSide, writeToOtherSide } from './piece-sides.ts'
import type { PorteurScope } from './porteur-scope.ts'
import type { Context } from './ports.ts'
import { recordChange } from './record-change.ts'
import { done, type Outcome, refuse } from './refusals.ts'

/**
 * Decides on the request that was looked at. A refusal, with its motive, is mailed to whoever answers for the piece,
 * which is then expected again.
 */
export async function decideNonApplicable(
  context: Context,
  scope: PorteurScope,
  pieceId: string,
  { requestId, decision, motive }: NonApplicableDecisionBody,
): Promise<Outcome<{ decision: NonApplicableDecisionBody['decision'] }>> {
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
    const about = aboutOf(context, side, seen)
    if (refused !== null) {
      const mail = context.mailTexts.nonApplicableRefused({ ...about, motive: refused })
      await writeToOtherSide(tx, context, side, seen, mail)
    }
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: now,
      actor: scope.porteur.email,
      event: `« ${about.piece} » de ${about.owner} : ${refused === null ? 'non applicable, confirmé' : `reste demandée. Motif : ${refused}`}.`,
    })
    return done({ decision })
  })
  if (decided.ok) await context.jobs.kick('envois')
  return decided
}
