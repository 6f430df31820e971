/** The place of a reviewer who signed in by e-mail: every dossier handed to its address. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { PATHS } from '../../../../schema/urls.ts'
import { ArsDossiers } from '../../../../templates/pages/ars/dossiers.tsx'
import {
  DOSSIER_ORDERS,
  DOSSIER_STATES,
  type DossierFilter,
  filterDossiers,
} from '../../../domain/handed-dossier.ts'
import { findService, invitationsOf } from '../../../steps/access/services.ts'
import { listHandedDossiers } from '../../../steps/dossier/list-dossiers.ts'
import type { Context } from '../../../steps/ports.ts'
import { frameOf, type PageSettings, sendPage } from '../page.ts'
import { signInForm } from '../sign-in.ts'
import { findReviewer } from './access.ts'

export function reviewerAccountPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  /** The dossiers of whoever signed in; to anybody else, the form that asks for a link. */
  const showDossiers = async (request: FastifyRequest, reply: FastifyReply) => {
    const session = await findReviewer(context, request)
    if (session === null) return sendPage(reply, signInForm(request, reply, settings, 'ars'))
    const { email } = session
    const dossiers = await listHandedDossiers(context, email)
    const filter = filterOf(request.query)
    const frame = frameOf(request, reply, settings.assetsVersion)
    return sendPage(
      reply,
      ArsDossiers({
        frame: { ...frame, csrf: reply.generateCsrf(), email },
        dossiers: filterDossiers(dossiers, filter),
        all: dossiers,
        filter,
        service: (await findService(context.db, email))?.name ?? null,
        invitations: await invitationsOf(context, email),
      }),
    )
  }

  return async app => {
    app.get(PATHS.arsDossiers, showDossiers)
  }
}

function filterOf(query: unknown): DossierFilter {
  const { texte, avis, dossier, examen, nouveau, tri } = query as Record<string, unknown>
  return {
    text: typeof texte === 'string' ? texte.slice(0, 200) : '',
    state: DOSSIER_STATES.find(state => state === avis) ?? null,
    complete: dossier === 'complet' ? true : dossier === 'incomplet' ? false : null,
    toExamine: examen === 'reste' ? true : examen === 'fini' ? false : null,
    onlyNew: nouveau === 'oui',
    order: DOSSIER_ORDERS.find(order => order === tri) ?? 'nouveau',
  }
}
