/** Links that a porteur handed out: what each opens, whether it still works, and the mail that carried it. */
import type { Instant } from './call.ts'
import type { MailFacts } from './mail.ts'

export const HANDED_KINDS = ['og', 'esms', 'personne', 'ars'] as const

export type HandedKind = (typeof HANDED_KINDS)[number]

/**
 * Why a link ended whose holder is to be told, with another one where there may be: the server's key changed,
 * or the porteur ended it.
 */
export type LinkRenewal = 'cle' | 'revocation'

export type LinkState = 'actif' | 'expire' | 'revoque'

/** Plain data, the same for the page and the API. */
export interface HandedLink {
  id: string
  kind: HandedKind
  label: string
  state: LinkState
  ogId: string | null
  esmsId: string | null
  /** To whom it was handed; null when nobody's address is known. */
  email: string | null
  /** Null when it can no longer be shown, revoked and expired ones included. */
  address: string | null
  createdAt: Instant
  expiresAt: Instant
  revokedAt: Instant | null
  lastUsedAt: Instant | null
  /** What became of the last mail that carried it; null when it was never mailed. */
  mail: (MailFacts & { writtenAt: Instant }) | null
}

export function linkState(link: { expiresAt: Date; revokedAt: Date | null }, now: Date): LinkState {
  if (link.revokedAt !== null) return 'revoque'
  return link.expiresAt <= now ? 'expire' : 'actif'
}

/**
 * The state of the link that reaches each member, its own or a contact's: one that works, or else the last
 * one.
 *
 * @param links oldest first.
 * @returns by the member's id; `aucun` when none was ever handed.
 */
export function linkStates(
  links: readonly HandedLink[],
  people: readonly { email: string; owners: readonly { id: string }[] }[],
): (memberId: string) => LinkState | 'aucun' {
  const ownersOf = new Map(people.map(({ email, owners }) => [email, owners.map(({ id }) => id)]))
  const states = new Map<string, LinkState>()
  for (const link of links) {
    const own = link.esmsId ?? link.ogId
    const reached = own === null ? (ownersOf.get(link.email ?? '') ?? []) : [own]
    for (const memberId of link.kind === 'ars' ? [] : reached) {
      if (states.get(memberId) !== 'actif') states.set(memberId, link.state)
    }
  }
  return memberId => states.get(memberId) ?? 'aucun'
}
