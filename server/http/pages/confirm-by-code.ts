/** Asks for the e-mailed code before a sensitive act, then lets the same form go on. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FieldError } from '../../../templates/pages/components.tsx'
import { ConfirmByCode } from '../../../templates/pages/confirm-by-code.tsx'
import type { Frame, PorteurFrame } from '../../../templates/pages/layout.tsx'
import type { CodePurpose } from '../../domain/confirm-by-code.ts'
import {
  type CodeHolder,
  confirmCode,
  requireConfirmation,
  sendCode,
} from '../../steps/access/confirm-by-code.ts'
import { askForPasskey, confirmByPasskey, passkeyAsking } from '../../steps/access/passkeys.ts'
import type { Context, PasskeyQuestion } from '../../steps/ports.ts'
import type { Outcome, Refusal } from '../../steps/refusals.ts'
import { problemOf } from '../refusals.ts'
import { sendPage } from './page.ts'
import { formFields } from './request.ts'

/** What the page around the code is made of. */
export interface StepPage {
  frame: Frame
  /** Null on a link. */
  porteur: PorteurFrame | null
  /** Of a reviewer's session, against forgery. */
  csrf?: string
  who: string | null
  /** Where giving up leads. */
  backHref: string
}

/** Fields of the code's own form: the others are those of the act, sent again with it. */
const OWN_FIELDS = ['csrf', 'code', 'renvoyer', 'cle']

/** What is left to do after a refusal; any other lets the code be typed. */
const NEXT = new Map<Refusal['code'] | undefined, 'choose' | 'later' | 'none'>([
  ['passkey-refused', 'choose'],
  ['code-locked', 'later'],
  ['link-without-email', 'none'],
  ['reviewer-without-email', 'none'],
])

/** How a code is asked for, sent and checked. */
interface Asking<Passed> {
  /** Where it is sent. */
  email: string | null
  /** The address of the act's POST, to which the code is sent with the act's own fields. */
  action: string
  /** What the code opens besides the act; null for nothing. */
  opens: string | null
  page: () => StepPage
  /** A passkey in place of the code; null where there is none to ask for. */
  passkey: {
    ask: () => Promise<PasskeyQuestion | null>
    confirm: (answer: string) => Promise<Outcome<Passed>>
  } | null
  send: () => Promise<Outcome<null>>
  confirm: (typed: string) => Promise<Outcome<Passed>>
}

/** @returns what the code that was typed gives; null when the page that asks for it was sent. */
export async function askForCode<Passed>(
  context: Pick<Context, 'mailer'>,
  request: FastifyRequest,
  reply: FastifyReply,
  { email, action, opens, page, passkey, send, confirm }: Asking<Passed>,
): Promise<{ passed: Passed } | null> {
  const fields = formFields(request)
  const ask = async () => (await passkey?.ask()) ?? null
  const show = (
    refusal: Refusal | null,
    question: PasskeyQuestion | null,
    first: 'choose' | 'type' = 'type',
  ) => {
    const problem = refusal === null ? null : problemOf(refusal)
    const typed = refusal?.code === 'code-wrong' || refusal?.code === 'code-expired'
    const errors: FieldError[] = typed && problem !== null ? [{ field: 'code', message: problem.detail }] : []
    const kept = Object.entries(fields).filter(([name]) => !OWN_FIELDS.includes(name))
    const asked = ConfirmByCode({
      ...page(),
      action,
      email: email ?? '',
      sends: context.mailer !== null,
      opens,
      kept,
      errors,
      blocked: typed ? null : (problem?.detail ?? null),
      question: question?.options ?? null,
      next: NEXT.get(refusal?.code) ?? first,
    })
    sendPage(reply, asked, problem?.status ?? 200)
    return null
  }
  const { code, cle, renvoyer } = fields
  const isAnew = renvoyer !== undefined
  if (passkey !== null && cle !== undefined && !isAnew) {
    const confirmed = await passkey.confirm(cle)
    return confirmed.ok ? { passed: confirmed.value } : show(confirmed.refusal, await ask())
  }
  if (code !== undefined && !isAnew) {
    const confirmed = await confirm(code)
    return confirmed.ok ? { passed: confirmed.value } : show(confirmed.refusal, await ask())
  }
  const question = await ask()
  // Whoever has a passkey is sent a code once it asks for one.
  if (question !== null && !isAnew) return show(null, question, 'choose')
  const sent = await send()
  return show(sent.ok ? null : sent.refusal, question)
}

/**
 * To be called in the POST of a sensitive act, before it.
 *
 * @returns true when the act may go on; otherwise the answer was sent: the page that asks for the code.
 */
export async function passConfirmation(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  step: { holder: CodeHolder; purpose: CodePurpose; action: string; page: () => StepPage },
): Promise<boolean> {
  const { holder, purpose, action, page } = step
  const passed = await requireConfirmation(context, holder, purpose)
  if (passed.ok) return true
  const asking = passkeyAsking(holder, purpose)
  const asked = await askForCode(context, request, reply, {
    email: holder.email,
    action,
    opens: null,
    page,
    passkey: asking && {
      ask: () => askForPasskey(context, asking),
      confirm: answer => confirmByPasskey(context, asking, answer),
    },
    send: () => sendCode(context, holder, purpose),
    confirm: typed => confirmCode(context, holder, purpose, typed),
  })
  return asked !== null
}
