/** The state of a link, in a word, a shape and a colour. */
import type { JSX } from 'preact'
import type { LinkState } from '../../../server/domain/link.ts'

/** Of a member: whether some link reaches it. */
export type MemberLinkState = LinkState | 'aucun'

const LINK_WORDS: Readonly<Record<MemberLinkState, string>> = {
  actif: 'actif',
  expire: 'expiré',
  revoque: 'révoqué',
  aucun: 'pas encore remis',
}

export const LinkStateBadge = ({ state }: { state: MemberLinkState }): JSX.Element =>
  state === 'aucun' ? (
    <span class="muted">{LINK_WORDS.aucun}</span>
  ) : (
    <span class={`etat ${state}`}>{LINK_WORDS[state]}</span>
  )
