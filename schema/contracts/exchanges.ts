/** Bodies of what members and porteur say to each other, and of the acts on contacts and links. */
import { z } from 'zod'
import { blankIsNull, dayContract, emailContract, requiredText } from './members.ts'

const MAX_LINES_TEXT = 2_000

/** Text of several lines, as typed; control characters other than line ends are dropped. */
function linesOfText(missing: string) {
  return z
    .string({ error: missing })
    .transform(text =>
      text
        .normalize('NFC')
        .replace(/\r\n?/g, '\n')
        .replace(/[^\P{Cc}\n\t]/gu, '')
        .trim(),
    )
    .pipe(
      z.string().min(1, missing).max(MAX_LINES_TEXT, 'Raccourcissez ce texte : 2 000 caractères au plus.'),
    )
}

export const messageContract = z.object({ text: linesOfText('Écrivez votre message.') })

export const nonApplicableContract = z.object({
  reason: linesOfText('Indiquez pourquoi cette pièce ne s’applique pas.'),
})

export const nonApplicableDecisionContract = z
  .object({
    /** The request looked at: another one is never answered by mistake. */
    requestId: z.uuid(),
    decision: z.enum(['confirmee', 'refusee'], 'Choisissez « confirmer » ou « refuser ».'),
    motive: blankIsNull(linesOfText('Indiquez le motif du refus.')),
  })
  .superRefine(({ decision, motive }, issue) => {
    if (decision === 'refusee' && motive === null) {
      issue.addIssue({
        code: 'custom',
        path: ['motive'],
        message: 'Indiquez pourquoi la pièce reste demandée : le membre lira ce motif.',
      })
    }
  })
export type NonApplicableDecisionBody = z.infer<typeof nonApplicableDecisionContract>

const phone = z
  .string()
  .trim()
  .regex(/^[+\d][\d .()-]{3,24}$/, 'Indiquez un numéro de téléphone, par exemple 04 95 00 00 00.')

export const contactContract = z.object({
  name: blankIsNull(requiredText('Indiquez le nom du contact.')),
  email: emailContract,
  phone: blankIsNull(phone),
})
export type ContactBody = z.infer<typeof contactContract>

export const phoneContract = z.object({ phone: blankIsNull(phone) })

/** Whose contact it is. */
export const ownerContract = z.object({ kind: z.enum(['og', 'esms']), id: z.uuid() })

export const expiryContract = z.object({ expiresOn: dayContract })

/** Which of the mails that nobody asks for a porteur goes on receiving. */
export const digestChoicesContract = z.strictObject({
  hebdomadaire: z.boolean().describe('Le résumé de la semaine, pour chaque grappe'),
  depots: z.boolean().describe('L’annonce des pièces qui viennent d’être déposées'),
})
