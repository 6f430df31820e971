/** Acts on the sealed versions of the dossier, by the porteur, the server and the ARS. */

import type { Day } from '../call.ts'
import { type Completeness, completenessKept, VERSION_WORDS } from '../completeness.ts'
import { formatDay } from '../deadline.ts'
import { AVIS_WORDS, type Avis } from '../review.ts'
import { centsWords } from '../sharing/words.ts'
import { type Award, OUTCOME_WORDS } from '../submission.ts'
import { type ActWords, deposited, type PieceFacts, type VersionFacts } from './subject.ts'

export interface SealFacts {
  sealId: string
  /** Of the version of the dossier: 1, 2, 3… */
  sealNumber: number
}

/** `failure`: what the page of the version says, as sentences. */
type FailedSeal = SealFacts & { failure: string }

export interface DossierFacts {
  /** `hash` names the version anywhere and opens nothing. */
  'seal-frozen': SealFacts & {
    complete: boolean
    completeness?: Completeness
    deposits: number
    hash: string
  }
  'seal-finished': SealFacts & { hash: string }
  'seal-refused': FailedSeal
  'seal-rechecked': SealFacts
  'seal-damaged': FailedSeal
  'reading-drawn': SealFacts
  'reading-failed': FailedSeal
  'piece-found-conforming': VersionFacts & SealFacts
  'conforming-withdrawn': VersionFacts & SealFacts
  /** The deposit that was read, null when the piece was missing; `newer` is one that had come since then. */
  'complement-asked': PieceFacts &
    SealFacts & { number: number | null; newer: number | null; deadlineOn: Day; motive: string }
  'opinion-given': SealFacts & { avis: Avis; note: string | null }
  /** A null seal: no version is sealed yet. */
  'dossier-opened': { seal: SealFacts | null }
  'dossier-downloaded': { seal: SealFacts | null; what: string }
  /** Since a reviewer to whom the dossier was handed shares it with its colleagues; `people`, all of them. */
  'service-reads': { service: string; people: number }
  'service-reads-no-more': { service: string }
  /** A step of the deposit, as the call words it; `place` is the call's, null where it names none. */
  'submission-step-done': { step: string; place: string | null; on: Day; reference: string | null }
  'submission-step-undone': { step: string }
  'award-noted': Award
  'award-withdrawn': Record<string, never>
  'follow-up-noted': Noted & { title: string; dueOn: Day | null; doneOn: Day | null }
  'follow-up-removed': { title: string }
  'follow-up-piece-kept': { name: string; dueOn: Day | null }
  'follow-up-piece-removed': { name: string }
}

interface Noted {
  reference: string | null
  cents: number | null
}

export const sealFacts = ({ id, number }: { id: string; number: number }): SealFacts => ({
  sealId: id,
  sealNumber: number,
})

const versionOf = ({ sealNumber }: SealFacts) => `Version ${sealNumber} du dossier`

const readVersion = (seal: SealFacts | null) =>
  seal === null ? 'Dossier, sans version scellée,' : versionOf(seal)

function frozen(facts: DossierFacts['seal-frozen']): string {
  const state = VERSION_WORDS[completenessKept(facts)]
  const contents = `${state}, fichiers déposés : ${facts.deposits}, sceau ${facts.hash}`
  return `${versionOf(facts)} figée (${contents}) : ses fichiers sont relus avant qu’elle soit remise.`
}

function complementAsked(facts: DossierFacts['complement-asked']): string {
  const { pieceName, ownerName, number, newer, deadlineOn, motive } = facts
  const read = `${number === null ? 'absente' : `version ${number}`} (version ${facts.sealNumber} du dossier)`
  const asked = `Complément demandé par l’ARS sur « ${pieceName} » de ${ownerName}, ${read}`
  const already = newer === null ? '' : ` La version ${newer} était déjà déposée.`
  return `${asked}, à déposer jusqu’au ${formatDay(deadlineOn)}. Motif : ${motive}${already}`
}

const conforming = (facts: DossierFacts['piece-found-conforming']) =>
  `${deposited(facts)}, dite conforme par l’ARS (version ${facts.sealNumber} du dossier).`

const conformingWithdrawn = (facts: DossierFacts['conforming-withdrawn']) =>
  `${deposited(facts)}, remise à examiner par l’ARS (version ${facts.sealNumber} du dossier) : ` +
  'elle l’avait dite conforme.'

function opinionGiven({ sealNumber, avis, note }: DossierFacts['opinion-given']): string {
  const given = `Avis de l’ARS sur la version ${sealNumber} du dossier : ${AVIS_WORDS[avis].toLowerCase()}.`
  return note === null ? given : `${given} Note : ${note}`
}

const notedWords = ({ reference, cents }: Noted) =>
  (cents === null ? '' : `, ${centsWords(cents)}`) +
  (reference === null ? '' : `, référence « ${reference} »`)

