/** What is kept of a model that a porteur sent, or that a call brings. */
import { z } from 'zod'
import { MODEL_PLACES, type PlacedTags } from '../../server/domain/kit/own-model.ts'
import type { ReadTag } from '../../server/domain/kit/print.ts'

const tagsContract = z.array(z.strictObject({ name: z.string(), role: z.enum(['value', 'opens', 'closes']) }))
const partsContract = z.array(z.strictObject({ place: z.enum(MODEL_PLACES), tags: tagsContract }))

/** @param value the column, as stored. @throws when it is not what was written. */
export const storedTags = (value: unknown): ReadTag[] => tagsContract.parse(value)

/** The same of the tags of each part. */
export const storedParts = (value: unknown): PlacedTags[] => partsContract.parse(value)
