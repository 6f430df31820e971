/** The state of a link, in a word, a shape and a colour. */
import type { JSX } from 'preact'

export type LinkState = 'actif' | 'expire' | 'revoque' | 'aucun'

const LINK_WORDS: Readonly<Record<LinkState, string>> = {
  actif: 'actif',
  expire: 'expiré',
  revoque: 'révoqué',
  aucun: 'pas encore remis',
}

export const LinkStateBadge = ({ state }: { state: LinkState }): JSX.Element =>
  state === 'aucun' ? (
    <span class="muted">{LINK_WORDS.aucun}</span>
  ) : (
    <span class={`etat ${state}`}>{LINK_WORDS[state]}</span>
  )
