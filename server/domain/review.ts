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

/**
 * How a reviewer shows that an address is its own: by a code received there, by a passkey that it added once
 * it had typed such a code, by a link (`session`), or by the word of ProConnect or of another OpenID Connect
 * provider.
 */
export const REVIEWER_PROOFS = ['code', 'passkey', 'session', 'proconnect', 'oidc'] as const
export type ReviewerProof = (typeof REVIEWER_PROOFS)[number]

const PROVED_WORDS: Readonly<Record<ReviewerProof, string>> = {
  code: 'confirmé par un code reçu à',
  passkey: 'confirmé par la clé d’accès de',
  session: 'connecté par un lien reçu à',
  proconnect: 'connecté par ProConnect avec l’adresse',
  oidc: 'connecté par OpenID Connect avec l’adresse',
}

/** Who spoke for the ARS, by what it proved: not by the name that the porteur wrote on a link. */
export interface ProvedBy {
  /** Lower case. */
  email: string
  proof: ReviewerProof
  /**
   * Name of the service as whose member it read the dossier; null, or absent, when it was handed to itself.
   */
  service?: string | null
}

/** French, as it follows what was said; for a person who reads whether the ARS itself spoke. */
export function provedWords(proved: ProvedBy | null): string {
  if (proved === null) return 'preuve non conservée à cette date'
  return `${PROVED_WORDS[proved.proof]} ${proved.email}${serviceWords(proved)}`
}

/** Follows the address of a reviewer: as whose member it read what was handed to a colleague. */
const serviceWords = ({ service }: Pick<ProvedBy, 'service'>): string =>
  service ? `, membre du service « ${service} »` : ''

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
  /** Of a complement; null otherwise. */
  motive: string | null
  deadlineOn: Day | null
  actor: string
  /** Null, or absent of a version sealed before, when it was not kept. */
  proved?: ProvedBy | null
  at: Instant
}

export const REVIEW_WORDS: Readonly<Record<ReviewDecision, string>> = {
  conforme: 'Conforme',
  complement: 'Complément demandé',
  'a-examiner': 'Remise à examiner',
}

/** What a reviewer said of a whole sealed version (avis). */
export interface Opinion {
  sealNumber: number
  avis: Avis
  note: string | null
  actor: string
  /** Null, or absent of a version sealed before, when it was not kept. */
  proved?: ProvedBy | null
  at: Instant
}

const authorOf = ({ proved, actor }: Opinion): string => proved?.email ?? actor

/**
 * The opinions that stand, oldest first: the last of each author, whom nobody else's takes the place of.
 *
 * @param opinions oldest first.
 */
export function standingOpinions(opinions: readonly Opinion[]): Opinion[] {
  const last = new Map(opinions.map(opinion => [authorOf(opinion), opinion]))
  return opinions.filter(opinion => last.get(authorOf(opinion)) === opinion)
}

/** The last opinion of whoever reads mail at this address; null without one. */
export const opinionOf = (opinions: readonly Opinion[], email: string): Opinion | null =>
  opinions.findLast(({ proved }) => proved?.email === email) ?? null

/** No source gives a time for a complement: this one is a proposal of ours, which the reviewer changes. */
const COMPLEMENT_DAYS = 15

export const proposedDeadline = (today: Day): Day => addDays(today, COMPLEMENT_DAYS)
