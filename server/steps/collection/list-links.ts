/** The links of a grappe that somebody holds, each with what became of its last mail. */
import { and, asc, desc, eq, inArray, isNotNull } from 'drizzle-orm'
import { links, mails } from '../../../schema/tables.ts'
import { HANDED_KINDS, type HandedKind, type HandedLink, linkState } from '../../domain/link.ts'
import { mailFactsOf } from '../../domain/mail.ts'
import { addressOfLink } from '../access/send-mail.ts'
import type { Context } from '../ports.ts'

/**
 * The links of a grappe, oldest first, each with what became of its last mail.
 *
 * @param kinds those that whoever reads may hold, when their addresses are shown.
 */
export async function listLinks(
  context: Context,
  grappeId: string,
  kinds: readonly HandedKind[] = HANDED_KINDS,
): Promise<HandedLink[]> {
  const rows = await context.db
    .select()
    .from(links)
    .where(and(eq(links.grappeId, grappeId), inArray(links.kind, [...kinds])))
    .orderBy(asc(links.createdAt), asc(links.id))
  const lastMails = await context.db
    .selectDistinctOn([mails.linkId], {
      linkId: mails.linkId,
      writtenAt: mails.createdAt,
      sentAt: mails.sentAt,
      handSentAt: mails.handSentAt,
      bouncedAt: mails.bouncedAt,
      failure: mails.failure,
      heldBy: mails.heldBy,
      nextAttemptAt: mails.nextAttemptAt,
    })
    .from(mails)
    .where(and(eq(mails.grappeId, grappeId), isNotNull(mails.linkId)))
    .orderBy(asc(mails.linkId), desc(mails.createdAt), desc(mails.id))
  const mailOf = new Map(
    lastMails.map(({ linkId, writtenAt, ...mail }) => [
      linkId,
      { writtenAt: writtenAt.toISOString(), ...mailFactsOf(mail) },
    ]),
  )
  const now = context.now()
  return rows.map(link => {
    const state = linkState(link, now)
    return {
      id: link.id,
      kind: link.kind as HandedKind,
      label: link.label,
      state,
      ogId: link.ogId,
      esmsId: link.esmsId,
      email: link.email,
      mail: mailOf.get(link.id) ?? null,
      address: state === 'actif' ? addressOfLink(context, link) : null,
      createdAt: link.createdAt.toISOString(),
      expiresAt: link.expiresAt.toISOString(),
      revokedAt: link.revokedAt?.toISOString() ?? null,
      lastUsedAt: link.lastUsedAt?.toISOString() ?? null,
    }
  })
}
