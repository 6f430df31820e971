/** Forms about last days and reminders. Messages are shown as they are. */
import { z } from 'zod'
import { RELANCE_DAYS } from '../../server/domain/relance.ts'

const day = z.iso.date('Indiquez un jour, par exemple 15/09/2026.')
const blankDay = z.union([z.literal('').transform(() => null), day])

const motive = z
  .string({ error: 'Indiquez le motif : les personnes concernées le liront.' })
  .trim()
  .min(1, 'Indiquez le motif : les personnes concernées le liront.')
  .max(2_000, 'Raccourcissez le motif : 2 000 caractères au plus.')

/** Of a change of the call that tells first what it does. */
export const seenContract = z
  .string()
  .max(100)
  .nullable()
  .optional()
  .describe(
    'null : dire seulement ce que cela ferait ; celui de l’aperçu : confirmer ; absent : faire aussitôt',
  )

const piece = z.string().max(200)

/** `og:…` or `esms:…`. */
const owner = z
  .string()
  .regex(/^(og|esms):[0-9a-f-]{36}$/, 'Choisissez un membre de la liste.')
  .transform(text => {
    const [kind, id = ''] = text.split(':')
    return { kind: kind === 'og' ? ('og' as const) : ('esms' as const), id }
  })

/** Empty: every member, every piece. */
export const extensionContract = z.object({
  membre: z.union([z.literal('').transform(() => null), owner]),
  piece: piece.transform(code => (code === '' ? null : code)),
  jour: day,
  motif: motive,
})
export type ExtensionBody = z.infer<typeof extensionContract>

export const reopeningContract = z.object({
  membre: owner,
  piece: piece.min(1, 'Choisissez la pièce à rouvrir.'),
  jour: day,
  motif: motive,
})
export type ReopeningBody = z.infer<typeof reopeningContract>

/**
 * An empty piece is the closing of the call; an empty day for a piece is that closing. `dapres` says where a
 * day was read. `seen` is that of what was told before.
 */
export const movedDeadlineContract = z.object({
  piece: piece.transform(code => (code === '' ? null : code)),
  jour: blankDay,
  dapres: z.string().trim().max(500, 'Raccourcissez : 500 caractères au plus.').default(''),
  seen: seenContract,
})
export type MovedDeadlineBody = z.infer<typeof movedDeadlineContract>

/** Ticked boxes `j15`, `j7`, `j2`, `j0`, and the words before the list. */
export const relanceSettingsContract = z
  .object({
    texte: z.string().trim().max(2_000, 'Raccourcissez ce texte : 2 000 caractères au plus.').default(''),
  })
  .catchall(z.string())
  .transform(fields => ({
    days: RELANCE_DAYS.filter(before => fields[`j${before}`] === 'oui'),
    intro: fields.texte === '' ? null : fields.texte,
  }))
