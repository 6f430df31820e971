/** Pages of a person's passkeys, for porteurs and for reviewers. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { fieldMessages, passkeyContract } from '../../../schema/contracts/members.ts'
import { PASSKEY_PAGES, urlTo } from '../../../schema/urls.ts'
import type { FieldError } from '../../../templates/pages/components.tsx'
import type { PorteurFrame } from '../../../templates/pages/layout.tsx'
import { NewPasskey, Passkeys } from '../../../templates/pages/passkeys.tsx'
import type { PasskeySide } from '../../domain/passkey.ts'
import type { CodeHolder } from '../../steps/access/confirm-by-code.ts'
import {
  addPasskey,
  beginPasskey,
  listPasskeys,
  type PasskeyAsking,
  refusePasskey,
  removePasskey,
} from '../../steps/access/passkeys.ts'
import { findReviewerHolder } from '../../steps/access/reviewer-sign-in.ts'
import { findSessionHolder } from '../../steps/access/sign-in.ts'
import type { Context } from '../../steps/ports.ts'
import type { Refusal } from '../../steps/refusals.ts'
import { problemOf } from '../refusals.ts'
import { REVIEWER_COOKIE, SESSION_COOKIE } from '../security.ts'
import { passConfirmation } from './confirm-by-code.ts'
import { frameOf, goTo, type PageSettings, sendPage, sendProblemPage } from './page.ts'
import { fieldErrors, formFields, parameter } from './request.ts'

const SIDES = {
  porteur: { find: findSessionHolder, cookie: SESSION_COOKIE, signIn: 'signIn' },
  ars: { find: findReviewerHolder, cookie: REVIEWER_COOKIE, signIn: 'arsDossiers' },
} as const

interface Visit {
  context: Context
  request: FastifyRequest
  reply: FastifyReply
  side: PasskeySide
  holder: CodeHolder
  asking: PasskeyAsking
  /** Drawn once. */
  frame: () => PorteurFrame
  refuse: (refusal: Refusal) => FastifyReply
}

export function passkeyPages(context: Context, { assetsVersion }: PageSettings): FastifyPluginAsync {
  const visited =
    (side: PasskeySide, handler: (visit: Visit) => Promise<unknown>) =>
    async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      const { find, cookie, signIn } = SIDES[side]
      const holder = await find(context, request.cookies[cookie] ?? '')
      if (holder === null || holder.email === null) return goTo(reply, urlTo(signIn))
      const { id: holderId, email } = holder
      return await handler({
        context,
        request,
        reply,
        side,
        holder,
        asking: { side, email, holderId, browser: null, purpose: 'cle-acces' },
        frame: () => ({ ...frameOf(request, reply, assetsVersion), csrf: reply.generateCsrf(), email }),
        refuse: refusal => sendProblemPage(request, reply, assetsVersion, problemOf(refusal)),
      })
    }

  return async app => {
    const protect = { preHandler: app.csrfProtection }
    for (const side of ['porteur', 'ars'] as const) {
      const { list, add, remove } = PASSKEY_PAGES[side]
      app.get(list, visited(side, show))
      app.post(list, protect, visited(side, begin))
      app.post(add, protect, visited(side, finish))
      app.post(remove, protect, visited(side, takeOut))
    }
  }
}

async function show(visit: Visit, typed: { name: string; errors: readonly FieldError[] } | null = null) {
  const { context, reply, side, asking, frame } = visit
  const passkeys = await listPasskeys(context, asking)
  const possible = await refusePasskey(context, asking)
  const page = Passkeys({
    frame: frame(),
    side,
    passkeys: passkeys.map(({ id, name, createdAt, lastUsedAt }) => ({
      id,
      name,
      createdAt: createdAt.toISOString(),
      lastUsedAt: lastUsedAt?.toISOString() ?? null,
    })),
    blocked: possible.ok ? null : problemOf(possible.refusal).detail,
    name: typed?.name ?? '',
    errors: typed?.errors ?? [],
  })
  return sendPage(reply, page, typed === null ? 200 : 422)
}

/** A code first: whoever found a session open in another's browser does not leave a key of its own. */
async function begin(visit: Visit) {
  const { context, request, reply, side, holder, asking, frame, refuse } = visit
  const fields = formFields(request)
  const parsed = passkeyContract.safeParse(fields)
  if (!parsed.success)
    return await show(visit, { name: fields.name ?? '', errors: fieldErrors(fieldMessages(parsed.error)) })
  const possible = await refusePasskey(context, asking)
  if (!possible.ok) return refuse(possible.refusal)
  const { list } = PASSKEY_PAGES[side]
  const passed = await passConfirmation(context, request, reply, {
    holder,
    purpose: 'cle-acces',
    action: list,
    page: () => {
      const around = frame()
      return side === 'porteur'
        ? { frame: around, porteur: around, who: null, backHref: list }
        : { frame: around, porteur: null, csrf: around.csrf, who: `ARS, ${around.email}`, backHref: list }
    },
  })
  if (!passed) return reply
  const begun = await beginPasskey(context, asking)
  if (!begun.ok) return refuse(begun.refusal)
  const { name } = parsed.data
  return sendPage(reply, NewPasskey({ frame: frame(), side, name, question: begun.value.options }))
}

async function finish(visit: Visit) {
  const { context, request, reply, side, asking, refuse } = visit
  const fields = formFields(request)
  const parsed = passkeyContract.safeParse(fields)
  if (!parsed.success)
    return await show(visit, { name: fields.name ?? '', errors: fieldErrors(fieldMessages(parsed.error)) })
  const { name } = parsed.data
  const added = await addPasskey(context, asking, { name, answer: fields.cle ?? '' })
  if (!added.ok) return refuse(added.refusal)
  return goTo(reply, PASSKEY_PAGES[side].list, `Clé d’accès «\u00a0${name}\u00a0» ajoutée.`)
}

async function takeOut({ context, request, reply, side, asking, refuse }: Visit) {
  const removed = await removePasskey(context, asking, parameter(request, 'passkey'))
  if (!removed.ok) return refuse(removed.refusal)
  return goTo(reply, PASSKEY_PAGES[side].list, `Clé d’accès «\u00a0${removed.value.name}\u00a0» retirée.`)
}
