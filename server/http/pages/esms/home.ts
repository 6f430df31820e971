/**
 * The first page of an ESMS' or an OG's link: its tasks, its calendar. Its forms carry no forgery token: the
 * address itself, which nobody else can guess, is the proof.
 */
import type { FastifyPluginAsync } from 'fastify'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { MemberHome } from '../../../../templates/pages/esms/home.tsx'
import { erasureSentence } from '../../../../templates/pages/porteur/retention.tsx'
import { noteLinkUse } from '../../../steps/access/links.ts'
import { linkActor, type MemberScope, readSetAside } from '../../../steps/access/member-scope.ts'
import { type CalendarHolder, calendarOf, replaceCalendar } from '../../../steps/collection/calendar-feed.ts'
import { refuseArchived, refuseByWindow } from '../../../steps/collection/find-deposit-target.ts'
import type { Context } from '../../../steps/ports.ts'
import { readRetention } from '../../../steps/read/read-retention.ts'
import { problemOf } from '../../refusals.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { formFields } from '../request.ts'
import { delegatesOf, type MemberVisit, memberGuards, ownerOf } from './access.ts'
import { readGroups, recordsOf } from './tasks.ts'

export function memberHomePages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onLink } = memberGuards(context, settings)

  return async app => {
    app.get(PATHS.memberHome, onLink(showHome))
    app.post(PATHS.memberCalendar, onLink(changeCalendar))
    app.post(PATHS.memberSeen, onLink(noteSeen))
  }
}

async function showHome({ context, scope, request, reply, page }: MemberVisit) {
  const closed = refuseArchived({ by: 'member', member: scope }) ?? refuseByWindow(scope.call, context.now())
  const groups = await readGroups(context, scope)
  const { membre } = request.query as { membre?: unknown }
  const home = MemberHome({
    ...page(),
    groups,
    records: recordsOf(scope),
    selected: groups.find(({ id }) => id === membre)?.id ?? null,
    setAside: (await readSetAside(context, scope)).map(each => ({
      ownerName: ownerOf(scope, each).name,
      pieceId: each.piece.id,
      name: each.definition.name,
      versions: each.piece.versions.length,
    })),
    archived: scope.archived,
    closedReason: closed === null ? null : problemOf(closed.refusal).detail,
    erasure: erasureSentence(await readRetention(context, scope.grappeId, scope.call), scope.call.timeZone),
    delegates: await delegatesOf(context, scope),
    email: scope.email,
    calendar: (await calendarOf(context, holderOf(scope)))?.address ?? null,
  })
  return sendPage(reply, home)
}

async function changeCalendar({ context, scope, token, request, reply }: MemberVisit) {
  const issue = formFields(request).acte !== 'revoquer'
  await replaceCalendar(context, holderOf(scope), { actor: linkActor(scope), issue })
  const notice = issue ? 'Votre lien d’agenda est prêt.' : 'Votre lien d’agenda est révoqué.'
  return goTo(reply, `${urlTo('memberHome', { token })}#agenda`, notice)
}

async function noteSeen({ context, scope, reply }: MemberVisit) {
  await noteLinkUse(context, scope.linkId)
  return reply.code(204).send()
}

/** Whose calendar a link gives: its person's, its OG's or its ESMS'. */
function holderOf(scope: MemberScope): CalendarHolder {
  const { grappeId, email, actor } = scope
  const alone = email === null
  const ogId = alone ? (scope.ogs[0]?.id ?? null) : null
  const esmsId = alone && ogId === null ? (scope.esms[0]?.id ?? null) : null
  return { grappeId, email, ogId, esmsId, label: `Agenda de ${actor}` }
}
