/** French words shared by the workbook and the texts of a dossier. */
import type { Day, Instant, PieceScope } from '../../domain/call.ts'
import {
  completenessOf,
  type DossierOwner,
  type DossierPlan,
  type DossierRow,
  isUnsettled,
  type SetAside,
  unsettledRows,
} from '../../domain/dossier-plan.ts'
import { ABSENCE_WORDS, absenceOf, type Edition, editionOf } from '../../domain/edition.ts'
import type { CriterionStatus } from '../../domain/eligibility.ts'
import type { ExchangeKind, Exchanges } from '../../domain/exchanges.ts'
import type { PieceState } from '../../domain/piece.ts'
import { wallClockIn } from './wall-clock.ts'

export const FICTIONAL_WORDS = 'Exemple fictif : aucun établissement de ce dossier n’existe.'

export const SCOPE_WORDS: Record<PieceScope, string> = { grappe: 'Grappe', og: 'OG', esms: 'ESMS' }

export const STATE_WORDS: Record<PieceState, string> = {
  attendue: 'Non déposée',
  deposee: 'À contrôler',
  acceptee: 'Acceptée',
  refusee: 'Refusée',
  complement: 'Complément demandé',
  'non-applicable': 'Non applicable',
}

/**
 * The same for the ARS, of a piece that is in the dossier: whether the porteur looked at it is not its to-do.
 */
const ARS_STATE_WORDS: Record<PieceState, string> = { ...STATE_WORDS, deposee: 'Déposée' }

/** Where a piece stands, as an edition says it. */
export function stateWords(row: DossierRow, edition: Edition): string {
  if (edition === 'porteur') {
    return row.state === 'attendue' && isUnsettled(row) ? 'À vérifier' : STATE_WORDS[row.state]
  }
  const absence = absenceOf(row)
  return absence === null ? ARS_STATE_WORDS[row.state] : capitalised(ABSENCE_WORDS[absence])
}

const capitalised = (words: string) => words.charAt(0).toUpperCase() + words.slice(1)

/** Whether what is in the dossier was looked at by an antivirus. */
export const SCANNED_WORDS = {
  yes: 'Chaque fichier du dossier a été analysé et déclaré sain.',
  no: 'Aucun antivirus n’est configuré : les fichiers n’ont pas été analysés.',
}

export const CRITERION_WORDS: Record<CriterionStatus, string> = {
  satisfait: 'Satisfait',
  'non-satisfait': 'Non satisfait',
  'a-verifier': 'À vérifier',
}

export const EXCHANGE_WORDS: Record<ExchangeKind, string> = {
  message: 'Message',
  refus: 'Refus',
  'non-applicable': 'Dite non applicable',
  'non-applicable-confirmee': 'Non applicable, confirmé',
  'non-applicable-refusee': 'Non applicable, refusé',
  reponse: 'Réponse',
}

/** Messages that this edition leaves out, and why; null when there is none. */
export function withheldSentence({ withheld }: Exchanges): string | null {
  if (withheld === 0) return null
  const told = countWords(
    withheld,
    'message plus ancien n’est pas repris',
    'messages plus anciens ne sont pas repris',
  )
  return `${told} : rien ne disait alors que l’ARS lirait les échanges.`
}

export const SET_ASIDE_WORDS: Record<SetAside['reason'], string> = {
  'membre-retire': 'le membre n’est plus dans la grappe',
  'sans-objet': 'la pièce n’est plus demandée à ce membre',
  'plus-demandee': 'la pièce n’est plus dans la liste des pièces demandées',
}

/** `EHPAD Example (ESMS, FINESS 2A0000253)`. */
export function ownerWords(owner: DossierOwner): string {
  const finess = owner.scope === 'grappe' ? '' : `, FINESS ${owner.finess ?? 'non renseigné'}`
  return `${owner.name} (${SCOPE_WORDS[owner.scope]}${finess})`
}

/** Whom the ARS calls: each known fact of the porteur under its label. */
export function porteurFacts({ porteurName, porteur }: Pick<DossierPlan, 'porteurName' | 'porteur'>) {
  const facts: [string, string | null][] = [
    ['Porteur', porteurName ?? 'Pas encore choisi'],
    ['FINESS juridique (EJ) du porteur', porteur?.finessEj ?? null],
    ['Personne à joindre', porteur?.contactName ?? null],
    ['Téléphone', porteur?.contactPhone ?? null],
    ['E-mail', porteur?.contactEmail ?? null],
  ]
  return facts.flatMap(([label, value]): [string, string][] => (value === null ? [] : [[label, value]]))
}

/** `2023-09-15` → `15/09/2023`. */
export function dayWords(day: Day): string {
  return day.split('-').toReversed().join('/')
}

/** Where the dossier stands, in one sentence. */
export function headline(
  plan: Pick<DossierPlan, 'complete' | 'gaps' | 'seal' | 'rows' | 'definitions'>,
  edition: Edition = editionOf(plan),
): string {
  const required = plan.gaps.filter(row => row.required)
  if (plan.complete) return 'COMPLET : toutes les pièces obligatoires sont dans le dossier.'
  const unknown = unsettledSentence(plan)
  if (completenessOf(plan) === 'a-verifier') return `À VÉRIFIER : ${unknown}`
  const late = edition === 'ars' ? 0 : required.filter(row => row.late).length
  const missing = countWords(required.length, 'pièce obligatoire manque', 'pièces obligatoires manquent')
  const gaps = `INCOMPLET : ${missing}${late > 0 ? `, dont ${late} en retard` : ''}.`
  return unknown === '' ? gaps : `${gaps} ${capitalised(unknown)}`
}

/** « on ne sait pas si 2 pièces sont dues. »; empty when all is known. */
export function unsettledSentence(plan: Pick<DossierPlan, 'rows' | 'definitions'>): string {
  const { length } = unsettledRows(plan)
  return length === 0 ? '' : `on ne sait pas si ${countWords(length, 'pièce est due', 'pièces sont dues')}.`
}

/** `1,2 Mo`: bytes in decimal units, as file managers in French count them. */
export function sizeWords(bytes: number): string {
  const units = ['octets', 'ko', 'Mo', 'Go']
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), 3)
  return `${(bytes / 1000 ** power).toLocaleString('fr-FR', { maximumFractionDigits: 1 })} ${units[power]}`
}

/** An instant as `15/09/2023 à 18:30`, on the clock of the call. */
export function instantWords(timeZone: string): (instant: Instant) => string {
  const clock = wallClockIn(timeZone)
  return instant => {
    const [day = '', time = ''] = clock(instant).toISOString().split('T')
    return `${dayWords(day)} à ${time.slice(0, 5)}`
  }
}

/** A count with its noun: `1 pièce`, `3 pièces`; French has no plural below 2. */
export function countWords(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count < 2 ? singular : plural}`
}
