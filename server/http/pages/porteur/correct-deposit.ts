/** The porteur mends a deposit: it files it where it belongs, or takes it out. */
import type { FastifyPluginAsync } from 'fastify'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { MoveDepositPage, TakeOutByPorteur } from '../../../../templates/pages/porteur/correct-deposit.tsx'
import { ownerChoices, pieceAskedOf } from '../../../domain/filing/places.ts'
import type { Piece } from '../../../domain/piece.ts'
import { moveDeposit } from '../../../steps/collection/move-deposit.ts'
import { removableVersion, takeOut } from '../../../steps/collection/take-out.ts'
import type { Context } from '../../../steps/ports.ts'
import { problemOf } from '../../refusals.ts'
import { leavingOf, takenOutSentence } from '../deposit-words.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { formFields, isId, parameter } from '../request.ts'
import { porteurGuards, type SnapshotVisit } from './access.ts'
import { namesOf, pieceUrl, showPiece } from './show-piece.ts'

export function correctDepositPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onSnapshot } = porteurGuards(context, settings)

  return async app => {
    const protect = { preHandler: app.csrfProtection }
    app.get(PATHS.moveVersion, onSnapshot(showMove))
    app.post(PATHS.moveVersion, protect, onSnapshot(move))
    app.get(PATHS.takeOutVersion, onSnapshot(showTakeOut))
    app.post(PATHS.takeOutVersion, protect, onSnapshot(takeOutVersion))
  }
}

/** What both pages say of the deposit; a refusal when it may not be touched any more. */
function depositOf({ scope, snapshot, request }: SnapshotVisit) {
  const all = [...snapshot.pieces, ...snapshot.followUps]
  const piece = all.find(({ id }) => id === parameter(request, 'piece'))
  if (piece === undefined) return { ok: false, refusal: { code: 'not-found' } } as const
  const found = removableVersion(piece, parameter(request, 'version'))
  if (!found.ok) return found
  return {
    ok: true,
    value: {
      grappe: scope,
      timeZone: snapshot.timeZone,
      piece,
      ...namesOf(snapshot, piece),
      version: found.value,
    },
  } as const
}

async function showMove(visit: SnapshotVisit) {
  const { snapshot, scope, request, reply, frame } = visit
  const deposit = depositOf(visit)
  if (!deposit.ok) return await showRefused(visit, deposit.refusal)
  const { piece, version } = deposit.value
  if (snapshot.followUps.includes(piece)) return await showRefused(visit, { code: 'piece-not-expected' })
  const { membre, code } = request.query as Record<string, unknown>
  const chosen = {
    owner: typeof membre === 'string' ? membre : (piece.esmsId ?? piece.ogId ?? scope.grappeId),
    code: typeof code === 'string' ? code : piece.code,
  }
  const asked = typeof membre === 'string' || typeof code === 'string'
  const target = asked ? pieceAskedOf(snapshot, chosen) : null
  const errors = asked ? whyNotThere(target, piece) : []
  const page = MoveDepositPage({
    ...deposit.value,
    frame: frame(),
    documents: leavingOf(version, null).leaving,
    owners: ownerChoices(snapshot.grappe),
    definitions: snapshot.definitions,
    chosen,
    errors,
    target: target !== null && errors.length === 0 ? { piece: target, ...namesOf(snapshot, target) } : null,
  })
  return sendPage(reply, page, errors.length === 0 ? 200 : 422)
}

function whyNotThere(target: Piece | null, from: Piece): FieldError[] {
  if (target === null) {
    const message =
      'Cette pièce n’est pas demandée à ce membre. Choisissez une autre pièce, ou un autre membre.'
    return [{ field: 'code', message }]
  }
  return target.id === from.id ? [{ field: 'code', message: problemOf({ code: 'move-nowhere' }).detail }] : []
}

async function move(visit: SnapshotVisit) {
  const { context, scope, request, reply } = visit
  const to = formFields(request).vers ?? ''
  if (!isId(to)) return await showMove(visit)
  const moved = await moveDeposit(
    context,
    scope,
    parameter(request, 'piece'),
    parameter(request, 'version'),
    to,
  )
  if (!moved.ok) return await showRefused(visit, moved.refusal)
  const { version, to: target } = moved.value
  return goTo(
    reply,
    urlTo('piece', { grappe: scope.grappeId, piece: to }),
    `Dépôt déplacé : c’est maintenant la version ${version.number} de « ${target.definition.name} » de ` +
      `${target.ownerName ?? scope.grappeName}.`,
  )
}

async function showTakeOut(visit: SnapshotVisit) {
  const { request, reply, frame } = visit
  const deposit = depositOf(visit)
  if (!deposit.ok) return await showRefused(visit, deposit.refusal)
  const { piece, version } = deposit.value
  const { fichier } = request.query as { fichier?: unknown }
  const fileId = typeof fichier === 'string' && isId(fichier) ? fichier : null
  const parts = leavingOf(version, fileId)
  const page = TakeOutByPorteur({
    ...deposit.value,
    ...parts,
    frame: frame(),
    documents: parts.leaving,
    previous: piece.versions.at(-2) ?? null,
    fileId,
  })
  return sendPage(reply, page)
}

async function takeOutVersion(visit: SnapshotVisit) {
  const { context, scope, request, reply } = visit
  const { fichier = '' } = formFields(request)
  const taken = await takeOut(
    context,
    { by: 'porteur', porteur: scope },
    parameter(request, 'piece'),
    parameter(request, 'version'),
    isId(fichier) ? fichier : null,
  )
  return taken.ok
    ? goTo(reply, pieceUrl(visit), takenOutSentence(taken.value))
    : await showRefused(visit, taken.refusal)
}

async function showRefused(visit: SnapshotVisit, refusal: Parameters<typeof problemOf>[0]) {
  const { status, detail } = problemOf(refusal)
  return await showPiece(visit, status, { problem: detail })
}
