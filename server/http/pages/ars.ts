/** Pages of a reviewer's link: the sealed versions, their verdict and their pieces. They read, and change nothing. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { PATHS, urlTo } from '../../../schema/urls.ts'
import { ArsHome } from '../../../templates/pages/ars/home.tsx'
import { ArsPiece } from '../../../templates/pages/ars/piece.tsx'
import { sealedVersions } from '../../domain/dossier-plan.ts'
import { findLink, type Link, noteLinkUse } from '../../steps/links.ts'
import type { Context } from '../../steps/ports.ts'
import { readFile } from '../../steps/read-file.ts'
import {
  findSeal,
  isSealedFile,
  offeredNumbers,
  readSealedPlan,
  type SealRow,
} from '../../steps/read-seals.ts'
import type { Refusal } from '../../steps/refusals.ts'
import { previewsOf, sendFile, sendReading, sendSealedArchive, sendSealedWorkbook } from '../downloads.ts'
import { problemOf } from '../refusals.ts'
import { frameOf, type PageSettings, parameter, sendPage, sendProblemPage, versionNumber } from './page.ts'

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

  /** The sealed version of the address, or the last one: a reviewer reads nothing that is not sealed. */
  const onVersion = (
    handler: (
      version: { seal: SealRow; offered: readonly number[] },
      request: LinkRequest,
      reply: FastifyReply,
    ) => Promise<unknown>,
  ) =>
    onLink(async ({ grappeId }, request, reply) => {
      const offered = await offeredNumbers(context, grappeId)
      const [latest] = offered
      if (latest === undefined) return refuse(request, reply, { code: 'seal-not-ready' })
      const number = 'number' in request.params ? versionNumber(request) : latest
      const seal = await findSeal(context, grappeId, number)
      if (seal?.state !== 'scelle') return refuse(request, reply, { code: 'not-found' })
      return await handler({ seal, offered }, request, reply)
    })

  const showVersion = onVersion(async ({ seal, offered }, request, reply) =>
    sendPage(
      reply,
      ArsHome({
        frame: frameOf(request, reply, assetsVersion),
        token: request.params.token,
        plan: await readSealedPlan(context, seal.id),
        seal: {
          number: seal.number,
          hash: seal.sealHash,
          zipLength: seal.zipLength,
          readingSize: seal.readingSize,
          offered,
        },
      }),
    ),
  )

  /** The last version has an address of its own: a download that resumes must not go on in another one. */
  const toLatest = (name: 'arsVersionZip' | 'arsVersionXlsx') =>
    onVersion(async ({ seal }, request, reply) =>
      reply.redirect(urlTo(name, { token: request.params.token, number: String(seal.number) }), 302),
    )

  const onFile = (kind: 'attachment' | 'inline') =>
    onLink(async ({ grappeId }, request, reply) => {
      const fileId = parameter(request, 'file')
      if (!(await isSealedFile(context, grappeId, fileId)))
        return refuse(request, reply, { code: 'not-found' })
      const file = await readFile(context, grappeId, fileId)
      return file.ok ? await sendFile(context, reply, file.value, kind) : refuse(request, reply, file.refusal)
    })

  return async app => {
    app.get(PATHS.arsHome, showVersion)
    app.get(PATHS.arsVersion, showVersion)

    app.post(
      PATHS.arsSeen,
      onLink(async (link, _request, reply) => {
        await noteLinkUse(context, link.id)
        return reply.code(204).send()
      }),
    )

    app.get(
      PATHS.arsPiece,
      onVersion(async ({ seal }, request, reply) => {
        const plan = await readSealedPlan(context, seal.id)
        const pieceId = parameter(request, 'piece')
        const row = plan.rows.find(row => row.pieceId === pieceId)
        const definition = plan.definitions.find(({ code }) => code === row?.code)
        if (!row || !definition) return refuse(request, reply, { code: 'not-found' })
        const versions = sealedVersions(row)
        const previews = versions.flatMap(version => previewsOf(version, plan.antivirus))
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
            versions,
            antivirus: plan.antivirus,
            previews,
            shown: previews.find(({ id }) => id === fichier) ?? previews[0] ?? null,
          }),
        )
      }),
    )

    app.get(PATHS.arsFile, onFile('attachment'))
    app.get(PATHS.arsPreviewFile, onFile('inline'))
    app.get(PATHS.arsDossierZip, toLatest('arsVersionZip'))
    app.get(PATHS.arsDossierXlsx, toLatest('arsVersionXlsx'))
    app.get(
      PATHS.arsVersionZip,
      onVersion(({ seal }, request, reply) => sendSealedArchive(context, request, reply, seal)),
    )
    app.get(
      PATHS.arsVersionReading,
      onVersion(
        async ({ seal }, request, reply) =>
          (await sendReading(context, reply, seal)) ?? refuse(request, reply, { code: 'reading-not-ready' }),
      ),
    )
    app.get(
      PATHS.arsVersionXlsx,
      onVersion(({ seal }, _request, reply) => sendSealedWorkbook(context, reply, seal)),
    )
  }
}
