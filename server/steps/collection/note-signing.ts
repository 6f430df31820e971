/** Noting where the signature of a piece stands: sent to be signed, signed, or not after all. */
import type { SigningBody } from '../../../schema/contracts/signing.ts'
import { signings } from '../../../schema/tables.ts'
import { dayOf } from '../../domain/deadline.ts'
import type { Signing } from '../../domain/signing.ts'
import {
  actorOf,
  factsOf,
  isOpenTo,
  lockPiece,
  type PieceSide,
  type SeenPiece,
  scopeOf,
} from '../access/piece-sides.ts'
import type { Context } from '../ports.ts'
import { readSigning } from '../read/read-signings.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { refuseArchived } from './find-deposit-target.ts'

/**
 * All of them, or none. What is already noted with the same words is not noted twice.
 *
 * @returns how many were noted anew; signature-not-asked for a piece that nobody has to sign; day-to-come for
 *   a day that is not there yet on the call's clocks.
 */
export async function noteSigning(
  context: Pick<Context, 'db' | 'now' | 'newId'>,
  side: PieceSide,
  pieceIds: readonly string[],
  { step, on, signatory }: SigningBody,
): Promise<Outcome<{ noted: number }>> {
  const archived = refuseArchived(side)
  if (archived !== null) return archived
  const now = context.now()
  const { grappeId, call } = scopeOf(side)
  if (on !== null && on > dayOf(now.toISOString(), call.timeZone)) return refuse('day-to-come')
  const said = step === 'a-signer' ? { step, on: null, signatory: null } : { step, on, signatory }
  return await context.db.transaction(async (tx): Promise<Outcome<{ noted: number }>> => {
    const anew: SeenPiece[] = []
    // One order, so that two people who note several at once wait for each other and never in a circle.
    for (const pieceId of [...new Set(pieceIds)].sort()) {
      const seen = await lockPiece(tx, side, pieceId)
      if (seen === null) return refuse('not-found')
      if (!isOpenTo(side, seen)) return refuse('piece-not-expected')
      if (seen.definition.signatory === null)
        return refuse('signature-not-asked', { piece: seen.definition.name })
      if (!sameAs(await readSigning(tx, grappeId, pieceId), said)) anew.push(seen)
    }
    for (const seen of anew) {
      const actor = actorOf(side, seen.piece)
      const row = { id: context.newId(), pieceId: seen.piece.id, ...said, notedBy: actor.name, notedAt: now }
      await tx.insert(signings).values(row)
      const facts = { ...factsOf(side, seen), ...said }
      await recordChange(tx, { grappeId, at: now, actor, act: { kind: 'signature-noted', facts } })
    }
    return done({ noted: anew.length })
  })
}

const sameAs = (last: Signing | null, said: Pick<Signing, 'step' | 'on' | 'signatory'>): boolean =>
  last === null
    ? said.step === 'a-signer'
    : last.step === said.step && last.on === said.on && last.signatory === said.signatory
