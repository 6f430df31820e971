/** Bodies of what is noted of the signature of a piece, by its member or by the porteur. */
import { z } from 'zod'
import { SIGNING_STEPS } from '../../server/domain/signing.ts'
import { blankIsNull, dayContract, requiredText } from './members.ts'

const noted = z.object({
  step: z.enum(SIGNING_STEPS, 'Choisissez où en est la signature.'),
  on: blankIsNull(dayContract),
  signatory: blankIsNull(requiredText('Indiquez qui signe.')),
})

const dayIsAsked = (
  { step, on }: z.infer<typeof noted>,
  issue: { addIssue(found: { code: 'custom'; path: string[]; message: string }): void },
) => {
  if (step === 'a-signer' || on !== null) return
  const message = step === 'envoyee' ? 'Indiquez le jour de l’envoi.' : 'Indiquez le jour de la signature.'
  issue.addIssue({ code: 'custom', path: ['on'], message })
}

export const signingContract = noted.superRefine(dayIsAsked)
export type SigningBody = z.infer<typeof signingContract>

/** Several pieces noted alike, such as letters handed out the same day. */
export const signingsContract = noted
  .extend({
    pieces: z.array(z.uuid()).min(1, 'Cochez au moins une pièce.').max(2_000),
  })
  .superRefine(dayIsAsked)
