/**
 * Who opens the porteur's pages, and what their handlers are given.
 *
 * A page group is the list of its routes and nothing else: `app.get(PATHS.x, onGrappe(showX))`. Each handler
 * is a named function, and is given one visit: who came and to what, request, reply, the page's frame.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { urlTo } from '../../../../schema/urls.ts'
import type { PorteurFrame } from '../../../../templates/pages/layout.tsx'
import { findSessionVisit, type GrappeMarks } from '../../../steps/access/grappe-visit.ts'
import { openPorteurScope, type PorteurScope } from '../../../steps/access/porteur-scope.ts'
import { findSession, type Porteur } from '../../../steps/access/sign-in.ts'
import type { Context } from '../../../steps/ports.ts'
import { type GrappeRecord, readGrappe } from '../../../steps/read/read-grappe.ts'
import { type GrappeSnapshot, readSnapshot } from '../../../steps/read/read-snapshot.ts'
import type { Refusal } from '../../../steps/refusals.ts'
import { problemOf } from '../../refusals.ts'
import { refusalOfRole } from '../../rights.ts'
import { SESSION_COOKIE } from '../../security.ts'
import { frameOf, goTo, type PageSettings, sendProblemPage } from '../page.ts'
import { parameter } from '../request.ts'

/** A request of a signed-in porteur. */
export interface Visit {
  context: Context
  porteur: Porteur
  request: FastifyRequest
  reply: FastifyReply
  /** Of the page that answers; drawn once, since it shows the notice left for that page and forgets it. */
  frame: () => PorteurFrame
  /** Answers that it cannot be. */
  refuse: (refusal: Refusal) => FastifyReply
}

/** On one of the porteur's grappes, of which nothing was read yet but where it stands. */
export interface MarksVisit extends Visit {
  marks: GrappeMarks
}

/** On one of the porteur's grappes. */
export interface GrappeVisit extends Visit {
  scope: PorteurScope
}

/** With its members as they stand. */
export interface RecordVisit extends GrappeVisit {
  record: GrappeRecord
}

/** With all that its pages are computed from. */
export interface SnapshotVisit extends GrappeVisit {
  snapshot: GrappeSnapshot
}

type Handler<Given> = (visit: Given) => Promise<unknown>

/** Guards of the porteur's pages, which answer by themselves whoever may not go on. */
export function porteurGuards(context: Context, { assetsVersion }: PageSettings) {
  /** Sends visitors without a session to sign in, and refuses what is not of their role. */
  const visiting =
    <Found extends { porteur: Porteur }>(
      find: (cookie: string, request: FastifyRequest) => Promise<Found | null>,
      handler: Handler<Visit & Found>,
    ) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      const cookie = request.cookies[SESSION_COOKIE]
      const found = cookie === undefined ? null : await find(cookie, request)
      if (found === null) return goTo(reply, urlTo('signIn'))
      const { email } = found.porteur
      const refuse = (refusal: Refusal) => sendProblemPage(request, reply, assetsVersion, problemOf(refusal))
      const reserved = await refusalOfRole(context, request, found.porteur)
      if (reserved !== null) return refuse(reserved)
      return await handler({
        ...found,
        context,
        request,
        reply,
        frame: () => ({ ...frameOf(request, reply, assetsVersion), csrf: reply.generateCsrf(), email }),
        refuse,
      })
    }

  const signedIn = (handler: Handler<Visit>) =>
    visiting(async cookie => {
      const porteur = await findSession(context, cookie)
      return porteur && { porteur }
    }, handler)

  const onMarks = (handler: Handler<MarksVisit>) =>
    visiting(
      (cookie, request) => findSessionVisit(context, cookie, parameter(request, 'grappe')),
      async ({ marks, ...visit }) =>
        marks === null ? visit.refuse({ code: 'not-found' }) : await handler({ ...visit, marks }),
    )

  /** For addresses under `/porteur/grappes/:grappe`: somebody else's grappe does not exist. */
  const onGrappe = (handler: Handler<GrappeVisit>) =>
    signedIn(async visit => {
      const scope = await openPorteurScope(context, visit.porteur, parameter(visit.request, 'grappe'))
      return scope === null ? visit.refuse({ code: 'not-found' }) : await handler({ ...visit, scope })
    })

  const onRecord = (handler: Handler<RecordVisit>) =>
    onGrappe(async visit => {
      const record = await readGrappe(context.db, visit.scope.grappeId)
      return record === null ? visit.refuse({ code: 'not-found' }) : await handler({ ...visit, record })
    })

  const onSnapshot = (handler: Handler<SnapshotVisit>) =>
    onGrappe(async visit => {
      const snapshot = await readSnapshot(context, visit.scope.grappeId)
      return snapshot === null ? visit.refuse({ code: 'not-found' }) : await handler({ ...visit, snapshot })
    })

  return { signedIn, onMarks, onGrappe, onRecord, onSnapshot }
}
