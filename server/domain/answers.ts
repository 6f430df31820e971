/** What still holds of what the ARS said, and what answers what it asked. */
import type { DossierPlan, DossierRow } from './dossier-plan.ts'
import type { PieceReview } from './review.ts'

/**
 * What still holds: the last word on each deposit, and on each piece that was missing, unless it was taken
 * back. In the order of `reviews`.
 */
export function standingReviews(reviews: readonly PieceReview[]): PieceReview[] {
  const last = new Map(reviews.map(review => [subjectOf(review), review]))
  return reviews.filter(review => last.get(subjectOf(review)) === review && review.decision !== 'a-examiner')
}

const subjectOf = ({ pieceId, versionId }: Pick<PieceReview, 'pieceId' | 'versionId'>) =>
  `${pieceId} ${versionId ?? ''}`

/** The deposit that a row puts into the dossier; null when the piece is not in it. */
export function sealedVersionOf(row: Pick<DossierRow, 'version' | 'paths'>): DossierRow['version'] {
  return row.paths.length === 0 ? null : row.version
}

/** What stands about each row's deposit, or about its absence; rows that nobody looked at have none. */
export function reviewsByRow(
  rows: readonly DossierRow[],
  reviews: readonly PieceReview[],
): Map<DossierRow, PieceReview> {
  const bySubject = new Map(standingReviews(reviews).map(review => [subjectOf(review), review]))
  return new Map(
    rows.flatMap((row): [DossierRow, PieceReview][] => {
      const { pieceId } = row
      if (pieceId === null) return []
      const review = bySubject.get(subjectOf({ pieceId, versionId: sealedVersionOf(row)?.id ?? null }))
      return review === undefined ? [] : [[row, review]]
    }),
  )
}

/**
 * `repondu`: a later deposit is in the dossier. `en-attente`: none is. `non-applicable`: the porteur
 * confirmed that the piece does not concern the member. `plus-demandee`: the member left, or the piece is not
 * asked of it any more.
 */
export type AnswerStatus = 'repondu' | 'en-attente' | 'non-applicable' | 'plus-demandee'

/** A complement asked for, and what came of it. */
export interface Answer {
  request: PieceReview
  status: AnswerStatus
  /** Number of the deposit that answers; null unless `repondu`. */
  versionNumber: number | null
}

/**
 * Which complement a dossier answers, and by which deposit: the first one after the deposit that was
 * reviewed.
 *
 * @param reviews all those made so far, oldest first.
 * @param plan the dossier that may answer them, most often the version after the one that was reviewed.
 */
export function answersOf(reviews: readonly PieceReview[], plan: Pick<DossierPlan, 'rows'>): Answer[] {
  const rowOf = new Map(plan.rows.map(row => [row.pieceId, row]))
  const standing = standingReviews(reviews)
  return standing
    .filter(({ decision }) => decision === 'complement')
    .map((request): Answer => {
      const row = rowOf.get(request.pieceId)
      if (row === undefined) return { request, status: 'plus-demandee', versionNumber: null }
      const reviewed = request.versionNumber ?? 0
      const known = [
        sealedVersionOf(row)?.number ?? 0,
        ...standing
          .filter(({ pieceId }) => pieceId === request.pieceId)
          .map(({ versionNumber }) => versionNumber ?? 0),
      ]
      const later = known.filter(number => number > reviewed)
      if (later.length > 0) return { request, status: 'repondu', versionNumber: Math.min(...later) }
      const status = row.state === 'non-applicable' ? 'non-applicable' : 'en-attente'
      return { request, status, versionNumber: null }
    })
}

/** « répondu par le dépôt nº 2 », as screens and the workbook say it: « version » is said of the dossier. */
export function answerWords({ status, versionNumber }: Pick<Answer, 'status' | 'versionNumber'>): string {
  switch (status) {
    case 'repondu':
      return `répondu par le dépôt nº ${versionNumber}`
    case 'en-attente':
      return 'pas encore de réponse'
    case 'non-applicable':
      return 'dite non applicable, confirmé par le porteur'
    case 'plus-demandee':
      return 'n’est plus demandée'
  }
}
