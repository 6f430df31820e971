/** Whether a dossier holds all that is required: one word for every place that says it. */

/** `a-verifier`: no required piece lacks, but nobody knows whether some others are owed. */
export const COMPLETENESSES = ['complet', 'incomplet', 'a-verifier'] as const
export type Completeness = (typeof COMPLETENESSES)[number]

/** Of a version. */
export const VERSION_WORDS: Readonly<Record<Completeness, string>> = {
  complet: 'complète',
  incomplet: 'INCOMPLÈTE',
  'a-verifier': 'À VÉRIFIER',
}

/** Of a dossier. */
export const DOSSIER_WORDS: Readonly<Record<Completeness, string>> = {
  complet: 'complet',
  incomplet: 'INCOMPLET',
  'a-verifier': 'À VÉRIFIER',
}

/** What was kept before there were three words says only whether all is there. */
export const completenessKept = (kept: { complete: boolean; completeness?: Completeness }): Completeness =>
  kept.completeness ?? (kept.complete ? 'complet' : 'incomplet')
