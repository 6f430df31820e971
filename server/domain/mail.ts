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
}

/** As rows hold them. */
interface StoredFacts {
  sentAt: Date | null
  handSentAt: Date | null
  bouncedAt: Date | null
  failure: string | null
}

export function mailFactsOf({ sentAt, handSentAt, bouncedAt, failure }: StoredFacts): MailFacts {
  return {
    sentAt: sentAt?.toISOString() ?? null,
    handSentAt: handSentAt?.toISOString() ?? null,
    bouncedAt: bouncedAt?.toISOString() ?? null,
    failure,
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
