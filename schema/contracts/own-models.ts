/** What is kept of a model that a porteur sent. */
import { z } from 'zod'
import type { ReadTag } from '../../server/domain/kit/print.ts'

const tagsContract = z.array(z.strictObject({ name: z.string(), role: z.enum(['value', 'opens', 'closes']) }))

/** @param value the column, as stored. @throws when it is not what was written. */
export const storedTags = (value: unknown): ReadTag[] => tagsContract.parse(value)
