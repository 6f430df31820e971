/** How long a grappe is kept, and what holds its erasure back: form and API. */
import { z } from 'zod'
import { LEAST_MONTHS, MOST_MONTHS } from '../../server/domain/retention.ts'

const MONTHS_WORDS = `Écrivez un nombre entier de mois, de ${LEAST_MONTHS} à ${MOST_MONTHS}, ou rien.`

const months = z.int(MONTHS_WORDS).min(LEAST_MONTHS, MONTHS_WORDS).max(MOST_MONTHS, MONTHS_WORDS).nullable()

const motive = z
  .string()
  .trim()
  .min(3, 'Dites pourquoi l’effacement est suspendu, en trois caractères au moins.')
  .max(500, 'Raccourcissez le motif à 500 caractères.')

export const monthsContract = z.object({
  mois: z
    .string()
    .trim()
    .transform(text => (text === '' ? null : Number(text)))
    .pipe(months),
})

export const holdContract = z.object({ motif: motive })

export const retentionBody = z.object({
  months: months
    .optional()
    .describe('Mois gardés après la clôture ; null : ce que dit l’appel ou, à défaut, grappe-kit'),
  holdMotive: motive
    .nullable()
    .optional()
    .describe('Pourquoi l’effacement est suspendu ; null lève la suspension'),
})
