/** Who opens the pages where calls are written: a porteur, or a reviewer who signed in by e-mail. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type CallSide, urlTo } from '../../../../schema/urls.ts'
import { type CallFrame, callUrl } from '../../../../templates/pages/calls/frame.tsx'
import type { FormValues } from '../../../domain/call-form.ts'
import { mayWriteCalls } from '../../../steps/access/reviewer-sign-in.ts'
import type { Context } from '../../../steps/ports.ts'
import { type CallOwner, type OwnCall, readOwnCall } from '../../../steps/read/read-calls.ts'
import type { Refusal } from '../../../steps/refusals.ts'
import { problemOf } from '../../refusals.ts'
import { findReviewer } from '../ars/access.ts'
import { frameOf, goTo, type PageSettings, sendProblemPage } from '../page.ts'
import { porteurGuards } from '../porteur/access.ts'
import { parameter } from '../request.ts'

/** A request of somebody who writes calls; what its handler is given. */
export interface CallsVisit {
  context: Context
  side: CallSide
  owner: CallOwner
  request: FastifyRequest
  reply: FastifyReply
  /** Of the page that answers; drawn once, since it shows the notice left for that page and forgets it. */
  frame: () => CallFrame
  /** Answers that it cannot be. */
  refuse: (refusal: Refusal) => FastifyReply
}

/** On one of its own calls. */
export interface CallVisit extends CallsVisit {
  call: OwnCall
}

type Handler<Given> = (visit: Given) => Promise<unknown>

/** Guards of these pages on one side, which answer by themselves whoever may not go on. */
export function callGuards(context: Context, settings: PageSettings, side: CallSide) {
  const { assetsVersion } = settings
  const { signedIn } = porteurGuards(context, settings)

  const asPorteur = (handler: Handler<CallsVisit>) =>
    signedIn(async ({ porteur, frame, ...visit }) =>
      handler({
        ...visit,
        side,
        owner: { porteurId: porteur.id, email: porteur.email },
        frame: () => ({ ...frame(), side }),
      }),
    )

  const asReviewer =
    (handler: Handler<CallsVisit>) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      const session = await findReviewer(context, request)
      if (session === null) return goTo(reply, urlTo('arsDossiers'))
      const refuse = (refusal: Refusal) => sendProblemPage(request, reply, assetsVersion, problemOf(refusal))
      const { email } = session
      if (!mayWriteCalls(context, email)) return refuse({ code: 'not-a-call-writer' })
      return await handler({
        context,
        side,
        owner: { reviewerEmail: email },
        request,
        reply,
        frame: () => ({
          ...frameOf(request, reply, assetsVersion),
          csrf: reply.generateCsrf(),
          email,
          side,
        }),
        refuse,
      })
    }

  const onCalls = side === 'porteur' ? asPorteur : asReviewer

  /** For addresses that hold the id of a call: somebody else's does not exist. */
  const onCall = (handler: Handler<CallVisit>) =>
    onCalls(async visit => {
      const call = await readOwnCall(context, visit.owner, parameter(visit.request, 'call'))
      return call === null ? visit.refuse({ code: 'not-found' }) : await handler({ ...visit, call })
    })

  return { onCalls, onCall }
}

/** Every value of a form or of a query, by field. */
export function valuesOf(sent: unknown): FormValues {
  if (typeof sent !== 'object' || sent === null) return {}
  return Object.fromEntries(
    Object.entries(sent).map(([name, value]): [string, string[]] => {
      const given: unknown[] = Array.isArray(value) ? value : [value]
      return [name, given.filter(each => typeof each === 'string')]
    }),
  )
}

/** The revision of the draft that the form was served for. */
export function revisionOf(values: FormValues): number {
  const given = Number(values.revision?.[0])
  return Number.isInteger(given) ? given : -1
}

/** The address of a page about this call. */
export const callPage = (
  { side, call }: CallVisit,
  page: Parameters<typeof callUrl>[1],
  values: Readonly<Record<string, string>> = {},
): string => callUrl(side, page, { call: call.id, ...values })
