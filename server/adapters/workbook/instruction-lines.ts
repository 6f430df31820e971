/** What the ARS said so far, as lines of the workbook's sheet « Instruction ». */

import { answersOf, answerWords } from '../../domain/answers.ts'
import type { Day, Instant } from '../../domain/call.ts'
import type { DossierPlan } from '../../domain/dossier-plan.ts'
import type { ReviewDecision } from '../../domain/piece.ts'
import { AVIS_WORDS, provedWords, REVIEW_WORDS } from '../../domain/review.ts'

export interface InstructionLine {
  at: Instant
  actor: string
  /** How whoever spoke proved that it reads mail at its address. */
  proof: string
  /** Version of the dossier that was read. */
  sealNumber: number
  /** `Dossier entier` for an opinion. */
  piece: string
  member: string
  /** Number of the deposit that was read; null when the piece was missing, and for an opinion. */
  deposit: number | null
  /** Begins with a sign, which the colours follow. */
  decision: string
  text: string | null
  deadlineOn: Day | null
  /** What this very dossier answers. */
  answer: string | null
}

const SIGNS: Readonly<Record<ReviewDecision, string>> = { conforme: '✓', complement: '↺', 'a-examiner': '●' }

/** Reviews and opinions together, oldest first. */
export function instructionLines(
  plan: Pick<DossierPlan, 'reviews' | 'opinions' | 'rows'>,
): InstructionLine[] {
  const answers = new Map(answersOf(plan.reviews, plan).map(answer => [answer.request, answer]))
  const reviews = plan.reviews.map((review): InstructionLine => {
    const answer = answers.get(review)
    return {
      at: review.at,
      actor: review.actor,
      proof: provedWords(review.proved ?? null),
      sealNumber: review.sealNumber,
      piece: review.pieceName,
      member: review.ownerName,
      deposit: review.versionNumber,
      decision: `${SIGNS[review.decision]} ${REVIEW_WORDS[review.decision]}`,
      text: review.motive,
      deadlineOn: review.deadlineOn,
      answer: answer === undefined ? null : answerWords(answer),
    }
  })
  const opinions = plan.opinions.map(
    (opinion): InstructionLine => ({
      at: opinion.at,
      actor: opinion.actor,
      proof: provedWords(opinion.proved ?? null),
      sealNumber: opinion.sealNumber,
      piece: 'Dossier entier',
      member: '',
      deposit: null,
      decision: `Avis : ${AVIS_WORDS[opinion.avis].toLowerCase()}`,
      text: opinion.note,
      deadlineOn: null,
      answer: null,
    }),
  )
  return [...reviews, ...opinions].toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
}
