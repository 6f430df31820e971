/** Asks for the e-mailed code before a sensitive act, then lets the same form go on. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FieldError } from '../../../templates/pages/components.tsx'
import type { Frame, PorteurFrame } from '../../../templates/pages/layout.tsx'
import { SecondStep } from '../../../templates/pages/second-step.tsx'
import type { SecondStepPurpose } from '../../domain/second-step.ts'
import type { Context } from '../../steps/ports.ts'
import type { Refusal } from '../../steps/refusals.ts'
import { confirmCode, requireSecondStep, type StepHolder, sendCode } from '../../steps/second-step.ts'
import { problemOf } from '../refusals.ts'
import { formFields, sendPage } from './page.ts'

/** What the page around the code is made of. */
export interface StepPage {
  frame: Frame
  /** Null on a link. */
  porteur: PorteurFrame | null
  who: string | null
  /** Where giving up leads. */
  backHref: string
}

/** Fields of the code's own form: the others are those of the act, sent again with it. */
const OWN_FIELDS = ['csrf', 'code', 'renvoyer']

/** What is left to do after a refusal; any other lets the code be typed. */
const NEXT = new Map<Refusal['code'] | undefined, 'later' | 'none'>([
  ['code-locked', 'later'],
  ['link-without-email', 'none'],
])

/**
 * To be called in the POST of a sensitive act, before it.
 *
 * @param action the address of that POST, to which the code is sent with the act's own fields.
 * @returns true when the act may go on; otherwise the answer was sent: the page that asks for the code.
 */
export async function passSecondStep(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  step: { holder: StepHolder; purpose: SecondStepPurpose; action: string; page: () => StepPage },
): Promise<boolean> {
  const { holder, purpose, action } = step
  const fields = formFields(request)
  const show = (refusal: Refusal | null) => {
    const problem = refusal === null ? null : problemOf(refusal)
    const typed = refusal?.code === 'code-wrong' || refusal?.code === 'code-expired'
    const errors: FieldError[] = typed && problem !== null ? [{ field: 'code', message: problem.detail }] : []
    const kept = Object.entries(fields).filter(([name]) => !OWN_FIELDS.includes(name))
    const page = SecondStep({
      ...step.page(),
      action,
      email: holder.email ?? '',
      kept,
      errors,
      blocked: typed ? null : (problem?.detail ?? null),
      next: NEXT.get(refusal?.code) ?? 'type',
    })
    sendPage(reply, page, problem?.status ?? 200)
    return false
  }

  const passed = await requireSecondStep(context, holder, purpose)
  if (passed.ok) return true
  if (passed.refusal.code !== 'code-needed') return show(passed.refusal)
  if (fields.code === undefined || fields.renvoyer !== undefined) {
    const sent = await sendCode(context, holder, purpose)
    return show(sent.ok ? null : sent.refusal)
  }
  const confirmed = await confirmCode(context, holder, purpose, fields.code)
  return confirmed.ok ? true : show(confirmed.refusal)
}
