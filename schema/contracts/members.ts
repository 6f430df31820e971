/**
 * Bodies of the acts on a grappe and its members, the same for forms and for the API. Messages are shown as
 * they are.
 */
import { z } from 'zod'
import { DOMAINES, PROJETS } from '../../server/domain/call.ts'
import { readEmail } from '../../server/domain/email.ts'
import { normaliseFiness } from '../../server/domain/finess.ts'
import { COPIED_PARTS, PROPOSED_PARTS, type SegurStatus } from '../../server/domain/grappe.ts'
import { CORRECTION_MODES } from '../../server/domain/member-facts.ts'
import { readCategorie } from '../../server/domain/nomenclature.ts'
import { ROLES } from '../../server/domain/role.ts'
import { readSiren } from '../../server/domain/siren.ts'
import { plainText } from '../../server/domain/solution-identity.ts'
import { seenContract } from './deadlines.ts'

const MAX_NAME = 160

export function requiredText(missing: string) {
  return z
    .string({ error: missing })
    .transform(text => text.normalize('NFC').replace(/\s+/g, ' ').trim())
    .pipe(
      z.string().min(1, missing).max(MAX_NAME, `Raccourcissez ce texte : ${MAX_NAME} caractères au plus.`),
    )
}

/** Forms send empty fields; the API may leave them out or send null. */
export function blankIsNull<Inner extends z.ZodType>(inner: Inner) {
  return z
    .preprocess(value => (typeof value === 'string' && value.trim() === '' ? null : value), inner.nullable())
    .default(() => null as never)
}

export const emailContract = z.string({ error: 'Indiquez une adresse e-mail.' }).transform((text, issue) => {
  const read = readEmail(text)
  if (read.ok) return read.email
  issue.addIssue({ code: 'custom', message: read.reason })
  return z.NEVER
})

const finessContract = z.string().transform((text, issue) => {
  const checked = normaliseFiness(text)
  if (checked.ok) return checked.finess
  issue.addIssue({ code: 'custom', message: checked.reason })
  return z.NEVER
})

/** Left out, a field stays as it is: programs written before it know nothing of it. */
const blankIsNullOrKept = <Inner extends z.ZodType>(inner: Inner) =>
  z
    .preprocess(value => (typeof value === 'string' && value.trim() === '' ? null : value), inner.nullable())
    .optional()

const contactFields = {
  contactName: blankIsNull(requiredText('Indiquez le nom du contact.')),
  contactEmail: blankIsNull(emailContract),
  contactPhone: blankIsNullOrKept(requiredText('Indiquez le numéro de téléphone.')),
}

export const grappeContract = z.object({
  name: requiredText('Donnez un nom à la grappe.'),
  /** Code of a call offered by this server. */
  call: requiredText('Choisissez un appel à projets.'),
  /** Code of an example whose fictional members start the grappe. */
  example: blankIsNull(requiredText('Choisissez un exemple.')),
  /** For a closed call: the last day that the ARS gives now, and where it was read. */
  cloture: blankIsNull(z.iso.date('Indiquez un jour, par exemple 15/09/2027.')),
  dapres: blankIsNull(requiredText('Dites d’où vient cette date.')),
  /** For a closed call: its own days stay, and nobody is reminded. */
  archive: z
    .preprocess(value => value === true || value === 'oui' || value === 'on', z.boolean())
    .default(false),
})
export type GrappeBody = z.infer<typeof grappeContract>

/** A grappe that starts from another of the same porteur. */
export const copyGrappeContract = grappeContract.omit({ example: true }).extend({
  parts: z
    .array(z.enum(COPIED_PARTS))
    .default([...PROPOSED_PARTS])
    .describe('Ce qui est repris ; tout quand rien n’est dit, sauf les réponses'),
})
export type CopyGrappeBody = z.infer<typeof copyGrappeContract>

export const grappeNameContract = z.object({
  name: grappeContract.shape.name,
  seen: z
    .string()
    .nullable()
    .default(null)
    .describe('Le nom lu : s’il a changé depuis, le changement est refusé'),
})

export const archivedGrappeContract = z.object({ archived: z.boolean() })

const sirenContract = z.string().transform((text, issue) => {
  const digits = readSiren(text)
  if (digits !== null) return digits
  issue.addIssue({
    code: 'custom',
    message:
      'Ce n’est ni un SIREN (9 chiffres) ni un SIRET (14 chiffres), ou un chiffre est faux. ' +
      'Recopiez-le depuis l’avis de situation de l’INSEE.',
  })
  return z.NEVER
})

