/** The reviewer gives its opinion (avis) on a whole sealed version. */
import type { OpinionBody } from '../../schema/contracts/reviews.ts'
import { opinions } from '../../schema/tables.ts'
import { urlTo } from '../../schema/urls.ts'
import { AVIS_WORDS } from '../domain/review.ts'
import type { Context } from './ports.ts'
import { recordChange } from './record-change.ts'
import { done, type Outcome, refuseFields } from './refusals.ts'
import type { ReadSeal } from './review-piece.ts'
import type { ReviewerScope } from './reviewer-scope.ts'
import { requireSecondStep, type StepHolder } from './second-step.ts'
import { writeMail } from './send-mail.ts'

/**
 * Gives an opinion; giving another one takes its place, and both stay in the history. Whatever is not « recevable »
 * needs a note. The porteur is told by mail. See `opinionHolder` for who must confirm it with a code first.
 */
export async function giveOpinion(
  context: Context,
  scope: ReviewerScope,
  seal: ReadSeal,
  { avis, note }: OpinionBody,
): Promise<Outcome<null>> {
  // Before the code: nobody types one for a form that is refused afterwards.
  if (avis !== 'recevable' && note === null) {
    return refuseFields({ note: 'Indiquez pourquoi : le porteur lira cette note.' })
  }
  const holder = opinionHolder(scope)
  const passed = holder === null ? done(null) : await requireSecondStep(context, holder, 'avis')
  if (!passed.ok) return passed
  await context.db.transaction(async tx => {
    await tx.insert(opinions).values({
      id: context.newId(),
      grappeId: scope.grappeId,
      sealId: seal.id,
      avis,
      note,
      actor: scope.actor,
      at: context.now(),
    })
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: scope.actor,
      event: `Avis de l’ARS sur la version ${seal.number} du dossier : ${AVIS_WORDS[avis].toLowerCase()}.${note === null ? '' : ` Note : ${note}`}`,
    })
    await writeMail(tx, context, {
      ...context.mailTexts.opinion({
        grappe: scope.grappeName,
        call: scope.call.title,
        reviewer: scope.actor,
        sealNumber: seal.number,
        avis: AVIS_WORDS[avis],
        note,
        address: context.publicUrl() + urlTo('dossier', { grappe: scope.grappeId }),
      }),
      recipient: scope.porteurEmail,
      grappeId: scope.grappeId,
      linkId: null,
    })
  })
  await context.jobs.kick('envois')
  return done(null)
}

/**
 * Who must confirm an opinion with an e-mailed code: the porteur holds a copy of the link, so whoever speaks by it in
 * the name of an address has to show that it reads mail there. Null for a reviewer who did so by signing in, and for a
 * link without an address.
 */
export function opinionHolder(scope: ReviewerScope): StepHolder | null {
  const { linkId, email, signedIn, grappeId, actor } = scope
  return email === null || signedIn ? null : { id: linkId, email, journal: { grappeId, actor } }
}
