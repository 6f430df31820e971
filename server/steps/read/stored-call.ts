/** A grappe's own copy of its call, as the database keeps it. */
import { readCall } from '../../../schema/contracts/call.ts'
import { storedSubmission } from '../../../schema/contracts/submission.ts'
import type { Call, PieceDefinition } from '../../domain/call.ts'
import { followUpPieces } from '../../domain/follow-up.ts'
import { keptByText } from './kept-by-text.ts'

/**
 * @throws when the stored copy no longer follows the contract: a fault of ours, since it was checked when
 * written.
 */
export const storedCall = keptByText((value): Call => {
  const read = readCall(value)
  if (read.ok) return read.call
  const problems = read.problems.map(({ path, mend }) => `${path.join('.')}: ${mend}`).join('; ')
  throw new Error(`The stored call cannot be read: ${problems}`)
})

/** What is asked on a recorded piece, those that follow the deposit included; undefined when none asks it. */
export function storedDefinition(
  grappe: { call: unknown; submission: unknown },
  code: string,
): PieceDefinition | undefined {
  const call = storedCall(grappe.call)
  const followUps = followUpPieces(call, storedSubmission(grappe.submission).pieces)
  return [...call.pieces, ...followUps].find(each => each.code === code)
}