export const ogContract = z.object({
  name: requiredText('Indiquez le nom de l’organisme gestionnaire.'),
  finessEj: blankIsNull(finessContract),
  representative: blankIsNullOrKept(requiredText('Indiquez le prénom et le nom du représentant légal.')),
  representativeRole: blankIsNullOrKept(requiredText('Indiquez la fonction du représentant légal.')),
  seatAddress: blankIsNullOrKept(requiredText('Indiquez l’adresse du siège.')),
  siren: blankIsNullOrKept(sirenContract),
  ...contactFields,
  /** Whether this OG carries the application; the first OG does by default. */
  porteur: z
    .preprocess(value => value === true || value === 'oui' || value === 'on', z.boolean())
    .default(false),
})
export type OgBody = z.infer<typeof ogContract>

/** A code, or the name of one category. */
const categorieContract = z.string().transform((text, issue) => {
  const code = readCategorie(text)
  if (code !== null) return code
  issue.addIssue({
    code: 'custom',
    message:
      'Aucune catégorie, ou plusieurs, pour ce texte. Écrivez son code à trois chiffres ou son nom. ' +
      'Exemple : 500 pour un EHPAD.',
  })
  return z.NEVER
})

export const esmsContract = z.object({
  name: requiredText('Indiquez le nom de l’établissement ou du service.'),
  /** May be left out and completed later: the verdict then says that it is missing. */
  finess: blankIsNull(finessContract),
  ogId: z.uuid('Choisissez l’organisme gestionnaire.'),
  domaine: blankIsNull(z.enum(DOMAINES, 'Choisissez un domaine de la liste.')),
  projet: blankIsNull(z.enum(PROJETS, 'Choisissez « acquisition » ou « mise en conformité ».')),
  solutionId: blankIsNull(z.uuid('Choisissez une solution de la liste.')),
  /** FINESS category code; the registry's own, when it knows the number, is the one judged. */
  categorie: blankIsNull(categorieContract),
  commune: blankIsNullOrKept(requiredText('Indiquez la commune.')),
  /** Authorised places. */
  capacite: blankIsNullOrKept(
    z.coerce
      .number('Indiquez un nombre de places, en chiffres.')
      .int('Indiquez un nombre entier de places.')
      .min(0, 'Indiquez un nombre de places positif.')
      .max(100_000, 'Vérifiez ce nombre de places : il est trop grand.'),
  ),
  /** The member's own version of its solution. */
  solutionVersion: blankIsNullOrKept(requiredText('Indiquez la version.')),
  ...contactFields,
})
export type EsmsBody = z.infer<typeof esmsContract>

/** The same facts for many members: those left out stay as they are, null empties. */
export const membersEditContract = z.object({
  esms: z
    .array(z.uuid())
    .min(1, 'Choisissez au moins un ESMS.')
    .max(2_000, 'Changez ces ESMS en plusieurs fois : 2 000 au plus.'),
  values: z
    .object({
      domaine: z.exactOptional(z.enum(DOMAINES, 'Choisissez un domaine de la liste.').nullable()),
      categorie: z.exactOptional(categorieContract.nullable()),
      projet: z.exactOptional(
        z.enum(PROJETS, 'Choisissez « acquisition » ou « mise en conformité ».').nullable(),
      ),
      solutionId: z.exactOptional(z.uuid('Choisissez une solution de la liste.').nullable()),
      solutionVersion: z.exactOptional(requiredText('Indiquez la version.').nullable()),
    })
    .refine(values => Object.keys(values).length > 0, {
      path: ['domaine'],
      message: 'Choisissez ce qui change : domaine, catégorie, volet ou solution.',
    }),
  seen: z.string().max(100).nullable().default(null).describe('Celui de l’aperçu, pour confirmer'),
})
export type MembersEdit = z.infer<typeof membersEditContract>['values']

/** What a member's own link may correct of it; its contacts have their own page. */
export const memberFactsContract = esmsContract
  .omit({
    ogId: true,
    contactName: true,
    contactEmail: true,
    contactPhone: true,
  })
  .extend({
    /** Both of a solution that is not in the list; it takes the place of `solutionId`. */
    nouveauProduit: blankIsNull(requiredText('Indiquez le nom du produit.')),
    nouvelEditeur: blankIsNull(requiredText('Indiquez l’éditeur de la solution.')),
  })
  .superRefine(({ nouveauProduit, nouvelEditeur }, issue) => {
    if (nouveauProduit !== null && nouvelEditeur === null) {
      issue.addIssue({
        code: 'custom',
        path: ['nouvelEditeur'],
        message: 'Indiquez l’éditeur de cette solution.',
      })
    }
    if (nouveauProduit === null && nouvelEditeur !== null) {
      issue.addIssue({
        code: 'custom',
        path: ['nouveauProduit'],
        message: 'Indiquez le produit de cet éditeur.',
      })
    }
  })
export type MemberCorrectionBody = z.infer<typeof memberFactsContract>

