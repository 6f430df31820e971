/** Which mails are still to be sent. */
import { and, gt, isNotNull, isNull, or } from 'drizzle-orm'
import { mails } from '../../../schema/tables.ts'

/**
 * As long as mail servers themselves keep trying (RFC 5321, 4.5.4.1); older mails wait in the outbox for
 * nobody.
 */
const GIVE_UP_MS = 5 * 24 * 60 * 60 * 1000

/** Neither sent, by whomever, nor refused, nor given up: what a limit holds back waits as long as it does. */
export function isWaiting(now: Date) {
  const since = new Date(now.getTime() - GIVE_UP_MS)
  return and(
    isNull(mails.sentAt),
    isNull(mails.handSentAt),
    isNull(mails.bouncedAt),
    or(gt(mails.createdAt, since), gt(mails.countedAt, since), isNotNull(mails.heldBy)),
  )
}
