/** A grappe's own page: its name, where it comes from, its archive. */
import type { FastifyPluginAsync } from 'fastify'
import { fieldMessages, grappeNameContract } from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { GrappeSettings } from '../../../../templates/pages/porteur/grappe-settings.tsx'
import { erasureSentence } from '../../../../templates/pages/porteur/retention.tsx'
import { listLinks } from '../../../steps/collection/list-links.ts'
import { archiveGrappe } from '../../../steps/eligibility/archive-grappe.ts'
import { readCopy } from '../../../steps/eligibility/copy-grappe.ts'
import { renameGrappe } from '../../../steps/eligibility/rename-grappe.ts'
import type { Context } from '../../../steps/ports.ts'
import { readRetention } from '../../../steps/read/read-retention.ts'
import { offeredNumbers } from '../../../steps/read/read-seals.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { fieldErrors, formFields } from '../request.ts'
import { type GrappeVisit, porteurGuards } from './access.ts'
import { copy, showCopy } from './copy-grappe.ts'
import { formErrors, formStatus } from './forms.ts'

export function grappeSettingsPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe, onRecord } = porteurGuards(context, settings)

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    app.get(PATHS.grappeSettings, onGrappe(showSettings))
    app.get(PATHS.copyGrappe, onRecord(showCopy))
    app.post(PATHS.copyGrappe, protect, onRecord(copy))
    app.post(PATHS.renameGrappe, protect, onGrappe(rename))
    app.post(PATHS.archiveGrappe, protect, onGrappe(archive))
    // Reloaded at its own address, a form leads back to the page that it is on.
    app.get(PATHS.renameGrappe, onGrappe(backToSettings))
    app.get(PATHS.archiveGrappe, onGrappe(backToSettings))
  }
}

const showSettings = (visit: GrappeVisit) => show(visit, visit.scope.grappeName, [])
const backToSettings = async (visit: GrappeVisit) => back(visit)

async function rename(visit: GrappeVisit) {
  const { context, scope, request } = visit
  const fields = formFields(request)
  const parsed = grappeNameContract.safeParse(fields)
  if (!parsed.success) return await show(visit, fields.name ?? '', fieldErrors(fieldMessages(parsed.error)))
  const { name } = parsed.data
  const renamed = await renameGrappe(context, scope, parsed.data)
  if (!renamed.ok) return await show(visit, name, formErrors(renamed.refusal, 'name'))
  const { before } = renamed.value
  return back(
    visit,
    before === name ? 'Le nom n’a pas changé.' : `La grappe « ${before} » s’appelle maintenant « ${name} ».`,
  )
}

async function archive(visit: GrappeVisit) {
  const { context, scope, request, refuse } = visit
  const archived = formFields(request).archiver === 'oui'
  const done = await archiveGrappe(context, scope, archived)
  if (!done.ok) return refuse(done.refusal)
  const state = archived ? 'archivée' : 'reprise de l’archive'
  return back(
    visit,
    !done.value.changed
      ? `La grappe était déjà ${archived ? 'archivée' : 'en cours'} : rien n’a changé.`
      : archived
        ? `« ${scope.grappeName} » est ${state} : plus de dépôt ni de relance. Personne n’en est prévenu.`
        : `« ${scope.grappeName} » est ${state} : dépôts et relances sont de nouveau possibles.`,
  )
}

async function show(visit: GrappeVisit, name: string, errors: readonly FieldError[]) {
  const { context, scope, reply, frame } = visit
  const links = (await listLinks(context, scope.grappeId)).filter(({ state }) => state === 'actif')
  const reviewers = links.filter(({ kind }) => kind === 'ars').length
  const page = GrappeSettings({
    frame: frame(),
    grappe: scope,
    name,
    errors,
    links: { members: links.length - reviewers, reviewers },
    from: (await readCopy(context, scope)).from,
    erasure: erasureSentence(await readRetention(context, scope.grappeId, scope.call), scope.call.timeZone),
    sealed: (await offeredNumbers(context, scope.grappeId)).length,
  })
  return sendPage(reply, page, formStatus(errors))
}

function back({ scope, reply }: GrappeVisit, notice?: string) {
  return goTo(reply, urlTo('grappeSettings', { grappe: scope.grappeId }), notice)
}
