/** A call file that changed since a grappe copied it. */
import { readCallTemplate } from '../../../schema/contracts/call.ts'
import type { CallTemplate } from '../../domain/call.ts'
import { isSame } from '../../domain/same-value.ts'
import { writtenCall } from '../../domain/written-call.ts'
import type { Context } from '../ports.ts'

/** The call as the grappe follows it, and as the server ships it now. */
interface NewShippedCall {
  followed: CallTemplate
  last: CallTemplate
}

/**
 * Says that a file changed only where both its texts are known: nothing of a grappe of before the text was
 * kept, nor of a file that the server does not ship any more.
 *
 * @param kept `grappes.shipped_call`.
 */
export function newShippedCall({ calls }: Pick<Context, 'calls'>, kept: unknown): NewShippedCall | null {
  if (kept === null) return null
  const read = readCallTemplate(kept)
  const last = read.ok ? calls.find(({ code }) => code === read.call.code) : undefined
  if (!read.ok || last === undefined || isSame(writtenCall(read.call), writtenCall(last))) return null
  return { followed: read.call, last }
}
