/**
 * The two editions of a dossier. What is sealed goes to the ARS, which reads no to-do of the porteur, none of
 * its guesses and nothing of its own kitchen; the dossier as it stands is the porteur's working copy. The
 * words of both stand here beside each other.
 */
import type { Day } from './call.ts'
import { formatDay } from './deadline.ts'
import type { DossierPlan, DossierRow } from './dossier-plan.ts'
import { type Criterion, type Origin, originsOf } from './eligibility.ts'

export type Edition = 'porteur' | 'ars'

export const editionOf = ({ seal }: Pick<DossierPlan, 'seal'>): Edition => (seal === null ? 'porteur' : 'ars')

/** What one of the two reads of a criterion. */
interface CriterionWords {
  reason: string
  /** What is to be done by the porteur, or to be assessed by the ARS; null when nothing is. */
  next: string | null
}

export function criterionWords({ reason, remedy, ars = {} }: Criterion, edition: Edition): CriterionWords {
  return edition === 'porteur'
    ? { reason, next: remedy }
    : { reason: ars.reason ?? reason, next: ars.toAssess ?? null }
}

/** Before what is to be done, or to be assessed. */
export const NEXT_LABEL: Readonly<Record<Edition, string>> = { porteur: 'À faire', ars: 'À apprécier' }

const CONFIDENCE_WORDS = {
  H: 'lue dans la source',
  M: 'lue de seconde main',
  L: 'une seule source, fragile',
} as const

/** « Reporté par le porteur le 28 novembre 2026, d’après : … », the same for everybody. */
export const reportedWords = ({ on, basis }: Extract<Origin, { kind: 'reported' }>): string =>
  `Reporté par le porteur${on === null ? '' : ` le ${formatDay(on)}`}, d’après : ${basis}`

export const ANSWERED_WORDS = 'Répondu par les membres eux-mêmes'

/** Of what the porteur changed in its copy of the call. */
export const adaptedWords = ({ reference, on }: { reference: string; on: Day }): string =>
  `Adaptée par le porteur le ${formatDay(on)}, d’après : ${reference}`

/** Where a rule, a value or a piece comes from, so that no guess passes for official. */
export function originWords(origin: Origin, edition: Edition): string {
  if (origin.kind === 'reported') return reportedWords(origin)
  if (origin.kind === 'answered') return ANSWERED_WORDS
  if (origin.kind === 'adapted') return `${adaptedWords(origin)}. ${originWords(origin.original, edition)}`
  if (edition === 'ars') {
    if (origin.kind === 'source') return `D’après : ${origin.reference}`
    return origin.kind === 'carrier'
      ? 'Ajoutée par le porteur, hors du texte de l’appel'
      : 'Hors du texte de l’appel, à l’initiative du porteur'
  }
  if (origin.kind === 'source') {
    return `Source : ${origin.reference} (${CONFIDENCE_WORDS[origin.confidence]})`
  }
  return origin.kind === 'hypothesis'
    ? `Hypothèse, non officielle : ${origin.reference}`
    : `Ajoutée par le porteur : ${origin.reference}`
}

/** One sentence for each origin of what a criterion used; values are named where origins differ. */
export function criterionOrigins(
  criterion: Pick<Criterion, 'provenance' | 'uses'>,
  edition: Edition,
): string[] {
  return originsOf(criterion).map(({ names, origin }) => {
    const words = originWords(origin, edition)
    return names.length === 0 ? words : `${capital(names.join(', '))} : ${words}`
  })
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** Why a piece is not in the version that the ARS reads; `inconnue`: nobody knows whether it is owed. */
export type Absence = 'non-applicable' | 'antivirus' | 'absente' | 'inconnue' | 'facultative'

export const ABSENCE_WORDS: Readonly<Record<Absence, string>> = {
  'non-applicable': 'non applicable',
  antivirus: 'en attente de l’antivirus',
  absente: 'absente',
  inconnue: 'à vérifier',
  facultative: 'facultative',
}

/** @returns null when the piece is in it. */
export function absenceOf({
  paths,
  state,
  awaitsScan,
  required,
  awaits = [],
}: Pick<DossierRow, 'paths' | 'state' | 'awaitsScan' | 'required' | 'awaits'>): Absence | null {
  if (paths.length > 0) return null
  if (state === 'non-applicable') return 'non-applicable'
  if (awaitsScan) return 'antivirus'
  if (awaits.length > 0) return 'inconnue'
  return required ? 'absente' : 'facultative'
}
