/** Where no mail server sends: the porteur sends a mail itself and says so, or takes that back. */
import { and, eq, inArray, isNotNull, isNull } from 'drizzle-orm'
import { mails } from '../../../schema/tables.ts'
import { hasLeft } from '../../domain/mail.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import type { Mail } from '../access/send-mail.ts'
import type { Context } from '../ports.ts'
import { recordChange } from '../record-change.ts'

/** Whether somebody else still waits for it; a mail to the porteur itself is read where it is. */
export const isToSendByHand = (mail: Mail): boolean =>
  !hasLeft(mail) && mail.bouncedAt === null && !mail.linkLost && mail.replyTo !== null

/**
 * Marks mails of the grappe as sent by the porteur's own hand, or no longer. One that a mail server took, or
 * that is already so, stays as it is.
 *
 * @returns how many were changed.
 */
export async function markSentByHand(
  context: Context,
  scope: PorteurScope,
  mailIds: readonly string[],
  sent: boolean,
): Promise<number> {
  if (mailIds.length === 0) return 0
  const now = context.now()
  return await context.db.transaction(async tx => {
    const changed = await tx
      .update(mails)
      .set({ handSentAt: sent ? now : null })
      .where(
        and(
          eq(mails.grappeId, scope.grappeId),
          inArray(mails.id, [...mailIds]),
          isNull(mails.sentAt),
          sent ? isNull(mails.handSentAt) : isNotNull(mails.handSentAt),
        ),
      )
      .returning({ email: mails.recipient })
    if (changed.length === 0) return 0
    const emails = changed.map(({ email }) => email)
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: now,
      actor: porteurActor(scope),
      act: { kind: sent ? 'mails-sent-by-hand' : 'mails-not-sent-by-hand', facts: { emails } },
    })
    return changed.length
  })
}
