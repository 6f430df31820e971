/** Control of one piece: reading it, deciding, depositing for its owner, and its files. */
import type { FastifyPluginAsync } from 'fastify'
import { type DecisionBody, decisionContract, fieldMessages } from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { list } from '../../../../templates/pages/format.ts'
import { controlQueue } from '../../../domain/board.ts'
import { planDossier } from '../../../domain/dossier-plan.ts'
import { type Person, personName } from '../../../steps/access/people.ts'
import { decideOnPiece } from '../../../steps/control/decide-on-piece.ts'
import type { Context } from '../../../steps/ports.ts'
import { findPiece } from '../../../steps/read/find-piece.ts'
import { readFile } from '../../../steps/read/read-file.ts'
import { definitionsOf } from '../../../steps/read/read-piece.ts'
import { readSnapshot } from '../../../steps/read/read-snapshot.ts'
import { sendFile, sendThumbnail } from '../../downloads.ts'
import { problemOf } from '../../refusals.ts'
import { goTo, type PageSettings } from '../page.ts'
import { fieldErrors, formFields, parameter } from '../request.ts'
import { type GrappeVisit, porteurGuards } from './access.ts'
import { writtenWords } from './link-words.ts'
import { beginDeposit, deposit, orderPages } from './piece-deposit.ts'
import { backToPiece, showPiece } from './show-piece.ts'

export function piecePages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe } = porteurGuards(context, settings)

  return async app => {
    const protect = { preHandler: app.csrfProtection }
    const protectFiles = { preHandler: [onGrappe(beginDeposit), app.csrfProtection] }

    app.get(PATHS.piece, onGrappe(showPiece))
    app.get(PATHS.pieceOf, onGrappe(goToPiece))
    app.post(PATHS.decidePiece, protect, onGrappe(decide))
    app.post(PATHS.depositAsPorteur, protectFiles, onGrappe(deposit))
    app.post(PATHS.orderPagesAsPorteur, protect, onGrappe(orderPages))
    // A refused form is shown at its own address: reloading it there leads back to the piece.
    app.get(PATHS.decidePiece, onGrappe(backToPiece))
    app.get(PATHS.depositAsPorteur, onGrappe(backToPiece))
    app.get(PATHS.orderPagesAsPorteur, onGrappe(backToPiece))

    app.get(PATHS.file, onGrappe(downloadFile))
    app.get(PATHS.previewFile, onGrappe(previewFile))
    app.get(PATHS.thumbnail, onGrappe(sendSmall))
  }
}

/** A piece has one page, at its own address. */
async function goToPiece({ context, scope, request, reply, refuse }: GrappeVisit) {
  const { code = '' } = request.params as Record<string, string>
  const { grappeId } = scope
  const isAsked = definitionsOf(scope).some(definition => definition.code === code)
  const name = { ownerId: parameter(request, 'owner'), code }
  const piece = isAsked ? await findPiece(context.db, grappeId, name) : null
  return piece === null
    ? refuse({ code: 'not-found' })
    : goTo(reply, urlTo('piece', { grappe: grappeId, piece }))
}

async function decide(visit: GrappeVisit) {
  const { context, scope, request, reply } = visit
  const fields = formFields(request)
  const typed = { motive: fields.motive ?? '', usual: fields.motif ?? '' }
  const showAgain = (refused: Record<string, string>) =>
    showPiece(visit, 422, { refusal: { ...typed, errors: fieldErrors(refused) } })
  const parsed = decisionContract.safeParse({ ...fields, motive: `${typed.usual} ${typed.motive}` })
  if (!parsed.success) return await showAgain(fieldMessages(parsed.error))

  const pieceId = parameter(request, 'piece')
  const decided = await decideOnPiece(context, scope, pieceId, parsed.data)
  if (!decided.ok) {
    const { status, detail, fields: refused } = problemOf(decided.refusal)
    return decided.refusal.code === 'invalid-fields'
      ? await showAgain({ ...refused })
      : await showPiece(visit, status, { problem: detail, refusal: { ...typed, errors: [] } })
  }
  const notice = decidedSentence(decided.value, context)
  const next = fields.rester === 'oui' ? null : await nextToControl(visit, pieceId)
  const url = urlTo('piece', { grappe: scope.grappeId, piece: next ?? pieceId })
  return next === null
    ? goTo(reply, url, notice)
    : goTo(reply, `${url}?apres=${pieceId}`, `${notice} Voici la suivante à contrôler.`)
}

function decidedSentence(
  { decision, told }: { decision: DecisionBody['decision']; told: readonly Person[] },
  context: Pick<Context, 'mailer'>,
): string {
  if (decision === 'acceptee') return 'Pièce acceptée. Personne n’en est prévenu.'
  return told.length === 0
    ? 'Pièce refusée. Aucune adresse n’est connue pour l’annoncer : le motif se lit sur la page du membre.'
    : `Pièce refusée : ${writtenWords(told.length, context)} pour ${list(told.map(personName))}.`
}

async function nextToControl({ context, scope }: GrappeVisit, pieceId: string): Promise<string | null> {
  const snapshot = await readSnapshot(context, scope.grappeId)
  return snapshot === null ? null : (controlQueue(planDossier(snapshot), pieceId).next?.pieceId ?? null)
}

const downloadFile = (visit: GrappeVisit) => handFile(visit, 'attachment')

const previewFile = (visit: GrappeVisit) => handFile(visit, 'inline')

async function sendSmall({ context, scope, request, reply, refuse }: GrappeVisit) {
  const file = await readFile(context, scope.grappeId, parameter(request, 'file'))
  return file.ok ? await sendThumbnail(context, reply, file.value) : refuse(file.refusal)
}

async function handFile(
  { context, scope, request, reply, refuse }: GrappeVisit,
  kind: 'attachment' | 'inline',
) {
  const file = await readFile(context, scope.grappeId, parameter(request, 'file'))
  return file.ok ? await sendFile(context, reply, file.value, kind) : refuse(file.refusal)
}
