/**
 * What a porteur notes of the deposit and of what follows it, as a form and the API send it, and as a grappe
 * keeps it. Messages are shown as they are.
 */
import { z } from 'zod'
import { isDay } from '../../server/domain/deadline.ts'
import { MOST_OWN, NO_SUBMISSION, OUTCOMES, type Submission } from '../../server/domain/submission.ts'

const MOST_REFERENCE = 200
/** A hundred million euros. */
const MOST_CENTS = 10_000_000_000

const DAY = 'Écrivez un jour qui existe, comme 2027-03-31.'
const day = z.string({ error: DAY }).refine(isDay, DAY).describe('AAAA-MM-JJ')

const TOO_LONG = `Raccourcissez ce texte : ${MOST_REFERENCE} caractères au plus.`
const line = (missing: string) =>
  z.string({ error: missing }).trim().min(1, missing).max(MOST_REFERENCE, TOO_LONG)
const reference = z
  .string()
  .trim()
  .max(MOST_REFERENCE, TOO_LONG)
  .transform(text => text || null)
  .nullable()
  .describe('Un numéro de dossier, de notification, de virement… ; null sans référence')

const AMOUNT = 'Écrivez un montant en euros, comme 1 234,56.'
const cents = z
  .int(AMOUNT)
  .min(0, 'Écrivez un montant à partir de zéro.')
  .max(MOST_CENTS, 'Ce montant est trop grand.')
  .nullable()
  .describe('En centimes ; null : pas connu')

const award = z.strictObject({
  outcome: z.enum(OUTCOMES, 'Choisissez ce qui vous a été dit.'),
  on: day,
  reference,
  cents,
})
const note = {
  title: line('Dites de quoi il s’agit.'),
  dueOn: day.nullable().describe('Le jour attendu ; sans effet là où l’appel le donne'),
  doneOn: day.nullable().describe('Le jour où ce fut fait ; null : attendu'),
  reference,
  cents,
}

const ownPiece = {
  name: line('Nommez cette pièce.').max(120, 'Raccourcissez ce nom : 120 caractères au plus.'),
  explanation: z
    .string()
    .trim()
    .max(600, 'Raccourcissez ce texte : 600 caractères au plus.')
    .describe('Ce que c’est'),
  dueOn: day.nullable().describe('Le jour attendu'),
}

const seen = z.int().min(0).max(1_000_000_000).describe('La révision lue : 0 quand rien n’est encore noté')

export const submissionContract = z.object({
  seen,
  act: z.discriminatedUnion(
    'kind',
    [
      z.strictObject({
        kind: z.literal('etape'),
        step: z.string().max(1000).describe('L’étape, mot pour mot'),
        done: z.strictObject({ on: day, reference }).nullable().describe('null décoche'),
      }),
      z.strictObject({ kind: z.literal('resultat'), award: award.nullable().describe('null : pas connu') }),
      z.strictObject({
        kind: z.literal('date'),
        id: z.string().max(100).nullable().describe('null ajoute une date'),
        date: z.strictObject(note).nullable().describe('null retire la date, ou ce qui en était noté'),
      }),
      z.strictObject({
        kind: z.literal('piece'),
        code: z.string().max(100).nullable().describe('null ajoute une pièce à recevoir'),
        piece: z.strictObject(ownPiece).nullable().describe('null la retire, tant que rien n’y est déposé'),
      }),
    ],
    'Choisissez ce que vous notez.',
  ),
})

const stored = z.object({
  revision: z.int().min(0),
  done: z.array(
    z.object({
      step: z.string(),
      on: day,
      reference: z.string().nullable(),
      by: z.string(),
      at: z.iso.datetime(),
    }),
  ),
  award: award.nullable(),
  // What the call's own dates were noted for counts beside them.
  pieces: z.array(z.object({ ...ownPiece, code: z.string() })).default([]),
  dates: z.array(z.object({ ...note, id: z.string() })).max(10 * MOST_OWN),
})

/** What a grappe keeps. */
export interface StoredSubmission extends Submission {
  revision: number
}

/** @param value the column, as stored. @throws when it is not what was written. */
export function storedSubmission(value: unknown): StoredSubmission {
  return value === null ? { revision: 0, ...NO_SUBMISSION } : stored.parse(value)
}
