/** The process that decodes photos: one message in, one message out. */
import { develop } from './develop.ts'
import type { PhotoAnswer, PhotoOrder } from './photo-lab.ts'

process.on('message', async ({ bytes, isHeic, size }: PhotoOrder) => {
  const answer: PhotoAnswer = await develop(bytes, isHeic, size).then(
    developed => ({ ok: true, developed }),
    (error: unknown) => ({ ok: false, reason: String(error) }),
  )
  process.send?.(answer)
})
// Nobody is left to answer.
process.on('disconnect', () => process.exit())
