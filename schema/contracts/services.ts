/** Bodies of the acts on a service of the ARS and on its queue, the same for pages and for the API. */
import { z } from 'zod'
import { blankIsNull, emailContract, requiredText } from './members.ts'

export const serviceContract = z.object({
  name: requiredText('Donnez un nom au service, par exemple « ARS Corse – numérique ».'),
})

export const colleagueContract = z.object({ email: emailContract })

export const assignmentContract = z.object({
  dossiers: z
    .array(z.uuid())
    .min(1, 'Choisissez au moins un dossier.')
    .max(500, 'Attribuez ces dossiers en plusieurs fois : 500 au plus.'),
  /** Null: to nobody. */
  email: blankIsNull(emailContract),
})
export type AssignmentBody = z.infer<typeof assignmentContract>
