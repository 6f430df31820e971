/** Sensitive acts ask for a code sent by e-mail: holding the link or the session is then not enough. */

/** What the code is asked for; a code confirmed for one act is worth nothing for another. */
export type SecondStepPurpose = 'jeton-api' | 'contacts' | 'avis'

const MINUTE_MS = 60_000

/** How long a code may be typed, and how long its confirmation then holds. */
export const CODE_MINUTES = 10
export const CONFIRMED_MINUTES = 15

/** Wrong tries before everything is locked, and for how long. */
export const MAX_WRONG_TRIES = 5
export const LOCK_MINUTES = 15

/** Codes that one holder may ask for within `LOCK_MINUTES`. */
export const MAX_CODES = 3

/** One code sent, oldest first in lists. */
export interface SentCode {
  id: string
  /** Of its digits, under the server's key. */
  codeHash: string
  /** Wrong tries so far, those on the codes that it replaced included. */
  attempts: number
  createdAt: Date
  /** End of the code's life; once `attempts` is at its maximum, end of the lock. */
  expiresAt: Date
  /** When it was typed right; null otherwise. */
  usedAt: Date | null
}

export type SecondStepState =
  | { kind: 'confirmed' }
  | { kind: 'locked'; until: Date }
  /** A code is on its way. */
  | { kind: 'waiting'; code: SentCode }
  | { kind: 'nothing' }

/** Where a holder stands for one purpose. */
export function secondStepState(codes: readonly SentCode[], now: Date): SecondStepState {
  const confirmed = codes.some(
    ({ usedAt }) => usedAt !== null && now.getTime() < usedAt.getTime() + CONFIRMED_MINUTES * MINUTE_MS,
  )
  if (confirmed) return { kind: 'confirmed' }
  const last = codes.at(-1)
  if (last === undefined || last.usedAt !== null || last.expiresAt <= now) return { kind: 'nothing' }
  return last.attempts >= MAX_WRONG_TRIES
    ? { kind: 'locked', until: last.expiresAt }
    : { kind: 'waiting', code: last }
}

/** Whether another code may be sent now: mailboxes are not to be filled, nor tries won by asking again. */
export function maySendCode(codes: readonly SentCode[], now: Date): boolean {
  const since = now.getTime() - LOCK_MINUTES * MINUTE_MS
  return codes.filter(({ createdAt }) => createdAt.getTime() > since).length < MAX_CODES
}

/** Wrong tries that a new code starts with: asking for another one gives no more of them. */
export function triesCarriedOver(codes: readonly SentCode[], now: Date): number {
  const last = codes.at(-1)
  const recent = last !== undefined && now.getTime() < last.createdAt.getTime() + LOCK_MINUTES * MINUTE_MS
  return recent && last.usedAt === null && last.attempts < MAX_WRONG_TRIES ? last.attempts : 0
}

export const minutesAfter = (now: Date, minutes: number): Date =>
  new Date(now.getTime() + minutes * MINUTE_MS)
