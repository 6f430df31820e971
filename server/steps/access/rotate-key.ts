/** Another secret key: what was derived from the former one ends, and whoever held a link gets another. */
import { and, gt, inArray, isNotNull, isNull, like, or, sql } from 'drizzle-orm'
import {
  codes,
  installation,
  type LinkKind,
  links,
  mails,
  passkeyChallenges,
  sessions,
} from '../../../schema/tables.ts'
import { HANDED_KINDS } from '../../domain/link.ts'
import type { Context, Database } from '../ports.ts'
import { isWaiting } from '../read/waiting-mails.ts'
import { isLive } from './links.ts'

/** Links to replace, calendars and programs' tokens to tell of. */
const TOLD_KINDS: LinkKind[] = [...HANDED_KINDS, 'agenda', 'porteur']

/** What works now, or what ended. */
export interface KeyReach {
  sessions: number
  tokens: number
  /** Of members and of the ARS. */
  links: number
  calendars: number
}

const reachOf = (sessionCount: number, kinds: readonly string[]): KeyReach => ({
  sessions: sessionCount,
  tokens: kinds.filter(kind => kind === 'porteur').length,
  links: kinds.filter(kind => HANDED_KINDS.some(handed => handed === kind)).length,
  calendars: kinds.filter(kind => kind === 'agenda').length,
})

export async function readKeyReach({ db, now }: Pick<Context, 'db' | 'now'>): Promise<KeyReach> {
  const live = await db.select({ kind: links.kind }).from(links).where(isLive(now()))
  const open = await db.$count(sessions, gt(sessions.expiresAt, now()))
  return reachOf(
    open,
    live.map(({ kind }) => kind),
  )
}

/** How many links that ended are still to be replaced, or told of. */
export async function countRenewals(db: Database): Promise<number> {
  return await db.$count(links, isNotNull(links.renewal))
}

/**
 * All in one transaction: the database belongs to the new key, nothing made with the former one opens
 * anything, and what is to be replaced is in the rows, for `renewLinks`.
 *
 * @param keyCheck of the new key.
 */
export async function rotateKey(
  { db, now }: Pick<Context, 'db' | 'now'>,
  keyCheck: string,
): Promise<KeyReach> {
  const at = now()
  return await db.transaction(async tx => {
    await tx.update(installation).set({ keyCheck })
    const open = await tx.delete(sessions).returning({ expiresAt: sessions.expiresAt })
    await tx.delete(codes)
    await tx.delete(passkeyChallenges)
    const ended = await tx
      .update(links)
      .set({ revokedAt: at, renewal: sql`case when ${inArray(links.kind, TOLD_KINDS)} then 'cle' end` })
      .where(isLive(at))
      .returning({ kind: links.kind })
    // Sign-in links and codes that have not left would open nothing any more.
    await tx
      .delete(mails)
      .where(
        and(isNull(mails.grappeId), isWaiting(at), or(isNotNull(mails.linkId), like(mails.body, '%{code:%'))),
      )
    return reachOf(
      open.filter(({ expiresAt }) => expiresAt > at).length,
      ended.map(({ kind }) => kind),
    )
  })
}
