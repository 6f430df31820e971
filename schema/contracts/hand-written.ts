/** What the contracts of hand-written files share: messages are French and say what to write instead. */
import * as z from 'zod'

/**
 * Messages of a type's own: a field that is not there is asked for, one of another kind is to be rewritten.
 */
export const ask = (mend: string) => ({
  error: (issue: { input?: unknown }) => (issue.input === undefined ? `ajoutez ce champ : ${mend}` : mend),
})

/** Messages that zod would give in English. */
export const inFrench = {
  error: (issue: z.core.$ZodRawIssue) => {
    if (issue.code === 'unrecognized_keys') {
      return `retirez ${issue.keys.join(', ')} : ce champ n’existe pas ici`
    }
    return issue.input === undefined
      ? 'ajoutez ce champ, il manque'
      : 'corrigez cette valeur, sa forme ne convient pas'
  },
}

export const text = (most: number) =>
  z
    .string(ask('écrivez un texte'))
    .trim()
    .min(1, 'écrivez un texte, il est vide')
    .max(most, `raccourcissez ce texte à ${most} caractères`)

export const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, ask(`choisissez parmi : ${values.join(', ')}`))

export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.array(item, ask('écrivez une liste')).min(1, 'mettez au moins une valeur')

export const count = z
  .int(ask('écrivez un nombre entier'))
  .min(1, 'écrivez un nombre entier à partir de 1')
  .max(100_000, 'ce nombre est trop grand')

export const code = z
  .string(ask('écrivez un code'))
  .regex(
    /^[a-z0-9]+(-[a-z0-9]+)*$/,
    'écrivez le code en minuscules sans accents, chiffres et tirets, comme « etat-des-lieux »',
  )
  .max(60, 'raccourcissez ce code à 60 caractères')

/** One thing to mend in a file. */
export interface FileProblem {
  /** Where, as in `['pieces', 0, 'formats']`; empty for the whole. */
  path: readonly (string | number)[]
  /** What to write instead, in French, without a capital nor a final stop. */
  mend: string
}

/** Parses by the schema, problems in French. */
export function readBy<T>(
  schema: z.ZodType<T>,
  value: unknown,
): { ok: true; data: T } | { ok: false; problems: readonly FileProblem[] } {
  const parsed = schema.safeParse(value, inFrench)
  if (parsed.success) return { ok: true, data: parsed.data }
  const problems = parsed.error.issues.map(({ path, message }) => ({
    path: path.filter(step => typeof step !== 'symbol'),
    mend: message,
  }))
  return { ok: false, problems }
}
