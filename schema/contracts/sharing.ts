/**
 * A clé de répartition as a form and the API send it, and as a grappe keeps it. Messages are shown as they
 * are.
 */
import { z } from 'zod'
import { PROJETS } from '../../server/domain/call.ts'
import {
  COST_KINDS,
  MEASURES,
  type SharingKey,
  TYPED_MEASURES,
  WHOLE,
} from '../../server/domain/sharing/key.ts'

const MOST_COSTS = 40
const MOST_MEMBERS = 2_000
/** A hundred million euros. */
const MOST_CENTS = 10_000_000_000

const AMOUNT = 'Écrivez un montant en euros, comme 1 234,56.'
const cents = z
  .int(AMOUNT)
  .min(0, 'Écrivez un montant à partir de zéro.')
  .max(MOST_CENTS, 'Ce montant est trop grand.')
  .describe('En centimes, TTC')

const POINTS = 'Écrivez un pourcentage de 0 à 100, avec deux décimales au plus.'
const points = z.int(POINTS).min(0, POINTS).max(WHOLE, POINTS).describe('En centièmes de pour cent')

const WHOLE_NUMBER = 'Écrivez un nombre entier à partir de 0.'
const measured = z.int(WHOLE_NUMBER).min(0, WHOLE_NUMBER).max(1_000_000, 'Ce nombre est trop grand.')

const words = (missing: string, most = 200) =>
  z
    .string({ error: missing })
    .trim()
    .min(1, missing)
    .max(most, `Raccourcissez ce texte : ${most} caractères au plus.`)

const cost = z.strictObject({
  label: words('Nommez ce coût.'),
  kind: z.enum(COST_KINDS, 'Choisissez une nature de la liste.'),
  cents,
  projet: z
    .enum(PROJETS, 'Choisissez qui porte ce coût dans la liste.')
    .nullable()
    .describe('Porté par les ESMS de cette nature de projet seulement ; null : par tous'),
})

const hours = measured.nullable()
const rate = z.strictObject({
  cents: cents.describe('Le tarif d’une heure, en centimes TTC'),
  nothingUnder: hours.describe('Rien n’est facturé sous ce nombre d’heures'),
  atMost: hours.describe('Rien n’est facturé au-delà'),
})

const parts = z
  .array(z.strictObject({ measure: z.enum(MEASURES), points }))
  .max(MEASURES.length)
  .refine(
    all => new Set(all.map(({ measure }) => measure)).size === all.length,
    'Donnez chaque part une fois.',
  )
  .superRefine((all, context) => {
    const total = all.reduce((sum, part) => sum + part.points, 0)
    if (total === WHOLE) return
    const found = new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 2 }).format(total / 100)
    context.addIssue({
      code: 'custom',
      message: `Les parts doivent faire 100 % : elles font ${found} %.`,
    })
  })

const rule = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('parts'),
      parts,
      capCents: cents.nullable().describe('Ce que chacun paie au plus'),
      called: rate.nullable().describe('Facturé en cours d’année, régularisé à la fin'),
    }),
    z.strictObject({ kind: z.literal('forfait'), rate }),
  ],
  'Choisissez comment les coûts sont répartis.',
)

export const sharingKeyContract = z.strictObject({
  costs: z.array(cost).max(MOST_COSTS, `Donnez ${MOST_COSTS} coûts au plus : réunissez-en.`),
  between: z.enum(['og', 'esms'], 'Choisissez entre qui les coûts sont répartis.'),
  rule,
  outside: z
    .strictObject({ by: words('Dites qui paie cette part.', 100), points })
    .nullable()
    .describe('La part payée par d’autres que les membres'),
  subsidy: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('appel') }),
      z.strictObject({
        kind: z.literal('porteur'),
        cents,
        basis: words('Dites d’où vient ce montant : un texte, un courrier, son jour.', 500),
      }),
    ])
    .nullable()
    .describe('null : pas connue'),
  measures: z
    .record(z.uuid(), z.partialRecord(z.enum(TYPED_MEASURES), measured))
    .refine(all => Object.keys(all).length <= MOST_MEMBERS, 'Trop de membres ont des mesures.')
    .describe('Par identifiant d’ESMS ; une mesure absente est inconnue'),
  source: words('Dites d’où vient cette clé.', 500).nullable(),
})

const revision = z.int().min(0).max(1_000_000_000)

export const sharingContract = z.object({
  seen: revision.describe('La révision lue : 0 quand il n’y a pas encore de clé'),
  key: sharingKeyContract.nullable().describe('null retire la clé'),
})

const storedContract = z.object({ revision, key: sharingKeyContract.nullable() })

/** What a grappe keeps; the revision outlives a key that was taken out. */
export interface StoredSharing {
  revision: number
  key: SharingKey | null
}

/** @param value the column, as stored. @throws when it is not what was written. */
export function storedSharing(value: unknown): StoredSharing {
  if (value === null) return { revision: 0, key: null }
  return storedContract.parse(value) as StoredSharing
}