function stepDone({ step, place, on, reference }: DossierFacts['submission-step-done']): string {
  const where = place === null ? '' : ` (${place})`
  return `Dépôt${where}, « ${step} » : fait le ${formatDay(on)}${notedWords({ reference, cents: null })}.`
}

function followUpNoted(facts: DossierFacts['follow-up-noted']): string {
  const { title, dueOn, doneOn } = facts
  const when =
    doneOn !== null
      ? `fait le ${formatDay(doneOn)}`
      : dueOn === null
        ? 'attendu, jour non connu'
        : `attendu le ${formatDay(dueOn)}`
  return `Suite du dépôt, « ${title} » : ${when}${notedWords(facts)}.`
}

const awardNoted = (award: Award) =>
  `Résultat : candidature ${OUTCOME_WORDS[award.outcome]}, le ${formatDay(award.on)}${notedWords(award)}.`

export const DOSSIER_ACTS: ActWords<DossierFacts> = {
  'seal-frozen': { label: 'Version figée', sentence: frozen },
  'seal-finished': {
    label: 'Version scellée',
    sentence: facts => `${versionOf(facts)} scellée, tous ses fichiers relus. Sceau : ${facts.hash}.`,
    forArs: facts => `${versionOf(facts)} scellée.`,
  },
  'seal-refused': {
    label: 'Version non scellée',
    sentence: facts => `${versionOf(facts)} non scellée. ${facts.failure}`,
  },
  'seal-rechecked': {
    label: 'Version revérifiée',
    sentence: facts => `${versionOf(facts)} revérifiée : tous ses fichiers sont ceux qui ont été scellés.`,
  },
  'seal-damaged': {
    label: 'Version abîmée',
    sentence: facts => `${versionOf(facts)} abîmée sur le serveur. ${facts.failure}`,
  },
  'reading-drawn': {
    label: 'PDF de lecture prêt',
    sentence: ({ sealNumber }) => `PDF de lecture de la version ${sealNumber} du dossier prêt.`,
  },
  'reading-failed': {
    label: 'PDF de lecture non fait',
    sentence: ({ sealNumber, failure }) =>
      `PDF de lecture de la version ${sealNumber} du dossier non fait. ${failure}`,
  },
  'piece-found-conforming': {
    label: 'Pièce dite conforme par l’ARS',
    sentence: conforming,
    forArs: conforming,
  },
  'conforming-withdrawn': {
    label: 'Conformité retirée par l’ARS',
    sentence: conformingWithdrawn,
    forArs: conformingWithdrawn,
  },
  'complement-asked': {
    label: 'Complément demandé par l’ARS',
    sentence: complementAsked,
    forArs: complementAsked,
  },
  'opinion-given': { label: 'Avis de l’ARS', sentence: opinionGiven, forArs: opinionGiven },
  'dossier-opened': {
    label: 'Dossier ouvert par l’ARS',
    sentence: ({ seal }) => `${readVersion(seal)} ouverte par l’ARS.`,
  },
  'dossier-downloaded': {
    label: 'Téléchargement par l’ARS',
    sentence: ({ seal, what }) => `${readVersion(seal)} : ${what} téléchargé par l’ARS.`,
  },
  'service-reads': {
    label: 'Lecture par un service de l’ARS',
    sentence: ({ service, people }) => `Le service « ${service} » lit le dossier : ${people} personnes.`,
  },
  'service-reads-no-more': {
    label: 'Fin de lecture par un service',
    sentence: ({ service }) =>
      `Le service « ${service} » ne lit plus le dossier ; qui en détient le lien le lit seul.`,
  },
  'submission-step-done': { label: 'Étape du dépôt faite', sentence: stepDone },
  'submission-step-undone': {
    label: 'Étape du dépôt décochée',
    sentence: ({ step }) => `Dépôt, « ${step} » : décoché.`,
  },
  'award-noted': { label: 'Résultat noté', sentence: awardNoted },
  'award-withdrawn': { label: 'Résultat effacé', sentence: () => 'Résultat effacé : il n’est pas connu.' },
  'follow-up-noted': { label: 'Suite du dépôt notée', sentence: followUpNoted },
  'follow-up-removed': {
    label: 'Suite du dépôt retirée',
    sentence: ({ title }) => `Suite du dépôt, « ${title} » : ce qui en était noté est retiré.`,
  },
  'follow-up-piece-kept': {
    label: 'Pièce à recevoir après le dépôt',
    sentence: ({ name, dueOn }) => {
      const when = dueOn === null ? '' : `, attendue le ${formatDay(dueOn)}`
      return `Suite du dépôt, pièce à recevoir : « ${name} »${when}.`
    },
  },
  'follow-up-piece-removed': {
    label: 'Pièce à recevoir retirée',
    sentence: ({ name }) => `Suite du dépôt, pièce « ${name} » : retirée de ce qui est attendu.`,
  },
}
