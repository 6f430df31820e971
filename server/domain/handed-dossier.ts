/** The dossiers handed to a reviewer, as one list to go through. */
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
}

export interface HandedDossier {
  grappeId: string
  name: string
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
}

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
  /** Words of the names of the grappe, its porteur, its call or its region, in any order, with or without accents. */
  text: string
  state: DossierState | null
  complete: boolean | null
  /** Only those with a version that was not opened yet. */
  onlyNew: boolean
}

/** Those that match: with something new first, then by name. */
export function filterDossiers(
  dossiers: readonly HandedDossier[],
  { text, state, complete, onlyNew }: DossierFilter,
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
        (complete === null || dossier.seal?.complete === complete) &&
        (!onlyNew || dossier.isNew)
      )
    })
    .toSorted((a, b) => Number(b.isNew) - Number(a.isNew) || a.name.localeCompare(b.name, 'fr'))
}