/** What whoever answers for an OG may correct of it; its contacts have their own page. */
export const ogFactsContract = ogContract.pick({
  name: true,
  finessEj: true,
  representative: true,
  representativeRole: true,
  seatAddress: true,
  siren: true,
})
export type OgFactsBody = z.infer<typeof ogFactsContract>

export const solutionContract = z.object({
  editeur: requiredText('Indiquez l’éditeur de la solution.'),
  produit: requiredText('Indiquez le nom du produit.'),
})
export type SolutionBody = z.infer<typeof solutionContract>

const SEGUR_WORDS: Readonly<Record<string, SegurStatus>> = {
  referencee: 'referencee',
  oui: 'referencee',
  inscrite: 'inscrite',
  'inscrite au guichet': 'inscrite',
  'non referencee': 'non-referencee',
  non: 'non-referencee',
}

const segurStatusContract = z.string().transform((text, issue) => {
  const status = SEGUR_WORDS[plainText(text)]
  if (status !== undefined) return status
  issue.addIssue({
    code: 'custom',
    message:
      'Choisissez « référencée », « inscrite » ou « non référencée », ou laissez vide si vous ne savez pas.',
  })
  return z.NEVER
})

const couloirsContract = z.string().transform((text, issue) => {
  const codes = text
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .filter(code => code !== '')
  if (codes.every(code => /^[A-Z]{1,6}\d{0,2}$/.test(code))) return [...new Set(codes)]
  issue.addIssue({
    code: 'custom',
    message: 'Indiquez les couloirs par leur code, par exemple « MS1, MS2 ».',
  })
  return z.NEVER
})

/** `2026-11-22`, as date fields send it, or « 22/11/2026 », as spreadsheets show it. */
export const dayContract = z
  .string()
  .transform(text =>
    text
      .trim()
      .replace(/^(\d{1,2})\/(\d{1,2})\/(\d{4})$/, (_, day, month, year) =>
        [year, month.padStart(2, '0'), day.padStart(2, '0')].join('-'),
      ),
  )
  .pipe(z.iso.date('Indiquez une date, par exemple 22/11/2026.'))

/** A solution's record, from the form, from a CSV line or from the API. */
export const solutionRecordContract = solutionContract
  .extend({
    statut: blankIsNull(segurStatusContract),
    couloirs: blankIsNull(couloirsContract),
    source: blankIsNull(requiredText('Indiquez votre source.')),
    date: blankIsNull(dayContract),
  })
  .transform(({ editeur, produit, statut, couloirs, source, date }, issue) => {
    const solution = { editeur, produit }
    const ask = (field: string, message: string) => issue.addIssue({ code: 'custom', path: [field], message })
    if (statut === null) {
      if (couloirs !== null || source !== null || date !== null) {
        ask(
          'statut',
          'Choisissez le statut que cette source donne, ou videz les couloirs, la source et la date.',
        )
      }
      return { ...solution, segur: null }
    }
    if (source === null) ask('source', 'Indiquez où vous avez lu ce statut : page, courriel, attestation.')
    if (date === null) ask('date', 'Indiquez le jour où vous l’avez lu.')
    if (source === null || date === null) return z.NEVER
    return { ...solution, segur: { status: statut, couloirs, source, readOn: date } }
  })
export type SolutionRecordBody = z.infer<typeof solutionRecordContract>

export const withdrawalContract = z.object({
  motive: requiredText('Indiquez le motif du retrait : il reste dans l’historique.'),
})

const basis = z
  .string()
  .trim()
  .max(300, 'Raccourcissez ce texte : 300 caractères au plus.')
  .optional()
  .transform(text => (text === undefined || text === '' ? null : text))

/** Answers as heard from the members, and how; null forgets one, those not given stay. */
export const declarationsContract = z
  .array(z.object({ esmsId: z.uuid(), code: z.string().min(1), answer: z.boolean().nullable(), basis }))
  .min(1, 'Donnez au moins une réponse.')
  .max(10_000, 'Envoyez ces réponses en plusieurs fois : 10 000 au plus.')

/** A member's own answers, by the codes of the call's declarations. */
export const ownAnswersContract = z.record(z.string(), z.boolean())

export const proposalDecisionContract = z.object({
  decision: z.enum(['acceptee', 'refusee'], 'Choisissez « accepter » ou « décliner ».'),
  motive: blankIsNull(z.string().trim().max(2_000, 'Raccourcissez le motif : 2 000 caractères au plus.')),
})
export type ProposalDecisionBody = z.infer<typeof proposalDecisionContract>

export const correctionModeContract = z.object({
  mode: z.enum(CORRECTION_MODES, 'Choisissez ce que devient une correction.'),
})

