/** Bodies of the acts on a grappe and its members, the same for forms and for the API. Messages are shown as they are. */
import { z } from 'zod'
import { DOMAINES, PROJETS } from '../../server/domain/call.ts'
import { normaliseFiness } from '../../server/domain/finess.ts'
import type { SegurStatus } from '../../server/domain/grappe.ts'
import { plainText } from '../../server/domain/solution-identity.ts'

const MAX_NAME = 160

export function requiredText(missing: string) {
  return z
    .string({ error: missing })
    .transform(text => text.normalize('NFC').replace(/\s+/g, ' ').trim())
    .pipe(
      z.string().min(1, missing).max(MAX_NAME, `Raccourcissez ce texte : ${MAX_NAME} caractères au plus.`),
    )
}

/** Forms send empty fields; the API may leave them out or send null. */
export function blankIsNull<Inner extends z.ZodType>(inner: Inner) {
  return z
    .preprocess(value => (typeof value === 'string' && value.trim() === '' ? null : value), inner.nullable())
    .default(() => null as never)
}

export const emailContract = z
  .string({ error: 'Indiquez une adresse e-mail.' })
  .transform(text => text.trim().toLowerCase())
  .pipe(z.email('Cette adresse e-mail n’est pas complète. Exemple : prenom.nom@association.fr'))

const finessContract = z.string().transform((text, issue) => {
  const checked = normaliseFiness(text)
  if (checked.ok) return checked.finess
  issue.addIssue({ code: 'custom', message: checked.reason })
  return z.NEVER
})

const contactFields = {
  contactName: blankIsNull(requiredText('Indiquez le nom du contact.')),
  contactEmail: blankIsNull(emailContract),
}

export const grappeContract = z.object({
  name: requiredText('Donnez un nom à la grappe.'),
  /** Code of a call offered by this server. */
  call: requiredText('Choisissez un appel à projets.'),
  /** Code of an example whose fictional members start the grappe. */
  example: blankIsNull(requiredText('Choisissez un exemple.')),
})
export type GrappeBody = z.infer<typeof grappeContract>

export const ogContract = z.object({
  name: requiredText('Indiquez le nom de l’organisme gestionnaire.'),
  finessEj: blankIsNull(finessContract),
  ...contactFields,
  /** Whether this OG carries the application; the first OG does by default. */
  porteur: z
    .preprocess(value => value === true || value === 'oui' || value === 'on', z.boolean())
    .default(false),
})
export type OgBody = z.infer<typeof ogContract>

export const esmsContract = z.object({
  name: requiredText('Indiquez le nom de l’établissement ou du service.'),
  /** May be left out and completed later: the verdict then says that it is missing. */
  finess: blankIsNull(finessContract),
  ogId: z.uuid('Choisissez l’organisme gestionnaire.'),
  domaine: blankIsNull(z.enum(DOMAINES, 'Choisissez un domaine de la liste.')),
  projet: blankIsNull(z.enum(PROJETS, 'Choisissez « acquisition » ou « mise en conformité ».')),
  solutionId: blankIsNull(z.uuid('Choisissez une solution de la liste.')),
  /** FINESS category code; the registry's own, when it knows the number, is the one judged. */
  categorie: blankIsNull(
    z
      .string()
      .trim()
      .regex(/^\d{3}$/, 'Indiquez le code de la catégorie, trois chiffres. Exemple : 500 pour un EHPAD.'),
  ),
  ...contactFields,
})
export type EsmsBody = z.infer<typeof esmsContract>

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
  motive: requiredText('Indiquez le motif du retrait : il reste dans l’historique.'),
})

/** Answers as heard from the members; null forgets one, those not given stay. */
export const declarationsContract = z
  .array(z.object({ esmsId: z.uuid(), code: z.string().min(1), answer: z.boolean().nullable() }))
  .min(1, 'Donnez au moins une réponse.')
  .max(10_000, 'Envoyez ces réponses en plusieurs fois : 10 000 au plus.')

export const reviewerLinkContract = z.object({
  label: requiredText('Indiquez à qui ce lien est remis.'),
  email: blankIsNull(emailContract),
})

export const signInContract = z.object({ email: emailContract })

export const tokenContract = z.object({
  label: requiredText('Donnez un nom à cet accès, par exemple celui du logiciel.'),
})

export const programSignInContract = z.object({
  /** The token of a sign-in link: the last segment of its address. */
  token: z.string().min(20),
  label: requiredText('Donnez un nom à cet accès, par exemple celui du logiciel.'),
})

export const decisionContract = z.object({
  /** The version looked at: a newer one is never decided by mistake. */
  versionId: z.uuid(),
  decision: z.enum(['acceptee', 'refusee'], 'Choisissez « accepter » ou « refuser ».'),
  motive: blankIsNull(z.string().trim().max(2_000, 'Raccourcissez le motif : 2 000 caractères au plus.')),
})
export type DecisionBody = z.infer<typeof decisionContract>

/** Pieces to accept at once, each with the version looked at. */
export const acceptanceContract = z.object({
  pieces: z
    .array(z.object({ pieceId: z.uuid(), versionId: z.uuid() }))
    .min(1, 'Choisissez au moins une pièce.')
    .max(5_000, 'Acceptez ces pièces en plusieurs fois : 5 000 au plus.'),
})
export type AcceptanceBody = z.infer<typeof acceptanceContract>

/** One French sentence per field, the first that applies. */
export function fieldMessages(error: z.ZodError): Record<string, string> {
  const messages: Record<string, string> = {}
  for (const issue of error.issues) {
    const field = issue.path.join('.') || 'formulaire'
    messages[field] ??= issue.message
  }
  return messages
}
