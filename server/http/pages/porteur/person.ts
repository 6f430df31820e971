/** One person’s data in a grappe: what would go, what stays and why, then the erasure. */
import type { FastifyPluginAsync } from 'fastify'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { PersonPage } from '../../../../templates/pages/porteur/person.tsx'
import { readEmail } from '../../../domain/email.ts'
import { porteurActor } from '../../../steps/access/porteur-scope.ts'
import { erasePerson, previewPerson } from '../../../steps/erasure/erase-person.ts'
import type { Context } from '../../../steps/ports.ts'
import { problemOf } from '../../refusals.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { formFields } from '../request.ts'
import { type GrappeVisit, porteurGuards } from './access.ts'
import { formStatus } from './forms.ts'

export function personPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe } = porteurGuards(context, settings)

  return async app => {
    app.get(PATHS.personData, onGrappe(showPerson))
    app.post(PATHS.personData, { preHandler: app.csrfProtection }, onGrappe(erase))
  }
}

async function showPerson(visit: GrappeVisit) {
  const { adresse } = visit.request.query as { adresse?: unknown }
  return typeof adresse === 'string' ? await show(visit, adresse, []) : await show(visit, '', [])
}

async function erase(visit: GrappeVisit) {
  const { context, scope, request, reply } = visit
  const typed = formFields(request).adresse ?? ''
  const read = readEmail(typed)
  if (!read.ok) return await show(visit, typed, [])
  const { email } = read
  const erased = await erasePerson(context, scope.grappeId, email, porteurActor(scope))
  if (!erased.ok) {
    return await show(visit, typed, [{ field: 'adresse', message: problemOf(erased.refusal).detail }])
  }
  const count = erased.value.goes.reduce((sum, each) => sum + each.count, 0)
  const url = urlTo('personData', { grappe: scope.grappeId })
  return goTo(
    reply,
    url,
    count === 0
      ? `Rien ici ne nommait ${email} : rien n’a été effacé.`
      : `${email} : effacement fait. Ce qui reste est dit en la cherchant de nouveau.`,
  )
}

async function show(visit: GrappeVisit, typed: string, refused: readonly FieldError[]) {
  const { context, scope, reply, frame } = visit
  const read = readEmail(typed)
  const errors = typed !== '' && !read.ok ? [{ field: 'adresse', message: read.reason }] : refused
  const page = PersonPage({
    frame: frame(),
    grappe: scope,
    typed,
    found: read.ok ? await previewPerson(context.db, scope.grappeId, read.email) : null,
    errors,
  })
  return sendPage(reply, page, formStatus(errors))
}
