/** Who is in the grappe: its OG, its ESMS and their solution. */
import type { FastifyPluginAsync } from 'fastify'
import { PATHS } from '../../../../schema/urls.ts'
import { Members } from '../../../../templates/pages/porteur/members.tsx'
import { groupBy } from '../../../domain/group-by.ts'
import { linkStates } from '../../../domain/link.ts'
import { gapsOf, listMembers } from '../../../domain/member-list.ts'
import { listPeople } from '../../../steps/access/people.ts'
import { listLinks } from '../../../steps/collection/list-links.ts'
import { contactsOfPorteur, listContacts } from '../../../steps/collection/save-contacts.ts'
import { listProposals } from '../../../steps/eligibility/decide-correction.ts'
import type { Context } from '../../../steps/ports.ts'
import { type PageSettings, sendPage } from '../page.ts'
import { porteurGuards, type SnapshotVisit } from './access.ts'
import { addEsms, correctEsms, showEsms, showNewEsms } from './esms-form.ts'
import { memberChoice, memberLines } from './member-lines.ts'
import { backFromEdit, changeMembers } from './members-edit.ts'
import { addOg, askToRemoveOg, correctOg, showNewOg, showOg, takeOgOut } from './og-form.ts'
import { askToWithdraw, reinstate, withdraw } from './withdrawal.ts'

export function memberPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe, onRecord, onSnapshot } = porteurGuards(context, settings)

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    app.get(PATHS.members, onSnapshot(showMembers))

    app.post(PATHS.editMembers, protect, onRecord(changeMembers))
    // Reloaded at its own address, a page of this act leads back to the list.
    app.get(PATHS.editMembers, onGrappe(backFromEdit))

    app.get(PATHS.newOg, onRecord(showNewOg))
    app.post(PATHS.newOg, protect, onRecord(addOg))
    app.get(PATHS.editOg, onRecord(showOg))
    app.post(PATHS.editOg, protect, onRecord(correctOg))
    app.get(PATHS.removeOg, onRecord(askToRemoveOg))
    app.post(PATHS.removeOg, protect, onRecord(takeOgOut))

    app.get(PATHS.newEsms, onRecord(showNewEsms))
    app.post(PATHS.newEsms, protect, onRecord(addEsms))
    app.get(PATHS.editEsms, onRecord(showEsms))
    app.post(PATHS.editEsms, protect, onRecord(correctEsms))

    app.get(PATHS.removeEsms, onGrappe(askToWithdraw))
    app.post(PATHS.removeEsms, protect, onRecord(withdraw))
    app.post(PATHS.reinstateEsms, protect, onRecord(reinstate))
  }
}

async function showMembers({ context, scope, snapshot, request, reply, frame }: SnapshotVisit) {
  const { record, registry } = snapshot
  const stateOf = linkStates(
    await listLinks(context, scope.grappeId),
    await listPeople(context.db, scope.grappeId),
  )
  const others = groupBy(await listContacts(context.db, contactsOfPorteur(scope)), ({ owner }) => owner.id)
  const contactOf = (id: string) => ({
    ...(record.contacts.get(id) ?? { contactName: null, contactEmail: null, contactPhone: null }),
    link: stateOf(id),
    others: others.get(id) ?? [],
  })
  const lines = memberLines(record)
  const choice = memberChoice(request.query)
  return sendPage(
    reply,
    Members({
      frame: frame(),
      grappe: scope,
      ogs: record.ogs.map(og => ({
        ...og,
        ...contactOf(og.id),
        carries: og.id === record.porteurOgId,
        members: lines.filter(({ ogId }) => ogId === og.id).length,
      })),
      esms: listMembers(lines, choice).map(line => ({
        ...line,
        ...contactOf(line.id),
        ...(record.details.get(line.id) ?? { commune: null, capacite: null }),
        solutionVersion: record.solutionVersions.get(line.id) ?? null,
      })),
      total: lines.length,
      toComplete: lines.filter(line => gapsOf(line).length > 0).length,
      choice,
      registry,
      corrections: (await listProposals(context, scope.grappeId)).length,
      withdrawn: record.esms.flatMap(({ id, name, finess, withdrawnOn }) =>
        withdrawnOn === null
          ? []
          : [{ id, name, finess, withdrawnOn, motive: record.withdrawalMotives.get(id) ?? '' }],
      ),
    }),
  )
}
