/** What the ARS says of the pieces and of a whole dossier. */
import type { Day, Instant } from './call.ts'
import { addDays } from './deadline.ts'
import type { ReviewDecision } from './piece.ts'

/** Recevable, à compléter, non recevable: the words of the appels à projets themselves. */
export const AVIS = ['recevable', 'a-completer', 'non-recevable'] as const
export type Avis = (typeof AVIS)[number]

export const AVIS_WORDS: Readonly<Record<Avis, string>> = {
  recevable: 'Recevable',
  'a-completer': 'À compléter',
  'non-recevable': 'Non recevable',
}

/** What a reviewer said of a piece as it was in a sealed version. */
export interface PieceReview {
  pieceId: string
  pieceName: string
  ownerName: string
  /** The deposit that was read; both null when the piece was missing. */
  versionId: string | null
  versionNumber: number | null
  /** The sealed version of the dossier. */
  sealNumber: number
  decision: ReviewDecision
  /** Null for `conforme`. */
  motive: string | null
  deadlineOn: Day | null
  actor: string
  at: Instant
}

/** What a reviewer said of a whole sealed version (avis). */
export interface Opinion {
  sealNumber: number
  avis: Avis
  note: string | null
  actor: string
  at: Instant
}

/** No source gives a time for a complement: this one is a proposal of ours, which the reviewer changes. */
const COMPLEMENT_DAYS = 15

export const proposedDeadline = (today: Day): Day => addDays(today, COMPLEMENT_DAYS)
