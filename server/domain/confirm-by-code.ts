/** Sensitive acts ask for a code sent by e-mail: holding the link or the session is then not enough. */

/** What the code is asked for; a code confirmed for one act is worth nothing for another. */
export type CodePurpose =
  | 'jeton-api'
  | 'contacts'
  | 'personnes'
  | 'cle-acces'
  | 'ars'
  | 'reponses'
  | 'revocation'
  | 'suppression'
  | 'donnees'

const MINUTE_MS = 60_000
export const DAY_MINUTES = 24 * 60

/** How long a code may be typed, and how long its confirmation then holds in the browser that typed it. */
export const CODE_MINUTES = 10
export const CONFIRMED_MINUTES = 15

/** The same code typed again within it is the same act: a double click, an answer that got lost. */
const SAME_ACT_MS = 10_000

/** Wrong tries before everything is locked, and for how long. */
export const MAX_WRONG_TRIES = 5
export const LOCK_MINUTES = 15

/** Codes that one browser may ask for within `LOCK_MINUTES`. */
export const MAX_CODES = 3

/**
 * Codes that all browsers together may ask for, within `LOCK_MINUTES` and within a day: whoever holds a copy
 * of a link fills no mailbox with it, nor guesses a code by changing browsers.
 */
export const MAX_CODES_OF_ALL = 9
export const MAX_CODES_A_DAY = 24

/** One code sent, oldest first in lists. */
export interface SentCode {
  id: string
  /** Of the browser that asked. */
  browserHash: string
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

/** Where the last code stands. */
export type CodeState =
  | { kind: 'locked'; until: Date }
  /** A code is on its way. */
  | { kind: 'waiting'; code: SentCode }
  | { kind: 'nothing' }

/** Whether a code typed a moment ago still lets acts of its purpose go on. */
export const isConfirmed = (codes: readonly SentCode[], now: Date): boolean =>
  codes.some(
    ({ usedAt }) => usedAt !== null && now.getTime() < usedAt.getTime() + CONFIRMED_MINUTES * MINUTE_MS,
  )

/** @param codes of one browser and one purpose, oldest first. */
export function codeState(codes: readonly SentCode[], now: Date): CodeState {
  const last = codes.at(-1)
  if (last === undefined || last.usedAt !== null || last.expiresAt <= now) return { kind: 'nothing' }
  return last.attempts >= MAX_WRONG_TRIES
    ? { kind: 'locked', until: last.expiresAt }
    : { kind: 'waiting', code: last }
}

/**
 * How long until another code may be sent, 0 when one may be now: mailboxes are not to be filled, nor tries
 * won by asking again.
 *
 * @param codes of every browser, oldest first, those of the last day at least.
 */
export function minutesBeforeNextCode(codes: readonly SentCode[], browserHash: string, now: Date): number {
  const wait = (sent: readonly SentCode[], max: number, minutes: number) => {
    const first = sent.at(-max)
    return first === undefined ? 0 : minutesUntil(minutesAfter(first.createdAt, minutes), now)
  }
  const own = codes.filter(code => code.browserHash === browserHash)
  return Math.max(
    wait(own, MAX_CODES, LOCK_MINUTES),
    wait(codes, MAX_CODES_OF_ALL, LOCK_MINUTES),
    wait(codes, MAX_CODES_A_DAY, DAY_MINUTES),
  )
}

/** Whether this code, used already, is typed once more for the act that used it. */
export const isSameAct = ({ usedAt }: Pick<SentCode, 'usedAt'>, now: Date): boolean =>
  usedAt !== null && now.getTime() < usedAt.getTime() + SAME_ACT_MS

/** Wrong tries that a new code starts with: asking for another one gives no more of them. */
export function triesCarriedOver(codes: readonly SentCode[], now: Date): number {
  const last = codes.at(-1)
  const recent = last !== undefined && now.getTime() < last.createdAt.getTime() + LOCK_MINUTES * MINUTE_MS
  return recent && last.usedAt === null && last.attempts < MAX_WRONG_TRIES ? last.attempts : 0
}

export const minutesAfter = (now: Date, minutes: number): Date =>
  new Date(now.getTime() + minutes * MINUTE_MS)

/** Whole minutes until then, rounded up; 0 once it is past. */
export const minutesUntil = (then: Date, now: Date): number =>
  Math.max(0, Math.ceil((then.getTime() - now.getTime()) / MINUTE_MS))
