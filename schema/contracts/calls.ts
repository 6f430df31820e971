/** Bodies of the acts on a call that is being written; the call itself is checked by `call.ts`. */
import { z } from 'zod'
import { requiredText } from './members.ts'

const title = requiredText('Donnez un titre à l’appel.')

/** One of the three. */
export const startedCallContract = z.union([
  z.strictObject({ code: z.string().min(1).max(60).describe('Le code de l’appel dont on part') }),
  z.strictObject({ title: title.describe('Le titre d’un appel vide') }),
  z.strictObject({ yaml: z.string().min(1).max(200_000).describe('Le texte d’un fichier d’appel') }),
])

export const savedCallContract = z.object({
  revision: z.number().int().describe('Celle qui a été lue : refusé si l’appel a changé depuis'),
  value: z.unknown().describe('L’appel ou sa partie, comme dans un fichier (docs/write-a-call.md)'),
})

/** Without a body, the call is published as it is. */
export const publishedCallContract = z
  .object({
    revision: z.number().int().optional().describe('Celle qui a été lue : refusé si l’appel a changé depuis'),
  })
  .nullish()

export const archivedCallContract = z.object({ archived: z.boolean() })
