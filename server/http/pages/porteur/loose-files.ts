/**
 * Files sent together by the porteur, to be filed: shown with where each may go, opened, filed, taken away.
 */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { LooseFilesPage } from '../../../../templates/pages/porteur/loose-files.tsx'
import { dayOf } from '../../../domain/deadline.ts'
import { ownerChoices, pieceMeant } from '../../../domain/filing/places.ts'
import { refuseByWindow } from '../../../steps/collection/find-deposit-target.ts'
import {
  type FiledPiece,
  fileLooseFiles,
  findLooseFile,
  listLooseFiles,
  looseLane,
  MOST_LOOSE_MB,
  openLooseEnvelopes,
  receiveLooseFiles,
  refuseLooseFiles,
  removeLooseFiles,
} from '../../../steps/collection/loose-files.ts'
import type { Context } from '../../../steps/ports.ts'
import { sendUnfiled } from '../../downloads.ts'
import { problemOf } from '../../refusals.ts'
import { openUpload, type UploadForm } from '../../uploads.ts'
import { filedNotice, openedNotice, removedNotice } from '../loose-words.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { fieldValues, formFields, isId } from '../request.ts'
import { type GrappeVisit, porteurGuards, type SnapshotVisit } from './access.ts'
import { namesOf } from './show-piece.ts'

/** Beyond, a page is long to read and to send: the others come once these are filed. */
const MOST_SHOWN = 100

export function looseFilePages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe, onSnapshot } = porteurGuards(context, settings)

  return async app => {
    const protect = { preHandler: app.csrfProtection }
    const protectFiles = { preHandler: [onGrappe(beginSending), app.csrfProtection] }
    app.get(
      PATHS.looseFiles,
      onSnapshot(visit => showLooseFiles(visit)),
    )
    app.post(PATHS.looseFiles, protectFiles, onGrappe(send))
    app.post(PATHS.openLooseFiles, protect, onGrappe(openAgain))
    app.post(PATHS.fileLooseFiles, protect, onSnapshot(fileAsProposed))
    app.post(PATHS.fileLooseFilesTo, protect, onSnapshot(fileByHand))
    app.post(PATHS.removeLooseFiles, protect, onGrappe(remove))
    app.get(PATHS.looseFile, onGrappe(showFile))
  }
}

const pageOf = ({ scope }: GrappeVisit) => urlTo('looseFiles', { grappe: scope.grappeId })

async function showLooseFiles(
  visit: SnapshotVisit,
  { chosen = { owner: '', code: '' }, errors = [], elsewhere = [] }: Partial<Refused> = {},
): Promise<FastifyReply> {
  const { context, scope, snapshot, request, reply, frame } = visit
  const files = await listLooseFiles(context, snapshot)
  const first = files.map(({ file }) => file.keptUntil.toISOString()).toSorted()[0]
  const refused = refuseLooseFiles(scope) ?? refuseByWindow(scope.call, context.now())
  const { ailleurs } = request.query as { ailleurs?: unknown }
  const page = LooseFilesPage({
    frame: frame(),
    grappe: scope,
    files: files.slice(0, MOST_SHOWN),
    more: Math.max(0, files.length - MOST_SHOWN),
    keptUntil: first === undefined ? null : dayOf(first, snapshot.timeZone),
    elsewhere: typeof ailleurs === 'string' ? [ailleurs] : elsewhere,
    owners: ownerChoices(snapshot.grappe),
    definitions: snapshot.definitions,
    chosen,
    errors,
    closed: refused === null ? null : problemOf(refused.refusal).detail,
    begun: (await context.uploads.list(looseLane(scope))).some(({ received, size }) => received < size),
    maxFileMb: MOST_LOOSE_MB,
    mostFiles: await context.uploads.roomFor(looseLane(scope)),
  })
  return sendPage(reply, page, errors.length === 0 ? 200 : 422)
}

const begun = new WeakMap<FastifyRequest, UploadForm>()

