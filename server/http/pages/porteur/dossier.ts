/** The dossier of one grappe, on screen and as its two files. */
import type { FastifyPluginAsync } from 'fastify'
import { PATHS } from '../../../../schema/urls.ts'
import { DossierPage } from '../../../../templates/pages/porteur/dossier.tsx'
import { planDossier } from '../../../domain/dossier-plan.ts'
import { assembleDossier } from '../../../steps/assemble-dossier.ts'
import type { Context } from '../../../steps/ports.ts'
import { readSnapshot } from '../../../steps/read-grappe.ts'
import { sendArchive, sendWorkbook } from '../../downloads.ts'
import { type PageSettings, porteurFrameOf, porteurGuards, sendPage } from '../page.ts'

export function dossierPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { refuse, onGrappe } = porteurGuards(context, settings)

  return async app => {
    app.get(
      PATHS.dossier,
      onGrappe(async (scope, request, reply) => {
        const snapshot = await readSnapshot(context, scope.grappeId)
        if (snapshot === null) return refuse(request, reply, { code: 'not-found' })
        const frame = porteurFrameOf(request, reply, settings.assetsVersion, scope.porteur)
        return sendPage(reply, DossierPage({ frame, grappe: scope, plan: planDossier(snapshot) }))
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
