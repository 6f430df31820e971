/** A grappe's own copy of its call, as the database keeps it. */
import { readCall } from '../../../schema/contracts/call.ts'
import type { Call } from '../../domain/call.ts'

/**
 * @throws when the stored copy no longer follows the contract: a fault of ours, since it was checked when
 * written.
 */
export function storedCall(value: unknown): Call {
  const read = readCall(value)
  if (read.ok) return read.call
  const problems = read.problems.map(({ path, mend }) => `${path.join('.')}: ${mend}`).join('; ')
  throw new Error(`The stored call cannot be read: ${problems}`)
}
