/** The place of a reviewer who signed in by e-mail: every dossier handed to its address. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { fieldMessages } from '../../../../schema/contracts/members.ts'
import { assignmentContract } from '../../../../schema/contracts/services.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { ArsDossiers, DOSSIERS_PER_PAGE } from '../../../../templates/pages/ars/dossiers.tsx'
import { count } from '../../../../templates/pages/format.ts'
import { filterDossiers } from '../../../domain/handed-dossier.ts'
import { addressesOf, findService, invitationsOf } from '../../../steps/access/services.ts'
import { assignDossiers } from '../../../steps/dossier/assign-dossiers.ts'
import { listHandedDossiers } from '../../../steps/dossier/list-dossiers.ts'
import type { Context } from '../../../steps/ports.ts'
import { dossierFilterOf } from '../../dossier-filter.ts'
import { problemOf } from '../../refusals.ts'
import { frameOf, goTo, type PageSettings, sendPage } from '../page.ts'
import { fieldValues, formFields, validId } from '../request.ts'
import { signInForm } from '../sign-in.ts'
import { type AccountVisit, accountGuard, findReviewer } from './access.ts'

export function reviewerAccountPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  /** The dossiers of whoever signed in; to anybody else, the form that asks for a link. */
  const showDossiers = async (request: FastifyRequest, reply: FastifyReply) => {
    const session = await findReviewer(context, request)
    if (session === null) return sendPage(reply, signInForm(request, reply, settings, 'ars'))
    const { email } = session
    const dossiers = await listHandedDossiers(context, email)
    const filter = dossierFilterOf(request.query, email)
    const service = await findService(context.db, email)
    const frame = frameOf(request, reply, settings.assetsVersion)
    const matching = filterDossiers(dossiers, filter)
    const pages = Math.max(1, Math.ceil(matching.length / DOSSIERS_PER_PAGE))
    return sendPage(
      reply,
      ArsDossiers({
        page: Math.min(pageOf(request.query), pages),
        pages,
        frame: { ...frame, csrf: reply.generateCsrf(), email },
        dossiers: matching,
        all: dossiers,
        filter,
        service: service && { name: service.name, members: addressesOf(service) },
        query: queryOf(request),
        invitations: await invitationsOf(context, email),
      }),
    )
  }

  const signedIn = accountGuard(context, settings)

  return async app => {
    app.get(PATHS.arsDossiers, showDossiers)
    app.post(PATHS.arsAssign, { preHandler: app.csrfProtection }, signedIn(assign))
  }
}

/** From 1; that of no number is the first. */
function pageOf(query: unknown): number {
  const asked = Number((query as { page?: unknown }).page ?? 1)
  return Number.isInteger(asked) && asked > 0 ? asked : 1
}

/** The filters of the address, as they were asked. */
const queryOf = (request: FastifyRequest): string => new URL(request.url, 'http://localhost').search

const queueUrl = (request: FastifyRequest): string => urlTo('arsDossiers') + queryOf(request)

async function assign({ context, session, request, reply, refuse }: AccountVisit) {
  const { email } = formFields(request)
  const parsed = assignmentContract.safeParse({
    dossiers: fieldValues(request, 'dossier').map(validId),
    email: email === 'personne' ? null : email,
  })
  if (!parsed.success) {
    return goTo(reply, queueUrl(request), Object.values(fieldMessages(parsed.error))[0] ?? '')
  }
  const assigned = await assignDossiers(context, session, parsed.data)
  if (!assigned.ok) {
    const [flaw] = Object.values(problemOf(assigned.refusal).fields)
    return flaw === undefined ? refuse(assigned.refusal) : goTo(reply, queueUrl(request), flaw)
  }
  return goTo(reply, queueUrl(request), assignedSentence(assigned.value, parsed.data.email))
}

function assignedSentence(changed: number, email: string | null): string {
  if (changed === 0) return 'Rien n’a changé : ces dossiers étaient déjà attribués ainsi.'
  const dossiers = count(changed, 'dossier')
  return email === null ? `${dossiers} à attribuer de nouveau.` : `${dossiers} à lire par ${email}.`
}
