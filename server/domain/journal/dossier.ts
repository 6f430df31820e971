/** Acts on the sealed versions of the dossier, by the porteur, the server and the ARS. */

import type { Day } from '../call.ts'
import { type Completeness, completenessKept, VERSION_WORDS } from '../completeness.ts'
import { formatDay } from '../deadline.ts'
import { AVIS_WORDS, type Avis } from '../review.ts'
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
}
