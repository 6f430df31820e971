/** The deposit and what follows it, as lines of the porteur's workbook: steps, award, dates, pieces. */
import type { Call, Day } from './call.ts'
import { dayOf } from './deadline.ts'
import { followUpPieces } from './follow-up.ts'
import { currentVersion, type Piece } from './piece.ts'
import { checklistOf, type FollowUpNote, followUpsOf, OUTCOME_WORDS, type Submission } from './submission.ts'

export type SubmissionPart = 'etape' | 'resultat' | 'date' | 'piece'

export interface SubmissionLine extends Omit<FollowUpNote, 'id'> {
  part: SubmissionPart
  /** Awaited past its day. */
  late: boolean
  /** Who noted or deposited it, where that is kept. */
  by: string | null
}

/** None as long as nothing is done nor dated: a checklist that nobody began says nothing. */
export function submissionLines(
  call: Pick<Call, 'pieces' | 'submission' | 'followUp'>,
  submission: Submission,
  pieces: readonly Piece[],
  { today, timeZone }: { today: Day; timeZone: string },
): SubmissionLine[] {
  const { steps, former } = checklistOf(call, submission)
  const { award } = submission
  const blank = { dueOn: null, doneOn: null, reference: null, cents: null, late: false, by: null }
  const ticked = [...steps, ...former.map(done => ({ step: done.step, done }))].map(({ step, done }) => ({
    ...{ ...blank, part: 'etape' as const, title: step },
    ...(done && { doneOn: done.on, reference: done.reference, by: done.by }),
  }))
  const awarded = award === null ? [] : [{ ...blank, ...toldAward(award) }]
  const dates = followUpsOf(call, submission, today).map(
    ({ title, dueOn, doneOn, reference, cents, late }): SubmissionLine => ({
      ...{ part: 'date', title, dueOn, doneOn, reference, cents, late, by: null },
    }),
  )
  const received = followUpPieces(call, submission.pieces).map(
    ({ code, name, deadlineOn }): SubmissionLine => {
      const piece = pieces.find(each => each.code === code)
      const version = piece === undefined ? null : currentVersion(piece)
      return {
        ...{ ...blank, part: 'piece', title: name, dueOn: deadlineOn },
        ...(version && { doneOn: dayOf(version.depositedAt, timeZone), by: version.depositedBy }),
        late: version === null && deadlineOn !== null && deadlineOn < today,
      }
    },
  )
  const lines = [...ticked, ...awarded, ...dates, ...received]
  return lines.some(({ dueOn, doneOn }) => dueOn !== null || doneOn !== null) ? lines : []
}

const toldAward = ({ outcome, on, reference, cents }: NonNullable<Submission['award']>) => ({
  part: 'resultat' as const,
  title: `Candidature ${OUTCOME_WORDS[outcome]}`,
  doneOn: on,
  reference,
  cents,
})
