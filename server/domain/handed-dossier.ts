/** The dossiers handed to a reviewer or to its service, as one list to go through. */
import type { Instant } from './call.ts'
import type { Verdict } from './eligibility.ts'
import { AVIS, type Avis, type Opinion } from './review.ts'
import { searchWords } from './search-words.ts'

/** What the last sealed version holds, in figures. */
export interface SealDigest {
  number: number
  sealedAt: Instant
  complete: boolean
  verdict: Verdict['status']
  /** Active ESMS. */
  members: number
  /** Pieces that are in it. */
  pieces: number
  /** Required pieces that are not. */
  missing: number
  /** Pieces in it about whose deposit nothing is said yet. */
  toExamine: number
  /** The first of these; null when there is none. */
  nextPieceId: string | null
}

export interface HandedDossier {
  grappeId: string
  name: string
  /** The address to which it was handed, lower case: the reviewer's own, or a colleague's. */
  handedTo: string
  /** The OG that carries the grappe; null when it is not known, or before the first sealed version. */
  porteurName: string | null
  callTitle: string
  region: string | null
  /** IANA name, for instants. */
  timeZone: string
  /** The last sealed version; null before the first. */
  seal: SealDigest | null
  /** Whether the reviewer has not opened that version yet. */
  isNew: boolean
  /** The last one given; null before the first. */
  opinion: Opinion | null
  /** Whether a complement was asked for on that version. */
  isAsked: boolean
  /** To whom the reviewer's service gave it; null for nobody, and without a service. */
  assignment: Assignment | null
}

/** Who of a service reads a dossier first. */
export interface Assignment {
  /** Lower case. */
  email: string
  by: string
  at: Instant
}

/** Where a dossier stands in the queue: not sealed, to read, waiting for a complement, or done with. */
export const QUEUE_STAGES = ['a-venir', 'a-lire', 'complement', 'avis-rendu'] as const
export type QueueStage = (typeof QUEUE_STAGES)[number]

export function queueStage(dossier: Pick<HandedDossier, 'seal' | 'opinion' | 'isAsked'>): QueueStage {
  const state = dossierState(dossier)
  if (state === 'a-venir') return state
  if (state !== 'sans-avis') return 'avis-rendu'
  return dossier.isAsked ? 'complement' : 'a-lire'
}

/** A call as one chooses it in the queue. */
export const queueCall = ({ callTitle, region }: Pick<HandedDossier, 'callTitle' | 'region'>): string =>
  region === null ? callTitle : `${callTitle} (${region})`

/** Where a dossier stands with the reviewer: without a sealed version, without an opinion, or with one. */
export const DOSSIER_STATES = ['a-venir', 'sans-avis', ...AVIS] as const
export type DossierState = 'a-venir' | 'sans-avis' | Avis

/** An opinion on an earlier version leaves the newer one without any. */
export function dossierState({ seal, opinion }: Pick<HandedDossier, 'seal' | 'opinion'>): DossierState {
  if (seal === null) return 'a-venir'
  return opinion !== null && opinion.sealNumber === seal.number ? opinion.avis : 'sans-avis'
}

/** Which dossiers to show; null or an empty text does not restrict. */
export interface DossierFilter {
  /**
   * Words of the names of the grappe, its porteur, its call or its region, in any order, with or without
   * accents.
   */
  text: string
  state: DossierState | null
  stage: QueueStage | null
  /** As `queueCall` names it. */
  call: string | null
  /** Those given to that address, or to nobody. */
  assignee: { email: string | null } | null
  complete: boolean | null
  /** Whether pieces are left to examine. */
  toExamine: boolean | null
  /** Only those with a version that was not opened yet. */
  onlyNew: boolean
  order: DossierOrder
}

/**
 * `nouveau`: with something new first, then by name; `reste`: most pieces left first; `recent`: sealed last.
 */
export const DOSSIER_ORDERS = ['nouveau', 'nom', 'reste', 'recent'] as const
export type DossierOrder = (typeof DOSSIER_ORDERS)[number]

/** « Grappe 2 » before « Grappe 10 ». */
const byName = (a: HandedDossier, b: HandedDossier) =>
  a.name.localeCompare(b.name, 'fr', { numeric: true, sensitivity: 'base' }) ||
  (a.grappeId < b.grappeId ? -1 : 1)

const ORDERS: Readonly<Record<DossierOrder, (a: HandedDossier, b: HandedDossier) => number>> = {
  nouveau: (a, b) => Number(b.isNew) - Number(a.isNew),
  nom: () => 0,
  reste: (a, b) => (b.seal?.toExamine ?? -1) - (a.seal?.toExamine ?? -1),
  recent: (a, b) => {
    const [one, other] = [a.seal?.sealedAt ?? '', b.seal?.sealedAt ?? '']
    return one < other ? 1 : one > other ? -1 : 0
  },
}

/** Those that match, in the order asked for. */
export function filterDossiers(
  dossiers: readonly HandedDossier[],
  { text, state, stage, call, assignee, complete, toExamine, onlyNew, order }: DossierFilter,
): HandedDossier[] {
  const wanted = searchWords(text)
  return dossiers
    .filter(dossier => {
      const words = searchWords(
        [dossier.name, dossier.porteurName, dossier.callTitle, dossier.region].join(' '),
      )
      return (
        wanted.every(part => words.some(word => word.startsWith(part))) &&
        (state === null || dossierState(dossier) === state) &&
        (stage === null || queueStage(dossier) === stage) &&
        (call === null || queueCall(dossier) === call) &&
        (assignee === null || (dossier.assignment?.email ?? null) === assignee.email) &&
        (complete === null || dossier.seal?.complete === complete) &&
        (toExamine === null || (dossier.seal !== null && dossier.seal.toExamine > 0 === toExamine)) &&
        (!onlyNew || dossier.isNew)
      )
    })
    .toSorted((a, b) => ORDERS[order](a, b) || byName(a, b))
}
