/** Bodies of the acts on a service of the ARS, the same for pages and for the API. */
import { z } from 'zod'
import { emailContract, requiredText } from './members.ts'

export const serviceContract = z.object({
  name: requiredText('Donnez un nom au service, par exemple « ARS Corse – numérique ».'),
})

export const colleagueContract = z.object({ email: emailContract })
