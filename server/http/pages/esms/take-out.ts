/**
 * A member takes out what it deposited by mistake, once told what that does; and small pictures of its
 * photos.
 */
import type { FastifyPluginAsync } from 'fastify'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { MemberTakeOut } from '../../../../templates/pages/esms/take-out.tsx'
import { noteLinkUse } from '../../../steps/access/links.ts'
import { ownPieces } from '../../../steps/access/member-scope.ts'
import { removableVersion, takeOut } from '../../../steps/collection/take-out.ts'
import type { Context } from '../../../steps/ports.ts'
import { readFile } from '../../../steps/read/read-file.ts'
import { sendThumbnail } from '../../downloads.ts'
import { leavingOf, takenOutSentence } from '../deposit-words.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { formFields, isId, parameter } from '../request.ts'
import { type MemberVisit, memberGuards, ownerOf, readOwnPiece } from './access.ts'
import { refusedBy, showMemberPiece } from './piece.ts'

export function memberTakeOutPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onLink } = memberGuards(context, settings)

  return async app => {
    app.get(PATHS.memberTakeOut, onLink(showTakeOut))
    app.post(PATHS.memberTakeOut, onLink(takeOutVersion))
    app.get(PATHS.memberThumbnail, onLink(sendOwnThumbnail))
  }
}

async function showTakeOut(visit: MemberVisit) {
  const { scope, token, request, reply, page, refuse } = visit
  const found = await readOwnPiece(visit)
  if (found === null) return refuse({ code: 'not-found' })
  const removable = removableVersion(found.piece, parameter(request, 'version'))
  if (!removable.ok) return await showMemberPiece(visit, refusedBy(removable.refusal))
  const version = removable.value
  const { fichier } = request.query as { fichier?: unknown }
  const fileId = typeof fichier === 'string' && isId(fichier) ? fichier : null
  const view = MemberTakeOut({
    ...page(),
    ...leavingOf(version, fileId),
    ownerName: ownerOf(scope, found).name,
    pieceName: found.definition.name,
    version,
    previous: found.piece.versions.at(-2) ?? null,
    fileId,
    action: urlTo('memberTakeOut', { token, piece: found.piece.id, version: version.id }),
    backHref: urlTo('memberPiece', { token, piece: found.piece.id }),
  })
  return sendPage(reply, view)
}

async function takeOutVersion(visit: MemberVisit) {
  const { context, scope, token, request, reply } = visit
  const piece = parameter(request, 'piece')
  const { fichier = '' } = formFields(request)
  await noteLinkUse(context, scope.linkId)
  const taken = await takeOut(
    context,
    { by: 'member', member: scope },
    piece,
    parameter(request, 'version'),
    isId(fichier) ? fichier : null,
  )
  return taken.ok
    ? goTo(reply, urlTo('memberPiece', { token, piece }), takenOutSentence(taken.value))
    : await showMemberPiece(visit, refusedBy(taken.refusal))
}

async function sendOwnThumbnail({ context, scope, request, reply, refuse }: MemberVisit) {
  const file = await readFile(context, scope.grappeId, parameter(request, 'file'), ownPieces(scope))
  return file.ok ? await sendThumbnail(context, reply, file.value) : refuse(file.refusal)
}
