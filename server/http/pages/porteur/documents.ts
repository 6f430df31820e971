/** The kit of a grappe: its models, what each document lacks, the Word files and the ZIPs. */
import type { FastifyPluginAsync } from 'fastify'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { count } from '../../../../templates/pages/format.ts'
import { DocumentTagsPage } from '../../../../templates/pages/porteur/document-tags.tsx'
import { DocumentsPage } from '../../../../templates/pages/porteur/documents.tsx'
import {
  kitOfGrappe,
  listDocuments,
  unusedModels,
  writeDocument,
  zipDocuments,
} from '../../../steps/collection/hand-out-kit.ts'
import { printIdentity } from '../../../steps/collection/print-identity.ts'
import { markChangesSeen, outdatedReturns } from '../../../steps/collection/returned-documents.ts'
import type { Context } from '../../../steps/ports.ts'
import { isHandedOut, sendDocument, sendKit, sendPdf } from '../../kit-downloads.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { formFields, parameter } from '../request.ts'
import { type GrappeVisit, porteurGuards, type SnapshotVisit } from './access.ts'

export function documentPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe, onSnapshot } = porteurGuards(context, settings)

  return async app => {
    app.get(PATHS.documents, onSnapshot(showDocuments))
    app.get(PATHS.documentTags, onGrappe(showTags))
    app.post(PATHS.seenChanges, { preHandler: app.csrfProtection }, onSnapshot(markSeen))
    app.get(PATHS.identityPdf, onSnapshot(sendIdentity))
    app.get(PATHS.kitZip, onSnapshot(sendWholeKit))
    app.get(PATHS.ownerKitZip, onSnapshot(sendOwnerKit))
    app.get(PATHS.kitDocument, onSnapshot(sendOne))
  }
}

const kitOf = ({ context, snapshot, porteur }: SnapshotVisit) =>
  kitOfGrappe(context, snapshot, porteur.contactEmail)

/** Neither is an id alone: the grappe itself is an owner, and a model has a code. */
const askedOf = ({ request }: SnapshotVisit) => request.params as { owner: string; model: string }

async function showDocuments(visit: SnapshotVisit) {
  const { context, scope, reply, frame } = visit
  const kit = await kitOf(visit)
  const documents = await listDocuments(context, kit)
  const unused = unusedModels(kit, documents)
  return sendPage(
    reply,
    DocumentsPage({
      frame: frame(),
      grappe: scope,
      pieces: scope.call.pieces,
      documents,
      unused,
      own: kit.own,
      outdated: await outdatedReturns(context, kit, visit.snapshot.pieces),
      timeZone: scope.call.timeZone,
    }),
  )
}

async function showTags({ scope, reply, frame }: GrappeVisit) {
  return sendPage(reply, DocumentTagsPage({ frame: frame(), grappe: scope }))
}

async function sendIdentity({ context, scope, snapshot, reply }: SnapshotVisit) {
  return sendPdf(reply, await printIdentity(context, scope, snapshot))
}

const sendWholeKit = (visit: SnapshotVisit) => sendZip(visit, null)
const sendOwnerKit = (visit: SnapshotVisit) => sendZip(visit, askedOf(visit).owner)

async function sendZip(visit: SnapshotVisit, owner: string | null) {
  const { context, request, reply, refuse } = visit
  const zipped = zipDocuments(context, await kitOf(visit), owner, isHandedOut(request))
  return zipped.ok ? sendKit(reply, zipped.value) : refuse(zipped.refusal)
}

async function sendOne(visit: SnapshotVisit) {
  const { context, request, reply, refuse } = visit
  const written = await writeDocument(context, await kitOf(visit), askedOf(visit), isHandedOut(request))
  return written.ok ? sendDocument(reply, written.value) : refuse(written.refusal)
}

async function markSeen(visit: SnapshotVisit) {
  const { context, scope, snapshot, request, reply, refuse } = visit
  const { piece, tous } = formFields(request)
  const asked = { versionId: parameter(request, 'version'), all: tous === 'oui' }
  const marked = await markChangesSeen(context, scope, await kitOf(visit), snapshot.pieces, asked)
  if (!marked.ok) return refuse(marked.refusal)
  const { seen } = marked.value
  const again = seen > 1 ? 'ils seront signalés' : 'il sera signalé'
  const notice =
    seen === 0
      ? 'C’était déjà noté.'
      : `Noté : ${count(seen, 'document')} sans conséquence. Si autre chose change, ${again} de nouveau.`
  const at = { grappe: scope.grappeId }
  const url = piece === undefined ? `${urlTo('documents', at)}#retours` : urlTo('piece', { ...at, piece })
  return goTo(reply, url, notice)
}