/** Reads the form's fields, so that its token is checked before any byte of a file. */
async function beginSending({ context, scope, request, refuse }: GrappeVisit) {
  const refused = refuseLooseFiles(scope)
  if (refused !== null) return refuse(refused.refusal)
  const room = await context.uploads.roomFor(looseLane(scope))
  const form = await openUpload(request, { maxFileMb: MOST_LOOSE_MB }, room)
  request.body = form.fields
  begun.set(request, form)
  return undefined
}

/** Without the script, or where the network lets no chunk pass. */
async function send(visit: GrappeVisit) {
  const { context, scope, request, reply, refuse } = visit
  const form = begun.get(request)
  if (form === undefined) return refuse({ code: 'no-file' })
  const received = await receiveLooseFiles(context, scope, form.files)
  if (!received.ok) return refuse(received.refusal)
  return goTo(reply, pageOf(visit), openedNotice(await openLooseEnvelopes(context, scope)))
}

async function openAgain(visit: GrappeVisit) {
  const { context, scope, reply } = visit
  return goTo(reply, pageOf(visit), openedNotice(await openLooseEnvelopes(context, scope, { again: true })))
}

/** What the boxes say: what was read is what is filed, whatever would be proposed now. */
async function fileAsProposed(visit: SnapshotVisit) {
  const chosen = new Map<string, string[]>()
  for (const value of fieldValues(visit.request, 'fichier')) {
    const [id = '', pieceId = ''] = value.split('.')
    if (isId(pieceId)) chosen.set(pieceId, [...(chosen.get(pieceId) ?? []), id])
  }
  return await file(visit, chosen)
}

interface Refused {
  chosen: { owner: string; code: string }
  errors: readonly FieldError[]
  elsewhere: readonly string[]
}

async function fileByHand(visit: SnapshotVisit) {
  const { snapshot, request } = visit
  const { membre: owner = '', piece: code = '' } = formFields(request)
  const ids = fieldValues(request, 'fichier')
  const again = (field: string, message: string) =>
    showLooseFiles(visit, { chosen: { owner, code }, errors: [{ field, message }], elsewhere: ids })
  if (owner === '') return await again('membre', 'Choisissez le membre à qui vont les fichiers cochés.')
  if (code === '') return await again('piece', 'Choisissez la pièce à laquelle vont les fichiers cochés.')
  const piece = pieceMeant(snapshot, { owner, code })
  if (piece === null) {
    return await again(
      'piece',
      'Cette pièce n’est pas demandée à ce membre. Choisissez une autre pièce, ou un autre membre.',
    )
  }
  return await file(visit, ids.length === 0 ? new Map() : new Map([[piece.id, ids]]))
}

async function file(visit: SnapshotVisit, chosen: ReadonlyMap<string, readonly string[]>) {
  const { context, scope, snapshot, reply } = visit
  const filed = await fileLooseFiles(context, scope, chosen, refusal => problemOf(refusal).detail)
  const named = filed.map((each: FiledPiece) => {
    const piece = snapshot.pieces.find(({ id }) => id === each.pieceId)
    return {
      ...each,
      ...(piece === undefined ? { pieceName: 'Pièce', ownerName: '' } : namesOf(snapshot, piece)),
    }
  })
  return goTo(reply, pageOf(visit), filedNotice(named))
}

async function remove(visit: GrappeVisit) {
  const { context, scope, request, reply } = visit
  const ids = fieldValues(request, 'fichier').map(value => value.split('.')[0] ?? '')
  return goTo(reply, pageOf(visit), removedNotice(await removeLooseFiles(context, scope, ids)))
}

/** What a name does not tell, a look does. */
async function showFile({ context, scope, request, reply, refuse }: GrappeVisit) {
  const { upload = '' } = request.params as { upload?: string }
  const found = await findLooseFile(context, scope, upload)
  return found.ok ? await sendUnfiled(reply, found.value) : refuse(found.refusal)
}
