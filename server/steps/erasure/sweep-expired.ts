/**
 * What was over long enough ago goes: sessions, codes, links, mails that belong to no grappe, what was said
 * of columns. How long each is kept is told by the register, from the same numbers.
 */
import { and, eq, inArray, isNull, lt, notExists, notInArray, or } from 'drizzle-orm'
import {
  codes,
  colleagues,
  columnMappings,
  digests,
  links,
  mails,
  passkeyChallenges,
  passkeys,
  requestCounts,
  serviceMembers,
  sessions,
} from '../../../schema/tables.ts'
import { KEPT_DAYS } from '../../domain/erasure.ts'
import { SIGN_IN_KINDS } from '../access/links.ts'
import type { Context } from '../ports.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** Done twice, or by two servers at once, it does the same. */
export async function sweepExpired({ db, now }: Pick<Context, 'db' | 'now'>): Promise<void> {
  const ago = (days: number) => new Date(now().getTime() - days * DAY_MS)
  await db.delete(sessions).where(lt(sessions.expiresAt, ago(KEPT_DAYS.session)))
  await db.delete(codes).where(lt(codes.createdAt, ago(KEPT_DAYS.code)))
  const endedBefore = (at: Date) => or(lt(links.expiresAt, at), lt(links.revokedAt, at))
  await db
    .delete(links)
    .where(
      or(
        and(
          inArray(links.kind, [...SIGN_IN_KINDS]),
          or(lt(links.expiresAt, ago(KEPT_DAYS.signInLink)), lt(links.consumedAt, ago(KEPT_DAYS.signInLink))),
        ),
        and(notInArray(links.kind, [...SIGN_IN_KINDS]), endedBefore(ago(KEPT_DAYS.link))),
      ),
    )
  await db.delete(mails).where(and(isNull(mails.grappeId), lt(mails.createdAt, ago(KEPT_DAYS.accountMail))))
  await db.delete(colleagues).where(lt(colleagues.removedAt, ago(KEPT_DAYS.colleague)))
  await db.delete(serviceMembers).where(lt(serviceMembers.endedAt, ago(KEPT_DAYS.serviceMember)))
  await db.delete(passkeyChallenges).where(lt(passkeyChallenges.expiresAt, now()))
  const account = db
    .select({ id: colleagues.id })
    .from(colleagues)
    .where(eq(colleagues.email, passkeys.email))
  await db.delete(passkeys).where(and(eq(passkeys.side, 'porteur'), notExists(account)))
  // A choice outlives no one whom it concerns: whoever is of no porteur receives no digest.
  const reader = db.select({ id: colleagues.id }).from(colleagues).where(eq(colleagues.email, digests.email))
  await db.delete(digests).where(notExists(reader))
  await db.delete(requestCounts).where(lt(requestCounts.endsAt, now()))
  await db.delete(columnMappings).where(lt(columnMappings.createdAt, ago(KEPT_DAYS.columnUses)))
}
