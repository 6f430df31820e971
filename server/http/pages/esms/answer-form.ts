/** A form answered on screen, on a member's link: its own pieces, and no other's. */
import type { FastifyPluginAsync } from 'fastify'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { recordUrl } from '../../../../templates/pages/esms/asked.tsx'
import { noteLinkUse } from '../../../steps/access/links.ts'
import type { Context } from '../../../steps/ports.ts'
import {
  depositForm,
  type FormVisit,
  saveForm,
  sendPrintedForm,
  showDeposit,
  showForm,
} from '../answer-form.ts'
import { depositNotice } from '../deposit-words.ts'
import { goTo, type PageSettings } from '../page.ts'
import { parameter } from '../request.ts'
import { type MemberVisit, memberGuards } from './access.ts'

export function memberFormPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onLink } = memberGuards(context, settings)

  return async app => {
    app.get(
      PATHS.memberForm,
      onLink(async visit => await showForm(formOf(visit))),
    )
    app.post(PATHS.memberForm, onLink(save))
    app.get(
      PATHS.printMemberForm,
      onLink(async visit => await sendPrintedForm(formOf(visit))),
    )
    app.get(
      PATHS.depositMemberForm,
      onLink(async visit => await showDeposit(formOf(visit))),
    )
    app.post(PATHS.depositMemberForm, onLink(deposit))
  }
}

function formOf({ context, scope, token, request, reply, page, refuse }: MemberVisit): FormVisit {
  const at = { token, piece: parameter(request, 'piece') }
  const own = new Map([...scope.ogs, ...scope.esms].map(({ id, name }) => [id, name]))
  return {
    context,
    side: { by: 'member', member: scope },
    request,
    reply,
    refuse,
    surround: () => ({ by: 'member', page: page() }),
    urls: {
      form: urlTo('memberForm', at),
      deposit: urlTo('depositMemberForm', at),
      print: urlTo('printMemberForm', at),
      piece: urlTo('memberPiece', at),
    },
    recordOf: place => {
      const id = 'id' in place ? place.id : ''
      const name = own.get(id)
      return name === undefined
        ? null
        : [`Compléter la fiche « ${name} »`, recordUrl(token, place.kind === 'og' ? 'og' : 'esms', id)]
    },
  }
}

async function save(visit: MemberVisit) {
  await noteLinkUse(visit.context, visit.scope.linkId)
  return await saveForm(formOf(visit))
}

async function deposit(visit: MemberVisit) {
  const { context, scope, token, request, reply } = visit
  await noteLinkUse(context, scope.linkId)
  const received = await depositForm(formOf(visit))
  if (received === null) return reply
  const at = { token, piece: parameter(request, 'piece'), version: received.version.id }
  return goTo(reply, urlTo('memberReceipt', at), depositNotice(received) ?? undefined)
}
