/** API of the deposit and of what follows it: what to type, what to attach, what was done. */
import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { submissionContract } from '../../../schema/contracts/submission.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import { currentVersion } from '../../domain/piece.ts'
import { hasChanges } from '../../domain/seal.ts'
import { checklistOf, depositDone, OUTCOMES } from '../../domain/submission.ts'
import { followSubmission } from '../../steps/dossier/follow-submission.ts'
import { readSubmission, type SealedToAttach } from '../../steps/dossier/read-submission.ts'
import type { Context } from '../../steps/ports.ts'
import { forGrappe, grappeParams } from './bearer.ts'
import { refusals, sendRefusal } from './problems.ts'

export function submissionApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.submission, getSubmission(context))
    app.post(API_PATHS.submission, postSubmission(context))
  }
}

const day = z.string().nullable()
const reference = z.string().nullable()
const cents = z.int().nullable().describe('En centimes')
const done = z.object({
  step: z.string(),
  on: z.string(),
  reference,
  by: z.string(),
  at: z.string(),
})
const sealed = z
  .object({
    number: z.int(),
    differs: z.boolean().describe('La grappe n’est plus ce que cette version a figé'),
    missing: z.array(z.object({ owner: z.string(), piece: z.string() })),
    files: z.array(
      z.object({ scope: z.string(), owner: z.string(), path: z.string(), fileId: z.string(), size: z.int() }),
    ),
  })
  .nullable()
  .describe('La dernière version scellée, ses fichiers dans l’ordre ; null avant la première')

const answer = z.object({
  revision: z.int(),
  place: z
    .object({ name: z.string(), url: z.string().nullable() })
    .nullable()
    .describe('null : l’appel ne dit pas où déposer'),
  facts: z
    .array(z.object({ label: z.string(), value: z.string().nullable(), origin: z.string().nullable() }))
    .describe('Ce que la grappe sait ; les champs du lieu de dépôt ne sont pas connus'),
  sealed,
  steps: z.array(z.object({ step: z.string(), done: done.nullable() })),
  former: z.array(done).describe('Cochées, et plus dans la liste de l’appel'),
  doneOn: day.describe('Le jour de la dernière étape, quand toutes sont faites'),
  award: z.object({ outcome: z.enum(OUTCOMES), on: z.string(), reference, cents }).nullable(),
  toReceive: z
    .array(
      z.object({
        pieceId: z.string(),
        code: z.string(),
        name: z.string(),
        explanation: z.string(),
        dueOn: day,
        version: z.int().nullable().describe('Le numéro de la version reçue ; null : rien encore'),
      }),
    )
    .describe('La preuve du dépôt, puis les pièces d’après ; elles ne sont pas du dossier'),
  followUps: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      dueOn: day,
      doneOn: day,
      reference,
      cents,
      late: z.boolean(),
      former: z.boolean().describe('L’appel ne donne plus cette date'),
    }),
  ),
})

function sealedOf({ seal, attachments, gaps, changes, membersDiffer }: SealedToAttach) {
  return {
    number: seal.number,
    differs: hasChanges(changes) || membersDiffer,
    missing: gaps.map(({ owner, pieceName }) => ({ owner: owner.name, piece: pieceName })),
    files: attachments.flatMap(({ owner, files }) =>
      files.map(({ path, fileId, size }) => ({
        ...{ scope: owner.scope, owner: owner.name },
        ...{ path, fileId, size },
      })),
    ),
  }
}

async function send(context: Context, grappeId: string, reply: FastifyReply) {
  const read = await readSubmission(context, grappeId)
  if (read === null) return sendRefusal(reply, { code: 'not-found' })
  const { snapshot, submission } = read
  const { call } = snapshot.record
  const { steps, former } = checklistOf(call, submission)
  const place = call.submission ?? null
  return {
    revision: submission.revision,
    place: place && { name: place.name, url: place.url },
    facts: read.facts.map(({ label, value, origin }) => ({ label, value, origin })),
    sealed: read.sealed && sealedOf(read.sealed),
    steps: [...steps],
    former: [...former],
    doneOn: depositDone(call, submission)?.on ?? null,
    award: submission.award,
    toReceive: read.toReceive.map(({ definition, piece }) => ({
      pieceId: piece.id,
      code: definition.code,
      name: definition.name,
      explanation: definition.explanation,
      dueOn: definition.deadlineOn,
      version: currentVersion(piece)?.number ?? null,
    })),
    followUps: [...read.followUps],
  }
}

const getSubmission = forGrappe(
  {
    tags: ['Dossier'],
    summary: 'Lire ce qui se tape et se joint au lieu de dépôt, les étapes faites, le résultat et les suites',
    params: grappeParams,
    response: { 200: answer, ...refusals },
  },
  ({ context, scope, reply }) => send(context, scope.grappeId, reply),
)

const postSubmission = forGrappe(
  {
    tags: ['Dossier'],
    summary: 'Cocher une étape du dépôt, noter le résultat ou une date d’après ; null reprend',
    params: grappeParams,
    body: submissionContract,
    response: { 200: answer, ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const kept = await followSubmission(context, scope, request.body)
    return kept.ok ? await send(context, scope.grappeId, reply) : sendRefusal(reply, kept.refusal)
  },
)
