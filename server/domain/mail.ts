/** What became of a mail once written, and who writes it: told alike on every page and by the API. */
import type { Instant } from './call.ts'

export interface MailFacts {
  /** When the mail server took it. */
  sentAt: Instant | null
  /** When the porteur said that it sent it itself. */
  handSentAt: Instant | null
  /** When the mail server refused its address for good. */
  bouncedAt: Instant | null
  /** What the mail server answered at the last try; null unless it did not take it. */
  failure: string | null
  /** Which limit of a day it waits for, and until when; null when it waits for none. */
  held: { by: MailLimit; until: Instant } | null
}

/** Whose mails of a day are counted: whoever receives them, whoever has them written, the server. */
export type MailLimit = 'destinataire' | 'porteur' | 'serveur'

/** Whose mails of a day an invitation counts among, by the id of the porteur or of the service. */
export type MailBudget = `porteur:${string}` | `service:${string}`

/** Most mails that leave in 24 hours, but for sign-in links and codes, which have limits of their own. */
export type MailLimits = Readonly<Record<MailLimit, number>>

/** What is written to a porteur without anybody asking for it. */
export const DIGEST_KINDS = ['hebdomadaire', 'depots'] as const
export type DigestKind = (typeof DIGEST_KINDS)[number]

/** As rows hold them. */
interface StoredFacts {
  sentAt: Date | null
  handSentAt: Date | null
  bouncedAt: Date | null
  failure: string | null
  heldBy: MailLimit | null
  nextAttemptAt: Date | null
}

export function mailFactsOf(stored: StoredFacts): MailFacts {
  const { sentAt, handSentAt, bouncedAt, failure, heldBy, nextAttemptAt } = stored
  const isHeld = heldBy !== null && nextAttemptAt !== null && sentAt === null && handSentAt === null
  return {
    sentAt: sentAt?.toISOString() ?? null,
    handSentAt: handSentAt?.toISOString() ?? null,
    bouncedAt: bouncedAt?.toISOString() ?? null,
    failure,
    held: isHeld ? { by: heldBy, until: nextAttemptAt.toISOString() } : null,
  }
}

/** Whether it has left, by a mail server or by the porteur's own hand. */
export const hasLeft = ({ sentAt, handSentAt }: Pick<MailFacts, 'sentAt' | 'handSentAt'>): boolean =>
  sentAt !== null || handSentAt !== null

/** Whoever answers for a grappe, as its mails are signed. */
export interface Sender {
  grappeName: string
  /** Of the OG that carries the grappe; null as long as none is said to. */
  ogId: string | null
  ogName: string | null
  contactName: string | null
  contactPhone: string | null
  email: string
}
