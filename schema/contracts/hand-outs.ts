/** What is kept of a document that was handed out. */
import { z } from 'zod'
import type { PrintedFacts } from '../../server/domain/kit/print.ts'

export const printedFactsContract = z.strictObject({
  facts: z.record(z.string(), z.string().nullable()),
  lines: z.array(z.string()),
})

/** @param value the column, as stored. @throws when it is not what was written. */
export const storedHandOut = (value: unknown): PrintedFacts => printedFactsContract.parse(value)
