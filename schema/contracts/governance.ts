/**
 * The governance of a grappe as forms and the API send it, and as a grappe keeps it. Messages are shown as
 * they are.
 */
import { z } from 'zod'
import { isDay } from '../../server/domain/deadline.ts'
import {
  FACTOR_CODES,
  FORM_CODES,
  type Governance,
  IDENTITY_FIELDS,
  KNOWN_RISKS,
  LEVELS,
  MANNERS,
  MEETING_STATES,
  MOST_IDENTITY,
  MOST_LINES,
  NO_GOVERNANCE,
  RISK_STATES,
  ROLE_KINDS,
} from '../../server/domain/governance/governance.ts'

const SHORT = 120
const LINE = 200
const LONG = 1_000

const text = (missing: string, most: number) =>
  z
    .string({ error: missing })
    .overwrite(typed => typed.normalize('NFC').replace(/\r\n?/g, '\n').trim())
    .min(1, missing)
    .max(most, `Raccourcissez ce texte : ${most} caractères au plus.`)

const DAY = 'Écrivez un jour qui existe.'
const day = z.string(DAY).refine(isDay, DAY)
const TIME = 'Écrivez une heure de 00:00 à 23:59, comme 14:30.'
const time = z.string(TIME).regex(/^([01]\d|2[0-3]):[0-5]\d$/, TIME)
const id = z.uuid('Cette ligne n’a pas d’identifiant.')

/** No two lines are the same one. */
const lines = <Line extends z.ZodObject<{ id: typeof id }>>(line: Line, what: string) =>
  z
    .array(line)
    .max(MOST_LINES, `Gardez ${MOST_LINES} ${what} au plus : retirez ceux qui ne servent plus.`)
    .refine(
      all => new Set(all.map(each => (each as { id: string }).id)).size === all.length,
      'Deux lignes ont le même identifiant.',
    )

const identityField = text('Écrivez ce champ.', MOST_IDENTITY).nullable()
const identite = z.strictObject(
  Object.fromEntries(IDENTITY_FIELDS.map(field => [field, identityField])) as Record<
    (typeof IDENTITY_FIELDS)[number],
    typeof identityField
  >,
)

const forme = z.strictObject({
  form: z.enum(FORM_CODES, 'Choisissez une forme de la liste.').nullable().describe('null : pas choisie'),
  basis: text('Dites qui l’a choisie, et quand.', LINE).nullable(),
})

const role = z.strictObject({
  id,
  kind: z.enum(ROLE_KINDS, 'Choisissez un rôle de la liste.'),
  name: text('Écrivez le nom de la personne.', SHORT),
  position: text('Écrivez sa fonction.', LINE).nullable(),
  contact: text('Écrivez comment la joindre.', LINE).nullable(),
  ogId: z.uuid('Choisissez un organisme de la liste.').nullable(),
})

const meeting = z.strictObject({
  id,
  day,
  time: time.nullable().describe('À l’heure de l’appel ; null : pas encore connue'),
  place: text('Écrivez le lieu.', LINE).nullable(),
  object: text('Écrivez l’objet de la réunion.', LINE),
  guests: text('Écrivez qui est invité.', LINE).nullable().describe('En plus des membres'),
  state: z.enum(MEETING_STATES, 'Choisissez un état de la liste.'),
  decided: text('Écrivez ce qui a été décidé.', LONG).nullable(),
  sequence: z.int().min(0).max(1_000_000_000).default(0).describe('Donné par le serveur'),
})

const risk = z.strictObject({
  id,
  known: z.enum(KNOWN_RISKS).nullable().describe('Le risque connu d’où il vient ; null : propre à la grappe'),
  title: text('Nommez ce risque.', LINE),
  owner: text('Écrivez qui le suit.', SHORT).nullable(),
  answer: text('Écrivez la réponse.', LONG).nullable(),
  state: z.enum(RISK_STATES, 'Choisissez un état de la liste.'),
})

