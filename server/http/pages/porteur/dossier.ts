/** The dossier of one grappe: as it stands, sealed, and each sealed version with its files. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { DossierPage } from '../../../../templates/pages/porteur/dossier.tsx'
import { SealedVersionPage } from '../../../../templates/pages/porteur/sealed-version.tsx'
import { planDossier } from '../../../domain/dossier-plan.ts'
import { assembleDossier } from '../../../steps/assemble-dossier.ts'
import { recheckSeal } from '../../../steps/check-seal.ts'
import { redrawReading } from '../../../steps/draw-reading.ts'
import type { PorteurScope } from '../../../steps/porteur-scope.ts'
import type { Context } from '../../../steps/ports.ts'
import { readSnapshot } from '../../../steps/read-grappe.ts'
import { listAccesses } from '../../../steps/read-reviews.ts'
import { findSeal, listSeals, type SealRow } from '../../../steps/read-seals.ts'
import { sealDossier } from '../../../steps/seal-dossier.ts'
import {
  sendArchive,
  sendReading,
  sendSealedArchive,
  sendSealedWorkbook,
  sendWorkbook,
} from '../../downloads.ts'
import { problemOf } from '../../refusals.ts'
import {
  formFields,
  goTo,
  type PageSettings,
  porteurFrameOf,
  porteurGuards,
  sendPage,
  versionNumber,
} from '../page.ts'

export function dossierPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { refuse, onGrappe } = porteurGuards(context, settings)

  const showDossier = async (
    request: FastifyRequest,
    reply: FastifyReply,
    scope: PorteurScope,
    problem: { status: number; detail: string } | null,
  ) => {
    const snapshot = await readSnapshot(context, scope.grappeId)
    if (snapshot === null) return refuse(request, reply, { code: 'not-found' })
    const seals = await listSeals(context, scope.grappeId)
    return sendPage(
      reply,
      DossierPage({
        frame: porteurFrameOf(request, reply, settings.assetsVersion, scope.porteur),
        grappe: scope,
        plan: planDossier(snapshot),
        seals: seals.map(seal => ({ ...seal, sealedAt: seal.sealedAt.toISOString() })),
        problem: problem?.detail ?? null,
        accesses: await listAccesses(context, scope.grappeId),
      }),
      problem?.status ?? 200,
    )
  }

  /** For addresses of one version. */
  const onVersion = (
    handler: (
      scope: PorteurScope,
      seal: SealRow,
      request: FastifyRequest,
      reply: FastifyReply,
    ) => Promise<unknown>,
  ) =>
    onGrappe(async (scope, request, reply) => {
      const seal = await findSeal(context, scope.grappeId, versionNumber(request))
      return seal === null
        ? refuse(request, reply, { code: 'not-found' })
        : await handler(scope, seal, request, reply)
    })

  /** For its files: a version is handed out once all its files were read again. */
  const onOffered = (
    send: (seal: SealRow, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
  ) =>
    onVersion(async (_scope, seal, request, reply) =>
      seal.state === 'scelle'
        ? await send(seal, request, reply)
        : refuse(request, reply, { code: 'seal-not-ready' }),
    )

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    app.get(
      PATHS.dossier,
      onGrappe((scope, request, reply) => showDossier(request, reply, scope, null)),
    )

    app.post(
      PATHS.sealDossier,
      protect,
      onGrappe(async (scope, request, reply) => {
        const acceptIncomplete = formFields(request).incomplet === 'oui'
        const sealed = await sealDossier(context, scope, { acceptIncomplete })
        if (!sealed.ok) return await showDossier(request, reply, scope, problemOf(sealed.refusal))
        const number = String(sealed.value.number)
        return goTo(reply, urlTo('sealedVersion', { grappe: scope.grappeId, number }))
      }),
    )

    app.get(
      PATHS.sealedVersion,
      onGrappe(async (scope, request, reply) => {
        const seals = await listSeals(context, scope.grappeId)
        const seal = seals.find(({ number }) => number === versionNumber(request))
        if (seal === undefined) return refuse(request, reply, { code: 'not-found' })
        return sendPage(
          reply,
          SealedVersionPage({
            frame: porteurFrameOf(request, reply, settings.assetsVersion, scope.porteur),
            grappe: scope,
            seal: { ...seal, sealedAt: seal.sealedAt.toISOString() },
            checking: isChecking(seal),
            timeZone: scope.call.window.timeZone,
          }),
        )
      }),
    )

    app.get(
      PATHS.sealedProgress,
      onVersion(async (_scope, seal, _request, reply) =>
        reply.send({
          enCours: isChecking(seal),
          octetsRelus: seal.checkedBytes,
          octetsEnTout: seal.totalBytes,
        }),
      ),
    )

    app.post(
      PATHS.recheckVersion,
      protect,
      onVersion(async (scope, seal, _request, reply) => {
        await recheckSeal(context, seal.id)
        return goTo(reply, urlTo('sealedVersion', { grappe: scope.grappeId, number: String(seal.number) }))
      }),
    )

    app.get(
      PATHS.sealedZip,
      onOffered((seal, request, reply) => sendSealedArchive(context, request, reply, seal)),
    )

    app.get(
      PATHS.sealedXlsx,
      onOffered((seal, _request, reply) => sendSealedWorkbook(context, reply, seal)),
    )

    app.get(
      PATHS.sealedReading,
      onOffered(
        async (seal, request, reply) =>
          (await sendReading(context, reply, seal)) ?? refuse(request, reply, { code: 'reading-not-ready' }),
      ),
    )

    app.post(
      PATHS.redrawReading,
      protect,
      onVersion(async (scope, seal, _request, reply) => {
        await redrawReading(context, seal.id)
        return goTo(reply, urlTo('sealedVersion', { grappe: scope.grappeId, number: String(seal.number) }))
      }),
    )

    app.get(
      PATHS.dossierZip,
      onGrappe(async ({ grappeId }, request, reply) => {
        const dossier = await assembleDossier(context, grappeId)
        return dossier.ok ? await sendArchive(reply, dossier.value) : refuse(request, reply, dossier.refusal)
      }),
    )

    app.get(
      PATHS.dossierXlsx,
      onGrappe(async ({ grappeId }, request, reply) => {
        const dossier = await assembleDossier(context, grappeId)
        return dossier.ok ? await sendWorkbook(reply, dossier.value) : refuse(request, reply, dossier.refusal)
      }),
    )
  }
}

const isChecking = ({ state, finishedAt }: SealRow) => state !== 'refuse' && finishedAt === null
