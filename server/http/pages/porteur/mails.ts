/** The messages of a grappe; where no mail server sends them, the porteur does, from here. */
import type { FastifyPluginAsync } from 'fastify'
import { z } from 'zod'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import { count } from '../../../../templates/pages/format.ts'
import { MailsPage } from '../../../../templates/pages/porteur/mails.tsx'
import { heldKinds } from '../../../domain/role.ts'
import { type Mail, readMailsOfGrappe, readSender } from '../../../steps/access/send-mail.ts'
import { isToSendByHand, markSentByHand } from '../../../steps/collection/send-by-hand.ts'
import type { Context } from '../../../steps/ports.ts'
import { disposition } from '../../downloads.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { parameter } from '../request.ts'
import { type GrappeVisit, porteurGuards } from './access.ts'

/** Each weighs some 7 kB with its draft: a page stays under 100 kB. */
const MAILS_A_PAGE = 12

const queryContract = z.object({
  voir: z.enum(['a-envoyer', 'tous']).nullable().catch(null),
  page: z.coerce.number().int().min(1).max(1000).catch(1),
})

const markContract = z.object({
  mail: z.preprocess(value => (Array.isArray(value) ? value : [value]), z.array(z.uuid()).max(5_000)),
  envoye: z.enum(['oui', 'non']),
})

export function mailPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe } = porteurGuards(context, settings)

  return async app => {
    app.get(PATHS.mails, onGrappe(showMails))
    app.get(PATHS.mailDrafts, onGrappe(downloadDrafts))
    app.get(PATHS.mailDraft, onGrappe(downloadDraft))
    app.post(PATHS.markMails, { preHandler: app.csrfProtection }, onGrappe(mark))
  }
}

async function showMails({ context, porteur, scope, request, reply, frame }: GrappeVisit) {
  const { voir, page } = queryContract.parse(request.query)
  const all = await readMailsOfGrappe(context, scope.grappeId, heldKinds(porteur.role))
  const toSend = toSendByHand(context, all)
  const isFiltered = toSend.length > 0 && voir !== 'tous'
  const shown = isFiltered ? toSend : all
  return sendPage(
    reply,
    MailsPage({
      frame: frame(),
      grappe: scope,
      timeZone: scope.call.timeZone,
      sends: context.mailer !== null,
      mails: shown.slice((page - 1) * MAILS_A_PAGE, page * MAILS_A_PAGE),
      toSend: toSend.map(({ id }) => id),
      total: all.length,
      isFiltered,
      page,
      pages: Math.max(1, Math.ceil(shown.length / MAILS_A_PAGE)),
      sender: await readSender(context.db, scope.grappeId),
    }),
  )
}

/** Oldest last, as they are shown; of none when a mail server sends. */
const toSendByHand = (context: Context, mails: readonly Mail[]) =>
  context.mailer === null ? mails.filter(isToSendByHand) : []

async function downloadDrafts({ context, porteur, scope, reply, refuse }: GrappeVisit) {
  const waiting = toSendByHand(
    context,
    await readMailsOfGrappe(context, scope.grappeId, heldKinds(porteur.role)),
  )
  if (waiting.length === 0) return refuse({ code: 'not-found' })
  return reply
    .type('application/zip')
    .header('content-disposition', disposition('attachment', `Messages_${scope.grappeName}.zip`))
    .send(context.mailDrafts.zip(waiting.toReversed()))
}

async function downloadDraft({ context, porteur, scope, request, reply, refuse }: GrappeVisit) {
  const mails = await readMailsOfGrappe(context, scope.grappeId, heldKinds(porteur.role))
  const mail = mails.find(({ id }) => id === parameter(request, 'mail'))
  if (mail === undefined || mail.linkLost) return refuse({ code: 'not-found' })
  return reply
    .type('message/rfc822')
    .header('content-disposition', disposition('attachment', `${mail.subject.slice(0, 80)}.eml`))
    .send(await context.mailDrafts.one(mail))
}

async function mark({ context, scope, request, reply, refuse }: GrappeVisit) {
  const parsed = markContract.safeParse(request.body)
  if (!parsed.success) return refuse({ code: 'not-found' })
  const sent = parsed.data.envoye === 'oui'
  const changed = await markSentByHand(context, scope, parsed.data.mail, sent)
  const done = sent
    ? count(changed, 'message noté comme envoyé', 'messages notés comme envoyés')
    : count(changed, 'message remis à envoyer', 'messages remis à envoyer')
  return goTo(
    reply,
    urlTo('mails', { grappe: scope.grappeId }),
    changed === 0 ? 'Rien n’a changé : c’était déjà noté.' : `${done}.`,
  )
}