const facteurs = z.partialRecord(
  z.enum(FACTOR_CODES),
  z.strictObject({
    level: z.enum(LEVELS, 'Choisissez un niveau de la liste.').nullable(),
    next: text('Écrivez le prochain pas.', LINE).nullable(),
  }),
)

const VOICES = 'Écrivez un nombre de voix, en chiffres.'
const voices = z.int(VOICES).min(0, VOICES).max(10_000, VOICES)
const decision = z
  .strictObject({
    id,
    day,
    what: text('Écrivez ce qui a été décidé.', LONG),
    by: text('Écrivez qui a décidé.', LINE),
    manner: z.enum(MANNERS, 'Choisissez dans la liste.').nullable(),
    votes: z.strictObject({ pour: voices, contre: voices, abstention: voices }).nullable(),
  })
  .superRefine(({ manner, votes }, context) => {
    if (votes === null) return
    const { pour, contre } = votes
    const refused =
      manner === 'unanimite' && contre > 0
        ? 'Une décision prise à l’unanimité n’a pas de voix contre.'
        : manner === 'majorite' && pour <= contre
          ? 'À la majorité, il y a plus de voix pour que de voix contre.'
          : null
    if (refused !== null) context.addIssue({ code: 'custom', path: ['votes', 'contre'], message: refused })
  })

const VALUES = {
  identite,
  forme,
  roles: lines(role, 'rôles'),
  copil: lines(meeting, 'réunions'),
  risques: lines(risk, 'risques'),
  facteurs,
  decisions: lines(decision, 'décisions'),
}

const revision = z.int().min(0).max(1_000_000_000)
const seen = revision.describe('La révision lue de cette partie : 0 quand rien n’y est écrit')

const changeOf = <Part extends keyof typeof VALUES>(part: Part) =>
  z.strictObject({ seen, part: z.literal(part), value: VALUES[part] })

export const governanceContract = z.discriminatedUnion(
  'part',
  [
    changeOf('identite'),
    changeOf('forme'),
    changeOf('roles'),
    changeOf('copil'),
    changeOf('risques'),
    changeOf('facteurs'),
    changeOf('decisions'),
  ],
  'Dites quelle partie est écrite.',
)

export const meetingsProposalContract = z.object({
  seen,
  first: day.describe(
    'Le premier jour ; les suivants sont le même jour de chaque mois, ou le jour ouvré d’après',
  ),
  time: time.nullable().default(null),
  place: text('Écrivez le lieu.', LINE).nullable().default(null),
})

export const knownRisksContract = z.object({ seen })

const stored = <Part extends keyof typeof VALUES>(part: Part) => z.object({ revision, value: VALUES[part] })
const written = z.object({
  identite: stored('identite'),
  forme: stored('forme'),
  roles: stored('roles'),
  copil: stored('copil'),
  risques: stored('risques'),
  facteurs: stored('facteurs'),
  decisions: stored('decisions'),
})

/** What a grappe answers: every part, whether it was written or not. */
export const governanceAnswer = written

const rubrics = z.partialRecord(z.enum(IDENTITY_FIELDS), z.object({ revision, at: z.iso.datetime() }))
const kept = written.extend({ identite: stored('identite').extend({ rubrics: rubrics.optional() }) })

/** @param value the column, as stored. @throws when it is not what was written. */
export function storedGovernance(value: unknown): Governance {
  const found = kept.partial().parse(value ?? {})
  return {
    identite: found.identite ?? { revision: 0, value: NO_GOVERNANCE.identite },
    forme: found.forme ?? { revision: 0, value: NO_GOVERNANCE.forme },
    roles: found.roles ?? { revision: 0, value: [] },
    copil: found.copil ?? { revision: 0, value: [] },
    risques: found.risques ?? { revision: 0, value: [] },
    facteurs: found.facteurs ?? { revision: 0, value: {} },
    decisions: found.decisions ?? { revision: 0, value: [] },
  } as Governance
}
