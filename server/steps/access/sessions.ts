/** The sessions of one person: where they were opened from, and ending them. */
import { and, desc, eq, gt, ne, type SQL } from 'drizzle-orm'
import { sessions } from '../../../schema/tables.ts'
import type { Instant } from '../../domain/call.ts'
import { browserWords } from '../../domain/user-agent.ts'
import type { Context } from '../ports.ts'
import { type Colleague, tell } from './colleagues.ts'
import type { Porteur } from './sign-in.ts'

/** Whose sessions: a person of a porteur, or a reviewer. */
export type SessionOwner = { colleagueId: string } | { reviewerEmail: string }

export interface OpenSession {
  id: string
  /** Such as « Firefox sur Windows ». */
  browser: string
  /** An IP address; null for sessions of before it was kept. */
  address: string | null
  openedAt: Instant
  /** To a few minutes. */
  seenAt: Instant
  expiresAt: Instant
  /** Whether it is the one that asks. */
  isThis: boolean
}

const belongsTo = (owner: SessionOwner): SQL =>
  'colleagueId' in owner
    ? eq(sessions.colleagueId, owner.colleagueId)
    : eq(sessions.reviewerEmail, owner.reviewerEmail)

/**
 * Those that are open now, the newest first.
 *
 * @param thisToken cookie of whoever asks; null when it asks without a session.
 */
export async function listSessions(
  context: Pick<Context, 'db' | 'now' | 'tokens'>,
  owner: SessionOwner,
  thisToken: string | null,
): Promise<OpenSession[]> {
  const rows = await context.db
    .select()
    .from(sessions)
    .where(and(belongsTo(owner), gt(sessions.expiresAt, context.now())))
    .orderBy(desc(sessions.createdAt), desc(sessions.id))
  const thisHash = thisToken === null ? null : context.tokens.hash(thisToken)
  return rows.map(row => ({
    id: row.id,
    browser: browserWords(row.userAgent),
    address: row.address,
    openedAt: row.createdAt.toISOString(),
    seenAt: (row.lastSeenAt ?? row.createdAt).toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    isThis: row.tokenHash === thisHash,
  }))
}

/** Which sessions end: one by its id, all but the one that asks, or all. */
export type Ended = { id: string } | { butToken: string } | 'all'

/** @returns how many ended; one that is over already is none. */
export async function endSessions(
  context: Pick<Context, 'db' | 'tokens'>,
  owner: SessionOwner,
  ended: Ended,
): Promise<number> {
  const which =
    ended === 'all'
      ? undefined
      : 'id' in ended
        ? eq(sessions.id, ended.id)
        : ne(sessions.tokenHash, context.tokens.hash(ended.butToken))
  const rows = await context.db
    .delete(sessions)
    .where(and(belongsTo(owner), which))
    .returning({ id: sessions.id })
  return rows.length
}

/** Ends sessions of a colleague, and tells it in the journal. */
export async function endColleagueSessions(
  context: Pick<Context, 'db' | 'tokens' | 'now'>,
  porteur: Porteur,
  { id: colleagueId, email }: Colleague,
  ended: Ended,
): Promise<number> {
  return await context.db.transaction(async tx => {
    const count = await endSessions({ ...context, db: tx }, { colleagueId }, ended)
    if (count > 0) {
      await tell(tx, context, porteur, { kind: 'sessions-ended', facts: { email, sessions: count } })
    }
    return count
  })
}
