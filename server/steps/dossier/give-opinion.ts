/** The reviewer gives its opinion (avis) on a whole sealed version. */
import type { OpinionBody } from '../../../schema/contracts/reviews.ts'
import { opinions } from '../../../schema/tables.ts'
import { urlTo } from '../../../schema/urls.ts'
import { sealFacts } from '../../domain/journal/dossier.ts'
import { AVIS_WORDS } from '../../domain/review.ts'
import { reviewerActor, type SpeakingReviewer } from '../access/reviewer-scope.ts'
import { writeToPorteur } from '../access/send-mail.ts'
import type { Context } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuseFields } from '../refusals.ts'
import type { ReadSeal } from './review-piece.ts'

/**
 * Gives an opinion; another one of the same author takes its place, and both stay in the history. Whatever is
 * not « recevable » needs a note. The porteur is told by mail.
 */
export async function giveOpinion(
  context: Context,
  scope: SpeakingReviewer,
  seal: ReadSeal,
  { avis, note }: OpinionBody,
): Promise<Outcome<null>> {
  if (avis !== 'recevable' && note === null) {
    return refuseFields({ note: 'Indiquez pourquoi : le porteur lira cette note.' })
  }
  await context.db.transaction(async tx => {
    await tx.insert(opinions).values({
      id: context.newId(),
      grappeId: scope.grappeId,
      sealId: seal.id,
      avis,
      note,
      actor: scope.actor,
      email: scope.email,
      proof: scope.proof,
      service: scope.service,
      at: context.now(),
    })
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: reviewerActor(scope),
      act: { kind: 'opinion-given', facts: { ...sealFacts(seal), avis, note } },
    })
    const text = context.mailTexts.opinion({
      grappe: scope.grappeName,
      call: scope.call.title,
      reviewer: scope.actor,
      sealNumber: seal.number,
      avis: AVIS_WORDS[avis],
      note,
      proved: scope,
      address: context.publicUrl() + urlTo('dossier', { grappe: scope.grappeId }),
    })
    await writeToPorteur(tx, context, scope.grappeId, text)
  })
  await context.jobs.kick('envois')
  return done(null)
}
