/** Bodies of the acts on a grappe and its members, the same for forms and for the API. Messages are shown as they are. */
import { z } from 'zod'
import { DOMAINES, PROJETS } from '../../server/domain/call.ts'
import { normaliseFiness } from '../../server/domain/finess.ts'

const MAX_NAME = 160

function requiredText(missing: string) {
  return z
    .string({ error: missing })
    .transform(text => text.normalize('NFC').replace(/\s+/g, ' ').trim())
    .pipe(
      z.string().min(1, missing).max(MAX_NAME, `Raccourcissez ce texte : ${MAX_NAME} caractères au plus.`),
    )
}

/** Forms send empty fields; the API may leave them out or send null. */
function blankIsNull<Inner extends z.ZodType>(inner: Inner) {
  return z.preprocess(
    value => (value === undefined || (typeof value === 'string' && value.trim() === '') ? null : value),
    inner.nullable(),
  )
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
  ...contactFields,
})
export type EsmsBody = z.infer<typeof esmsContract>

export const solutionContract = z.object({
  editeur: requiredText('Indiquez l’éditeur de la solution.'),
  produit: requiredText('Indiquez le nom du produit.'),
})
export type SolutionBody = z.infer<typeof solutionContract>

export const withdrawalContract = z.object({
  motive: requiredText('Indiquez le motif du retrait : il reste dans l’historique.'),
})

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

/** One French sentence per field, the first that applies. */
export function fieldMessages(error: z.ZodError): Record<string, string> {
  const messages: Record<string, string> = {}
  for (const issue of error.issues) {
    const field = issue.path.join('.') || 'formulaire'
    messages[field] ??= issue.message
  }
  return messages
}
