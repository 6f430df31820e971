/** « Non applicable »: a member says that a piece does not concern it, or the porteur says so itself. */
import { nonApplicables } from '../../../schema/tables.ts'
import { isFollowUp } from '../../domain/follow-up.ts'
import { type NonApplicable, pieceState, standingRequest } from '../../domain/piece.ts'
import { refuseArchivedMember } from '../access/member-scope.ts'
import {
  aboutOf,
  actorOf,
  factsOf,
  isOpenTo,
  lockPiece,
  type PieceSide,
  scopeOf,
  writeToOtherSide,
} from '../access/piece-sides.ts'
import type { Context } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'

/**
 * Asks when a member does, and is mailed to the porteur; settles it when the porteur does. A request that
 * already stands with the same reason stays as it is: a double click asks once.
 */
export async function askNonApplicable(
  context: Context,
  side: PieceSide,
  pieceId: string,
  reason: string,
): Promise<Outcome<NonApplicable>> {
  const archived = side.by === 'member' ? refuseArchivedMember(side.member) : null
  if (archived !== null) return archived
  const now = context.now()
  const asked = await context.db.transaction(async (tx): Promise<Outcome<NonApplicable>> => {
    const seen = await lockPiece(tx, side, pieceId)
    if (seen === null) return refuse('not-found')
    if (!isOpenTo(side, seen) || isFollowUp(scopeOf(side).call, seen.piece.code)) {
      return refuse('piece-not-expected')
    }
    if (pieceState(seen.piece) === 'acceptee') return refuse('piece-already-accepted')
    const standing = standingRequest(seen.piece)
    const settled = side.by === 'porteur' ? ('confirmee' as const) : null
    const repeated = standing !== null && standing.reason === reason && standing.decision === settled
    if (standing !== null && (repeated || standing.decision === 'confirmee')) {
      return done(standing)
    }
    const actor = actorOf(side)
    const request: NonApplicable = {
      id: context.newId(),
      reason,
      askedBy: actor.name,
      askedAt: now.toISOString(),
      decision: settled,
      motive: null,
      decidedAt: settled === null ? null : now.toISOString(),
    }
    await tx
      .insert(nonApplicables)
      .values({ ...request, pieceId, askedAt: now, decidedAt: settled === null ? null : now })
    if (settled === null) {
      const about = aboutOf(context, side, seen)
      const mail = context.mailTexts.nonApplicableAsked({ ...about, askedBy: request.askedBy, reason })
      await writeToOtherSide(tx, context, side, seen, mail)
    }
    await recordChange(tx, {
      grappeId: scopeOf(side).grappeId,
      at: now,
      actor,
      act: {
        kind: settled === null ? 'non-applicable-asked' : 'non-applicable-declared',
        facts: { ...factsOf(side, seen), reason },
      },
    })
    return done(request)
  })
  if (asked.ok) await context.jobs.kick('envois')
  return asked
}
