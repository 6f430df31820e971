/** A call file that changed since a grappe copied it. */
import { readCallTemplate } from '../../../schema/contracts/call.ts'
import type { CallTemplate } from '../../domain/call.ts'
import { isSame } from '../../domain/same-value.ts'
import { writtenCall } from '../../domain/written-call.ts'
import type { Context } from '../ports.ts'
import { keptByText } from './kept-by-text.ts'

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
  const followed = keptTemplate(kept)
  const last = calls.find(({ code }) => code === followed?.code)
  if (followed === null || last === undefined || isSameText(followed, last)) return null
  return { followed, last }
}

const keptTemplate = keptByText((value): CallTemplate | null => {
  const read = readCallTemplate(value)
  return read.ok ? read.call : null
})

const compared = new WeakMap<CallTemplate, { last: CallTemplate; same: boolean }>()

/** Compared once: both stay as they are for as long as the server runs. */
function isSameText(followed: CallTemplate, last: CallTemplate): boolean {
  const known = compared.get(followed)
  if (known?.last === last) return known.same
  const same = isSame(writtenCall(followed), writtenCall(last))
  compared.set(followed, { last, same })
  return same
}
