/** What the ARS says of a whole dossier. */

/** Recevable, à compléter, non recevable: the words of the appels à projets themselves. */
export const AVIS = ['recevable', 'a-completer', 'non-recevable'] as const
export type Avis = (typeof AVIS)[number]

export const AVIS_WORDS: Readonly<Record<Avis, string>> = {
  recevable: 'Recevable',
  'a-completer': 'À compléter',
  'non-recevable': 'Non recevable',
}