export const reviewerLinkContract = z.object({
  label: requiredText('Indiquez à qui ce lien est remis.'),
  email: blankIsNull(emailContract),
})

export const signInContract = z.object({ email: emailContract })

export const roleContract = z.object({ role: z.enum(ROLES, { error: 'Choisissez un rôle.' }) })

export const colleagueContract = roleContract.extend({ email: emailContract })

/** Longest life of an API token, and what it is given when nothing else is asked. */
export const TOKEN_DAYS = { most: 90, usual: 7 } as const

export const tokenContract = z.object({
  label: requiredText('Donnez un nom à cet accès, par exemple celui du logiciel.'),
  scope: z.enum(ROLES, 'Choisissez ce que cet accès permet.').default('lire'),
  days: z.coerce
    .number('Indiquez un nombre de jours.')
    .int('Indiquez un nombre entier de jours.')
    .min(1, 'Un jour au moins.')
    .max(TOKEN_DAYS.most, `${TOKEN_DAYS.most} jours au plus.`)
    .default(TOKEN_DAYS.usual),
})

export const passkeyContract = z.object({
  name: requiredText('Donnez un nom à cette clé, par exemple celui de l’appareil.'),
})

/** A value that the call does not give, as the kind of the value wants it, and where it was read. */
export const reportedValueContract = z.object({
  value: z.unknown(),
  basis: requiredText('Dites d’où vient cette valeur : le texte, sa page.'),
  seen: seenContract,
})

/** One piece of a grappe's copy of the call; the contract of a call judges what it holds. */
export const adaptationContract = z.object({
  acte: z.enum(['ajouter', 'modifier', 'retirer']),
  code: z.string().max(60).describe('Le code de la pièce'),
  piece: z
    .record(z.string(), z.unknown())
    .default({})
    .describe('Ses champs, comme dans le fichier d’un appel ; pour modifier, ceux qui changent'),
  basis: z.string().trim().max(500).describe('D’après quoi ; l’ARS le lit aussi'),
  seen: z.string().max(100).nullable().default(null).describe('Celui de l’aperçu, pour confirmer'),
})

export const takenVersionContract = z.object({
  version: z.string().max(200).describe('Celle qui a été lue, à renvoyer telle quelle'),
  taken: z.array(z.string().max(200)).max(600).describe('Les clés des changements à prendre'),
})

export const programSignInContract = z.object({
  /** The token of a sign-in link: the last segment of its address. */
  token: z.string().min(20),
  ...tokenContract.shape,
})

export const decisionContract = z.object({
  /** The version looked at: a newer one is never decided by mistake. */
  versionId: z.uuid(),
  decision: z.enum(['acceptee', 'refusee'], 'Choisissez « accepter » ou « refuser ».'),
  motive: blankIsNull(z.string().trim().max(2_000, 'Raccourcissez le motif : 2 000 caractères au plus.')),
})
export type DecisionBody = z.infer<typeof decisionContract>

/** What is taken out of the current version: one of its documents, or all of it. */
export const takeOutContract = z.object({ fileId: z.uuid().nullable().default(null) })

/** Where a deposit is filed instead. */
export const moveContract = z.object({ pieceId: z.uuid() })

/** Files to file, each with the piece that it goes to. */
export const filingContract = z.object({
  fichiers: z
    .array(z.object({ id: z.string().max(100), pieceId: z.uuid() }))
    .min(1, 'Choisissez au moins un fichier.')
    .max(1_000, 'Classez ces fichiers en plusieurs fois : 1 000 au plus.'),
})

const acceptanceMessages = {
  none: 'Choisissez au moins une pièce.',
  tooMany: 'Acceptez ces pièces en plusieurs fois : 5 000 au plus.',
}

/** Pieces to accept at once, each with the version looked at. */
export const acceptanceContract = z.object({
  pieces: z
    .array(z.object({ pieceId: z.uuid(), versionId: z.uuid() }))
    .min(1, acceptanceMessages.none)
    .max(5_000, acceptanceMessages.tooMany),
})
export type AcceptanceBody = z.infer<typeof acceptanceContract>

/** The same as boxes of the board name them: owner (the grappe for its own pieces), code, number. */
export const chosenContract = z.object({
  pieces: z
    .array(
      z.object({
        ownerId: z.uuid(),
        code: z.string().max(60),
        number: z.coerce.number().int().min(1).max(1_000_000),
      }),
    )
    .min(1, acceptanceMessages.none)
    .max(5_000, acceptanceMessages.tooMany),
})

/** One French sentence per field, the first that applies. */
export function fieldMessages(error: z.ZodError): Record<string, string> {
  const messages: Record<string, string> = {}
  for (const issue of error.issues) {
    const field = issue.path.join('.') || 'formulaire'
    messages[field] ??= issue.message
  }
  return messages
}
