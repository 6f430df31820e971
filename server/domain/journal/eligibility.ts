/** Acts on the grappe itself, its members and their solutions. */
import type { GovernancePart } from '../governance/governance.ts'
import { PART_WORDS } from '../governance/words.ts'
import type { CorrectionMode } from '../member-facts.ts'
import type { ActWords, MemberFacts } from './subject.ts'

interface Named extends MemberFacts {
  name: string
}

interface Solution {
  solutionId: string
  /** Editor and product, as screens join them. */
  name: string
}

interface Correction extends Named {
  /** Each as a sentence shows it. */
  changes: readonly string[]
}

/** `before` and `after` as sentences show them. */
interface CallValue {
  path: string
  name: string
  before: string
  after: string
}

export interface EligibilityFacts {
  'grappe-created': { name: string; callTitle: string }
  'grappe-renamed': { before: string; after: string }
  'grappe-archived': Record<never, never>
  /** `name`: of the grappe that it started from. */
  'grappe-copied-from': {
    fromId: string
    name: string
    ogs: number
    members: number
    contacts: number
    solutions: number
    /** Absent of what was kept before answers could come along. */
    answers?: number
    /** Whether the governance came along; absent when it did not. */
    governance?: true
  }
  'grappe-copied-to': { toId: string; name: string; callTitle: string }
  'grappe-taken-back': Record<never, never>
  /** The rule as it is written out; no sentence: the key was taken out. */
  'sharing-key-kept': { sentences: readonly string[] }
  /** What was written in that part, each as a sentence shows it. */
  'governance-kept': { part: GovernancePart; changes: readonly string[] }
  'og-added': Named
  'og-corrected': Named
  'og-removed': Named
  'member-added': Named
  'member-corrected': Named
  /** Several in one act; each change as a sentence shows it, and how many members it concerned. */
  'members-edited': MemberFacts & { changes: ReadonlyArray<{ words: string; members: number }> }
  'member-withdrawn': Named & { motive: string }
  'member-reinstated': Named
  'members-imported': MemberFacts & { members: number; ogs: number }
  'solution-added': Solution
  'solution-corrected': Solution
  'solution-chosen': Solution
  'solutions-imported': { added: number; updated: number }
  /** `before` is gone, its members have `after`. */
  'solutions-merged': MemberFacts & { before: Solution; after: Solution }
  /** `basis`: how the porteur knows, when it says. */
  'declarations-updated': MemberFacts & { basis?: string }
  'declarations-answered': Named & { answers: ReadonlyArray<{ title: string; answer: boolean }> }
  'correction-applied': Correction
  'correction-proposed': Correction
  'correction-withdrawn': Correction
  'correction-accepted': Correction
  'correction-declined': Correction & { motive: string }
  'correction-mode-set': { mode: CorrectionMode }
  'call-value-reported': CallValue & { basis: string }
  'call-value-taken-back': CallValue
  /** `details`: what differs, « avant → après ». */
  'call-adapted': { adaptationId: string; title: string; details: readonly string[]; basis: string }
  'adaptation-undone': { adaptationId: string; title: string }
  /**
   * What a new version of the source call brought: titles of the changes taken, and of those left. A shipped
   * call has no number.
   */
  'call-version-taken': { number: number | null; taken: readonly string[]; left: readonly string[] }
}

const versionWords = (number: number | null) =>
  number === null ? 'Nouvelle version de l’appel' : `Version ${number} de l’appel`

const answersWords = (answers: ReadonlyArray<{ title: string; answer: boolean }>) =>
  answers.map(({ title, answer }) => `${title}, ${answer ? 'oui' : 'non'}`).join(' ; ')

