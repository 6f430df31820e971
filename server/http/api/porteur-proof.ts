/** How a program proves that the person of its token is there: by a code sent to that person's address. */
import { CONFIRMED_MINUTES, type CodePurpose, minutesAfter } from '../../domain/confirm-by-code.ts'
import {
  type CodeHolder,
  confirmCode,
  requireConfirmation,
  sendCode,
} from '../../steps/access/confirm-by-code.ts'
import type { Porteur } from '../../steps/access/sign-in.ts'
import type { Context } from '../../steps/ports.ts'
import { done, type Outcome, refuse } from '../../steps/refusals.ts'
import { proofOf } from './bearer.ts'

const holderOf = ({ colleagueId, email }: Porteur, attempt: string): CodeHolder => ({
  id: colleagueId,
  email,
  browser: attempt,
  journal: null,
})

export async function askProof(
  context: Context,
  porteur: Porteur,
  purpose: CodePurpose,
): Promise<Outcome<{ attempt: string }>> {
  const attempt = context.tokens.random()
  const sent = await sendCode(context, holderOf(porteur, attempt), purpose)
  return sent.ok ? done({ attempt }) : sent
}

export async function giveProof(
  context: Context,
  porteur: Porteur,
  purpose: CodePurpose,
  { attempt, code }: { attempt: string; code: string },
): Promise<Outcome<{ proof: string; expiresAt: string }>> {
  const confirmed = await confirmCode(context, holderOf(porteur, attempt), purpose, code)
  if (!confirmed.ok) return confirmed
  return done({ proof: attempt, expiresAt: minutesAfter(context.now(), CONFIRMED_MINUTES).toISOString() })
}

/** An API token is not enough for a sensitive act. */
export async function requireProof(
  context: Context,
  porteur: Porteur,
  purpose: CodePurpose,
  request: Parameters<typeof proofOf>[0],
): Promise<Outcome<null>> {
  const proof = proofOf(request)
  if (proof === null) return refuse('code-needed')
  return await requireConfirmation(context, holderOf(porteur, proof), purpose)
}
