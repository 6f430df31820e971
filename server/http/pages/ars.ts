/** Pages of a reviewer's link: the verdict, every piece, the dossier. They read, and change nothing. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { PATHS } from '../../../schema/urls.ts'
import { ArsHome } from '../../../templates/pages/ars/home.tsx'
import { ArsPiece } from '../../../templates/pages/ars/piece.tsx'
import { planDossier } from '../../domain/dossier-plan.ts'
import { assembleDossier, type Dossier } from '../../steps/assemble-dossier.ts'
import { findLink, type Link, noteLinkUse } from '../../steps/links.ts'
import type { Context } from '../../steps/ports.ts'
import { readFile } from '../../steps/read-file.ts'
import { readSnapshot } from '../../steps/read-grappe.ts'
import type { Refusal } from '../../steps/refusals.ts'
import { previewsOf, sendArchive, sendFile, sendWorkbook } from '../downloads.ts'
import { problemOf } from '../refusals.ts'
import { frameOf, type PageSettings, parameter, sendPage, sendProblemPage } from './page.ts'

type LinkRequest = FastifyRequest<{ Params: { token: string } }>
type ReviewerLink = Link & { grappeId: string }

export function arsPages(context: Context, { assetsVersion }: PageSettings): FastifyPluginAsync {
  const refuse = (request: FastifyRequest, reply: FastifyReply, refusal: Refusal) =>
    sendProblemPage(request, reply, assetsVersion, problemOf(refusal))

  const onLink =
    (handler: (link: ReviewerLink, request: LinkRequest, reply: FastifyReply) => Promise<unknown>) =>
    async (request: LinkRequest, reply: FastifyReply): Promise<unknown> => {
      const found = await findLink(context, request.params.token, ['ars'])
      if (!found.ok) return refuse(request, reply, found.refusal)
      const { grappeId } = found.value
      return grappeId === null
        ? refuse(request, reply, { code: 'link-unknown' })
        : await handler({ ...found.value, grappeId }, request, reply)
    }

  const onDossier = (send: (reply: FastifyReply, dossier: Dossier) => Promise<FastifyReply>) =>
    onLink(async ({ grappeId }, request, reply) => {
      const dossier = await assembleDossier(context, grappeId)
      return dossier.ok ? await send(reply, dossier.value) : refuse(request, reply, dossier.refusal)
    })

  const onFile = (kind: 'attachment' | 'inline') =>
    onLink(async ({ grappeId }, request, reply) => {
      const file = await readFile(context, grappeId, parameter(request, 'file'))
      return file.ok ? await sendFile(context, reply, file.value, kind) : refuse(request, reply, file.refusal)
    })

  return async app => {
    app.get(
      PATHS.arsHome,
      onLink(async ({ grappeId }, request, reply) => {
        const snapshot = await readSnapshot(context, grappeId)
        if (snapshot === null) return refuse(request, reply, { code: 'not-found' })
        return sendPage(
          reply,
          ArsHome({
            frame: frameOf(request, reply, assetsVersion),
            token: request.params.token,
            plan: planDossier(snapshot),
          }),
        )
      }),
    )

    app.post(
      PATHS.arsSeen,
      onLink(async (link, _request, reply) => {
        await noteLinkUse(context, link.id)
        return reply.code(204).send()
      }),
    )

    app.get(
      PATHS.arsPiece,
      onLink(async ({ grappeId }, request, reply) => {
        const snapshot = await readSnapshot(context, grappeId)
        const pieceId = parameter(request, 'piece')
        const plan = snapshot && planDossier(snapshot)
        const row = plan?.rows.find(row => row.pieceId === pieceId)
        const piece = snapshot?.pieces.find(({ id }) => id === pieceId)
        const definition = plan?.definitions.find(({ code }) => code === row?.code)
        if (!plan || !row || !piece || !definition) return refuse(request, reply, { code: 'not-found' })
        const previews = row.version === null ? [] : previewsOf(row.version, plan.antivirus)
        const { fichier } = request.query as { fichier?: unknown }
        return sendPage(
          reply,
          ArsPiece({
            frame: frameOf(request, reply, assetsVersion),
            token: request.params.token,
            grappeName: plan.grappeName,
            timeZone: plan.timeZone,
            row,
            definition,
            versions: piece.versions,
            antivirus: plan.antivirus,
            previews,
            shown: previews.find(({ id }) => id === fichier) ?? previews[0] ?? null,
          }),
        )
      }),
    )

    app.get(PATHS.arsFile, onFile('attachment'))
    app.get(PATHS.arsPreviewFile, onFile('inline'))
    app.get(PATHS.arsDossierZip, onDossier(sendArchive))
    app.get(PATHS.arsDossierXlsx, onDossier(sendWorkbook))
  }
}
