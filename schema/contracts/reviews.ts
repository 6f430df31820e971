/** Bodies of a reviewer's acts, the same for forms and for the API. Messages are shown as they are. */
import { z } from 'zod'
import { AVIS } from '../../server/domain/review.ts'
import { blankIsNull, dayContract } from './members.ts'

const MAX_TEXT = 2_000

const motiveContract = z
  .string({ error: 'Indiquez ce qui manque ou ce qui est à corriger.' })
  .trim()
  .min(1, 'Indiquez ce qui manque ou ce qui est à corriger : le membre lira ce motif.')
  .max(MAX_TEXT, 'Raccourcissez le motif : 2 000 caractères au plus.')

export const pieceReviewContract = z.discriminatedUnion(
  'decision',
  [
    z.object({ decision: z.literal('conforme') }),
    z.object({ decision: z.literal('a-examiner') }),
    z.object({ decision: z.literal('complement'), motive: motiveContract }),
  ],
  { error: 'Choisissez « conforme » ou « complément ».' },
)

/** Complements asked for together, for one last day. */
export const complementsContract = z.object({
  deadlineOn: dayContract,
  requests: z
    .array(z.object({ pieceId: z.uuid(), motive: motiveContract }))
    .min(1, 'Choisissez au moins une demande à envoyer.')
    .max(5_000, 'Envoyez ces demandes en plusieurs fois : 5 000 au plus.'),
})
export type ComplementsBody = z.infer<typeof complementsContract>

export const opinionContract = z.object({
  avis: z.enum(AVIS, 'Choisissez un avis.'),
  note: blankIsNull(z.string().trim().max(MAX_TEXT, 'Raccourcissez la note : 2 000 caractères au plus.')),
})
export type OpinionBody = z.infer<typeof opinionContract>