export const ELIGIBILITY_ACTS: ActWords<EligibilityFacts> = {
  'grappe-created': {
    label: 'Grappe créée',
    sentence: ({ name, callTitle }) => `Grappe « ${name} » créée pour l’appel « ${callTitle} ».`,
  },
  'grappe-renamed': {
    label: 'Grappe renommée',
    sentence: ({ before, after }) => `Grappe renommée : « ${before} » devient « ${after} ».`,
    forArs: ({ before, after }) => `Grappe renommée : « ${before} » devient « ${after} ».`,
  },
  'grappe-copied-from': {
    label: 'Grappe copiée d’une autre',
    sentence: ({ name, ogs, members, contacts, solutions, answers = 0, governance }) =>
      `Reprise de la grappe « ${name} » : OG ${ogs}, ESMS ${members}, contacts ${contacts}, ` +
      `solutions ${solutions}${answers === 0 ? '' : `, réponses à des questions identiques ${answers}`}` +
      `${governance ? ', gouvernance' : ''} ; ` +
      `aucun dépôt, aucun lien${answers === 0 ? ', aucune réponse' : ''}.`,
  },
  'grappe-copied-to': {
    label: 'Grappe copiée vers une autre',
    sentence: ({ name, callTitle }) => `Copiée vers la grappe « ${name} », pour l’appel « ${callTitle} ».`,
  },
  'grappe-archived': {
    label: 'Grappe archivée',
    sentence: () => 'Grappe archivée : plus de dépôt ni de relance, tout reste lisible.',
  },
  'grappe-taken-back': {
    label: 'Grappe reprise',
    sentence: () => 'Grappe reprise de l’archive : dépôts et relances de nouveau possibles.',
  },
  'sharing-key-kept': {
    label: 'Clé de répartition enregistrée',
    sentence: ({ sentences }) =>
      sentences.length === 0 ? 'Clé de répartition retirée.' : `Clé de répartition : ${sentences.join(' ')}`,
  },
  'governance-kept': {
    label: 'Gouvernance enregistrée',
    sentence: ({ part, changes }) => `Gouvernance, ${PART_WORDS[part]} : ${changes.join(' ; ')}.`,
  },
  'og-added': { label: 'OG ajouté', sentence: ({ name }) => `OG « ${name} » ajouté.` },
  'og-corrected': { label: 'OG corrigé', sentence: ({ name }) => `OG « ${name} » corrigé.` },
  'og-removed': { label: 'OG retiré', sentence: ({ name }) => `OG « ${name} » retiré de la grappe.` },
  'member-added': { label: 'ESMS ajouté', sentence: ({ name }) => `ESMS « ${name} » ajouté.` },
  'member-corrected': { label: 'ESMS corrigé', sentence: ({ name }) => `ESMS « ${name} » corrigé.` },
  'members-edited': {
    label: 'ESMS corrigés ensemble',
    sentence: ({ memberIds, changes }) =>
      `${memberIds.length} ESMS corrigés ensemble. ` +
      `${changes.map(({ words, members }) => `${words}, ${members} ESMS`).join(' ; ')}.`,
  },
  'member-withdrawn': {
    label: 'ESMS retiré',
    sentence: ({ name, motive }) => `ESMS « ${name} » retiré de la grappe. Motif : ${motive}`,
  },
  'member-reinstated': {
    label: 'ESMS réintégré',
    sentence: ({ name }) => `ESMS « ${name} » réintégré dans la grappe.`,
  },
  'members-imported': {
    label: 'Membres importés',
    sentence: ({ members, ogs }) => `Import d’un tableau : ${members} ESMS et ${ogs} OG ajoutés.`,
  },
  'solution-added': { label: 'Solution ajoutée', sentence: ({ name }) => `Solution « ${name} » ajoutée.` },
  'solution-corrected': {
    label: 'Solution corrigée',
    sentence: ({ name }) => `Solution « ${name} » corrigée.`,
  },
  'solution-chosen': {
    label: 'Solution de la grappe choisie',
    sentence: ({ name }) => `Solution DUI de la grappe : « ${name} ».`,
  },
  'solutions-imported': {
    label: 'Solutions importées',
    sentence: ({ added, updated }) => `Import de solutions : ${added} ajoutées, ${updated} mises à jour.`,
  },
  'solutions-merged': {
    label: 'Solutions réunies',
    sentence: ({ before, after, memberIds }) =>
      `Solutions réunies : « ${before.name} » devient « ${after.name} » pour ${memberIds.length} ESMS.`,
  },
  'declarations-updated': {
    label: 'Déclarations mises à jour',
    sentence: ({ memberIds, basis }) =>
      `Déclarations notées par le porteur pour ${memberIds.length} ESMS` +
      `${basis === undefined ? '' : `, d’après : ${basis}`}.`,
  },
  'declarations-answered': {
    label: 'Réponses d’un membre',
    sentence: ({ name, answers }) => `Réponses de « ${name} » : ${answersWords(answers)}.`,
    forArs: ({ name, answers }) => `Réponses de « ${name} » : ${answersWords(answers)}.`,
  },
  'correction-applied': {
    label: 'Fiche corrigée par le membre',
    sentence: facts => `Fiche de « ${facts.name} » corrigée par le membre : ${facts.changes.join(', ')}.`,
  },
  'correction-proposed': {
    label: 'Correction proposée',
    sentence: facts => `Correction proposée pour « ${facts.name} » : ${facts.changes.join(', ')}.`,
  },
  'correction-withdrawn': {
    label: 'Correction reprise',
    sentence: facts => `Correction de « ${facts.name} » reprise par le membre : ${facts.changes.join(', ')}.`,
  },
  'correction-accepted': {
    label: 'Correction acceptée',
    sentence: facts => `Correction de « ${facts.name} » acceptée : ${facts.changes.join(', ')}.`,
  },
  'correction-declined': {
    label: 'Correction déclinée',
    sentence: facts =>
      `Correction de « ${facts.name} » déclinée : ${facts.changes.join(', ')}. Motif : ${facts.motive}`,
  },
  'correction-mode-set': {
    label: 'Corrections des membres réglées',
    sentence: ({ mode }) =>
      mode === 'appliquees'
        ? 'Les corrections des membres s’appliquent aussitôt.'
        : 'Les corrections des membres attendent l’accord du porteur.',
  },
  'call-value-reported': {
    label: 'Valeur de l’appel reportée',
    sentence: ({ name, before, after, basis }) =>
      `Valeur de l’appel reportée, ${name} : ${after} (avant : ${before}), d’après : ${basis}.`,
    forArs: ({ name, after, basis }) =>
      `Valeur de l’appel reportée par le porteur, ${name} : ${after}, d’après : ${basis}.`,
  },
  'call-value-taken-back': {
    label: 'Report retiré',
    sentence: ({ name, before, after }) => `Valeur reportée retirée, ${name} : ${after} (avant : ${before}).`,
    forArs: ({ name, after }) => `Valeur de l’appel remise, ${name} : ${after}.`,
  },
  'call-adapted': {
    label: 'Appel adapté',
    sentence: ({ title, details, basis }) =>
      `Appel adapté. ${[title, ...details].join(' ; ')}. D’après : ${basis}.`,
    forArs: ({ title, details, basis }) =>
      `Appel adapté par le porteur. ${[title, ...details].join(' ; ')}. D’après : ${basis}.`,
  },
  'adaptation-undone': {
    label: 'Adaptation annulée',
    sentence: ({ title }) => `Adaptation annulée : ${title}.`,
    forArs: ({ title }) => `Adaptation de l’appel annulée par le porteur : ${title}.`,
  },
  'call-version-taken': {
    label: 'Nouvelle version de l’appel',
    sentence: ({ number, taken, left }) =>
      [
        `${versionWords(number)} : ${taken.join(' ; ') || 'aucun changement repris'}.`,
        ...(left.length === 0 ? [] : [`Laissé de côté : ${left.join(' ; ')}.`]),
      ].join(' '),
    forArs: ({ number, taken, left }) =>
      `${versionWords(number)} reprise par le porteur : ` +
      `${[...taken, ...left.map(title => `${title} (non repris)`)].join(' ; ')}.`,
  },
}
