/** API of the forms answered on screen, for a member and for the porteur in its place. */

import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { formAnswer, keptAnswersAnswer, receivedAnswer } from '../../../schema/contracts/api.ts'
import { depositAnswersContract, givenAnswersContract } from '../../../schema/contracts/forms.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import type { GivenAnswer } from '../../domain/forms/answer.ts'
import { answerWords, progressOf, revisionOf } from '../../domain/forms/answers.ts'
import { type Field, fieldsOf } from '../../domain/forms/form.ts'
import { scopeOf, withinOf } from '../../steps/access/piece-sides.ts'
import {
  depositAnswers,
  keepAnswers,
  type OpenForm,
  openForm,
  printForm,
} from '../../steps/collection/answer-form.ts'
import type { Context } from '../../steps/ports.ts'
import { readPieces } from '../../steps/read/read-pieces.ts'
import { sendPdf } from '../kit-downloads.ts'
import { problemOf } from '../refusals.ts'
import { receivedOf } from './answers.ts'
import { MEMBER_DOOR, type PieceDoor, PORTEUR_DOOR } from './bearer.ts'
import { refusals, sendRefusal } from './problems.ts'

export function answerFormsApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.pieceForm, getForm(PORTEUR_DOOR)(context))
    app.put(API_PATHS.pieceForm, putAnswers(PORTEUR_DOOR)(context))
    app.post(API_PATHS.depositPieceForm, postDeposit(PORTEUR_DOOR)(context))
    app.get(API_PATHS.printPieceForm, getPrinted(PORTEUR_DOOR)(context))
    app.get(API_PATHS.memberForm, getForm(MEMBER_DOOR)(context))
    app.put(API_PATHS.memberForm, putAnswers(MEMBER_DOOR)(context))
    app.post(API_PATHS.depositMemberForm, postDeposit(MEMBER_DOOR)(context))
    app.get(API_PATHS.printMemberForm, getPrinted(MEMBER_DOOR)(context))
  }
}

const givenOf = (given: GivenAnswer | undefined) =>
  given === undefined
    ? { answer: null, revision: 0, by: null, at: null }
    : { answer: given.answer, revision: given.revision, by: given.by, at: given.at }

const fieldOf = ({ id, part, question, label, kind }: Field, given: GivenAnswer | undefined) => ({
  field: id,
  part,
  question,
  label,
  kind,
  ...givenOf(given),
  words: answerWords(kind, given?.answer ?? null),
})

const formOf = ({ model, owner, form, answers, former, closed, deposited }: OpenForm) => ({
  form: model.code,
  title: model.title,
  owner: owner.name,
  introduction: form.introduction,
  revision: revisionOf(answers),
  ...progressOf(form, answers),
  closed: closed && problemOf(closed).detail,
  deposited: deposited && { changed: deposited.changed },
  fields: fieldsOf(form).map(field => fieldOf(field, answers.get(field.id))),
  former: former.map(({ field, asked, ...given }) => ({
    field,
    question: asked.question,
    words: answerWords(asked.kind, given.answer),
    ...givenOf(given),
  })),
})

const getForm = ({ routes, params, tagsOf }: PieceDoor) =>
  routes(
    {
      tags: tagsOf('Collecte'),
      summary: 'Lire le formulaire d’une pièce à répondre à l’écran, et ses réponses',
      params,
      response: { 200: formAnswer, ...refusals },
    },
    async ({ context, scope: side, request, reply }) => {
      const opened = await openForm(context, side, request.params.piece)
      return opened.ok ? formOf(opened.value) : sendRefusal(reply, opened.refusal)
    },
  )

const putAnswers = ({ routes, params, tagsOf }: PieceDoor) =>
  routes(
    {
      tags: tagsOf('Collecte'),
      summary: 'Répondre à des questions d’un formulaire, chacune avec la révision lue',
      description:
        'Chaque réponse est enregistrée seule. Celle qui ne convient pas est dans « refused » ; celle que ' +
        'quelqu’un d’autre a donnée entre-temps est dans « conflicts », avec la sienne : renvoyez la vôtre ' +
        'avec sa révision pour la garder.',
      params,
      body: givenAnswersContract,
      response: { 200: keptAnswersAnswer, ...refusals },
    },
    async ({ context, scope: side, request, reply }) => {
      const sent = request.body.answers.map(({ field, seen, value }) => ({
        field,
        seen,
        typed: [value ?? []].flat(),
      }))
      const kept = await keepAnswers(context, side, request.params.piece, sent)
      if (!kept.ok) return sendRefusal(reply, kept.refusal)
      const { saved, refused, conflicts } = kept.value
      return {
        saved: saved.map(({ field, ...given }) => ({ field, ...givenOf(given) })),
        refused: [...refused],
        conflicts: conflicts.map(({ field, current }) => ({ field: field.id, ...givenOf(current) })),
      }
    },
  )

const postDeposit = ({ routes, params, tagsOf }: PieceDoor) =>
  routes(
    {
      tags: tagsOf('Collecte'),
      summary: 'Déposer les réponses : leur PDF devient la nouvelle version',
      params,
      body: depositAnswersContract,
      response: { 201: receivedAnswer, ...refusals },
    },
    async ({ context, scope: side, request, reply }) => {
      const { seen, keep = [] } = request.body
      const received = await depositAnswers(context, side, request.params.piece, { seen, kept: keep })
      if (!received.ok) {
        return sendRefusal(reply, received.refusal, 'refused' in received ? received.refused : [])
      }
      const known = await readPieces(context.db, scopeOf(side).grappeId, withinOf(side))
      return reply.code(201).send(receivedOf(received.value, known))
    },
  )

const getPrinted = ({ routes, params, tagsOf }: PieceDoor) =>
  routes(
    {
      tags: tagsOf('Collecte'),
      summary: 'Télécharger le formulaire à remplir à la main (PDF), vide ou avec les réponses',
      params,
      querystring: z.object({
        vide: z.enum(['oui', 'non']).default('non').describe('« oui » : sans les réponses'),
      }),
      response: { 200: z.any().describe('Les octets du fichier'), ...refusals },
    },
    async ({ context, scope: side, request, reply }) => {
      const empty = request.query.vide === 'oui'
      const printed = await printForm(context, side, request.params.piece, { empty })
      return printed.ok ? sendPdf(reply, printed.value) : sendRefusal(reply, printed.refusal)
    },
  )
