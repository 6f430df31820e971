/** API by which a program proves, by a code received by e-mail, that it speaks for a link's address. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { problemAnswer } from '../../../schema/contracts/api.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import { CODE_MINUTES, CONFIRMED_MINUTES, minutesAfter } from '../../domain/confirm-by-code.ts'
import { confirmCode, sendCode } from '../../steps/access/confirm-by-code.ts'
import type { MemberScope } from '../../steps/access/member-scope.ts'
import { sendReviewerCode, signInByCode } from '../../steps/access/reviewer-sign-in.ts'
import { answersHolder } from '../../steps/eligibility/answer-questions.ts'
import type { Context } from '../../steps/ports.ts'
import { done, refuse } from '../../steps/refusals.ts'
import { placeOf } from '../pages/request.ts'
import { forMember, forReviewerLink } from './bearer.ts'
import { sendRefusal } from './problems.ts'

export function codesApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.post(API_PATHS.memberCode, postMemberCode('reponses')(context))
    app.post(API_PATHS.memberCodeConfirmation, postMemberConfirmation('reponses')(context))
    app.post(API_PATHS.memberDataCode, postMemberCode('donnees')(context))
    app.post(API_PATHS.memberDataCodeConfirmation, postMemberConfirmation('donnees')(context))
    app.post(API_PATHS.arsCode, postArsCode(context))
    app.post(API_PATHS.arsCodeConfirmation, postArsConfirmation(context))
  }
}

const refusals = {
  401: problemAnswer,
  403: problemAnswer,
  409: problemAnswer,
  422: problemAnswer,
  429: problemAnswer,
}

export const asking = {
  summary: 'Demander un code, envoyé à l’adresse à laquelle le lien a été remis',
  description: `Le code reste valable ${CODE_MINUTES} minutes et ne sert qu’avec la tentative rendue ici.`,
  response: {
    201: z.object({ attempt: z.string().describe('Secret de cette tentative, à rendre avec le code') }),
    ...refusals,
  },
}

export const confirming = {
  summary: 'Confirmer un code reçu : rend la preuve à envoyer dans l’en-tête « X-Preuve »',
  description: 'Cinq codes faux bloquent cette tentative quinze minutes ; les autres continuent.',
  body: z.object({ attempt: z.string().min(20).max(200), code: z.string().min(1).max(20) }),
  response: {
    200: z.object({ proof: z.string(), expiresAt: z.iso.datetime() }),
    ...refusals,
  },
}

const memberHolderOf = (scope: MemberScope, attempt: string) => {
  const holder = answersHolder(scope, attempt)
  return holder === null ? refuse('link-without-email') : done(holder)
}

const postMemberCode = (purpose: 'reponses' | 'donnees') =>
  forMember({ tags: ['Membre'], ...asking }, async ({ context, scope, reply }) => {
    const attempt = context.tokens.random()
    const holder = memberHolderOf(scope, attempt)
    const sent = holder.ok ? await sendCode(context, holder.value, purpose) : holder
    return sent.ok ? reply.code(201).send({ attempt }) : sendRefusal(reply, sent.refusal)
  })

const postMemberConfirmation = (purpose: 'reponses' | 'donnees') =>
  forMember({ tags: ['Membre'], ...confirming }, async ({ context, scope, request, reply }) => {
    const { attempt, code } = request.body
    const holder = memberHolderOf(scope, attempt)
    const confirmed = holder.ok ? await confirmCode(context, holder.value, purpose, code) : holder
    if (!confirmed.ok) return sendRefusal(reply, confirmed.refusal)
    return { proof: attempt, expiresAt: minutesAfter(context.now(), CONFIRMED_MINUTES).toISOString() }
  })

const postArsCode = forReviewerLink({ tags: ['ARS'], ...asking }, async ({ context, scope, reply }) => {
  const attempt = context.tokens.random()
  const sent = await sendReviewerCode(context, scope, attempt)
  return sent.ok ? reply.code(201).send({ attempt }) : sendRefusal(reply, sent.refusal)
})

const postArsConfirmation = forReviewerLink(
  { tags: ['ARS'], ...confirming },
  async ({ context, scope, request, reply }) => {
    const { attempt, code } = request.body
    const opened = await signInByCode(context, scope, attempt, code, placeOf(request))
    if (!opened.ok) return sendRefusal(reply, opened.refusal)
    const { sessionToken, expiresAt } = opened.value
    return { proof: sessionToken, expiresAt: expiresAt.toISOString() }
  },
)
