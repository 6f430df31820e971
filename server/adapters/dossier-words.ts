/** French words shared by the workbook and the texts of a dossier. */
import type { Day, PieceScope, Provenance } from '../domain/call.ts'
import type { DossierOwner, SetAside } from '../domain/dossier-plan.ts'
import type { CriterionStatus, Verdict } from '../domain/eligibility.ts'
import type { PieceState } from '../domain/piece.ts'

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

/** Whether what is in the dossier was looked at by an antivirus. */
export const SCANNED_WORDS = {
  yes: 'Chaque fichier du dossier a été analysé et déclaré sain.',
  no: 'Aucun antivirus n’est configuré : les fichiers n’ont pas été analysés.',
}

export const VERDICT_WORDS: Record<Verdict['status'], string> = {
  eligible: 'Éligible',
  'non-eligible': 'Non éligible',
  'a-verifier': 'À vérifier',
}

export const CRITERION_WORDS: Record<CriterionStatus, string> = {
  satisfait: 'Satisfait',
  'non-satisfait': 'Non satisfait',
  'a-verifier': 'À vérifier',
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

/** Where a rule or a piece comes from, so that no guess passes for official. */
export function provenanceWords(provenance: Provenance): string {
  const confidence = { H: 'lue dans la source', M: 'lue de seconde main', L: 'une seule source, fragile' }
  if (provenance.kind === 'source')
    return `Source : ${provenance.reference} (${confidence[provenance.confidence]})`
  if (provenance.kind === 'hypothesis') return `Hypothèse, non officielle : ${provenance.reference}`
  return `Ajout du porteur : ${provenance.reference}`
}

/** `2023-09-15` → `15/09/2023`. */
export function dayWords(day: Day): string {
  return day.split('-').toReversed().join('/')
}

/** A count with its noun: `1 pièce`, `3 pièces`; French has no plural below 2. */
export function countWords(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count < 2 ? singular : plural}`
}
