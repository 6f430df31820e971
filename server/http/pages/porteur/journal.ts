/** The journal of a grappe, filtered and page by page: all of what is shown is in the address. */
import type { FastifyPluginAsync } from 'fastify'
import { z } from 'zod'
import { PATHS } from '../../../../schema/urls.ts'
import { type JournalAsked, JournalPage } from '../../../../templates/pages/porteur/journal.tsx'
import { addDays, closingInstant, dayOf } from '../../../domain/deadline.ts'
import { ACT_GROUPS } from '../../../domain/journal/entry.ts'
import type { Context } from '../../../steps/ports.ts'
import { chainText, readChain } from '../../../steps/read/journal-chain.ts'
import { type GrappeRecord, readGrappe } from '../../../steps/read/read-grappe.ts'
import {
  type JournalFilter,
  type JournalPlace,
  listJournalActors,
  readJournalPage,
} from '../../../steps/read/read-journal.ts'
import { disposition } from '../../downloads.ts'
import { type PageSettings, sendPage } from '../page.ts'
import { type GrappeVisit, porteurGuards } from './access.ts'

const SECOND_MS = 1000

const line = z.coerce.number().int().positive().max(Number.MAX_SAFE_INTEGER).nullable().catch(null)

/** A filter that means nothing, or is typed twice, restricts nothing. */
const queryContract = z.object({
  acte: z.string().max(60).catch(''),
  membre: z.uuid().or(z.literal('')).catch(''),
  piece: z.uuid().or(z.literal('')).catch(''),
  qui: z.string().max(400).catch(''),
  du: z.iso.date().or(z.literal('')).catch(''),
  au: z.iso.date().or(z.literal('')).catch(''),
  avant: line,
  apres: line,
})

export function journalPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe } = porteurGuards(context, settings)
  return async app => {
    app.get(PATHS.journal, onGrappe(showJournal))
    app.get(PATHS.journalExport, onGrappe(exportJournal))
  }
}

async function showJournal({ context, scope, request, reply, frame, refuse }: GrappeVisit) {
  const { avant, apres, ...asked } = queryContract.parse(request.query)
  const record = await readGrappe(context.db, scope.grappeId)
  if (record === null) return refuse({ code: 'not-found' })
  const { timeZone } = scope.call
  const filter = filterOf(asked, record, timeZone)
  const page = await readJournalPage(context.db, scope.grappeId, filter, placeOf(avant, apres))
  return sendPage(
    reply,
    JournalPage({
      frame: frame(),
      grappe: scope,
      timeZone,
      ...page,
      asked,
      members: record.ogs.map(({ id, name }) => ({
        id,
        name,
        esms: record.esms.filter(({ ogId }) => ogId === id),
      })),
      actors: await listJournalActors(context.db, scope.grappeId),
    }),
  )
}

/** What `npm run journal -- export` writes, and `verify` checks with no server. */
async function exportJournal({ context, scope, reply }: GrappeVisit) {
  const day = dayOf(context.now().toISOString(), scope.call.timeZone)
  return reply
    .type('application/x-ndjson; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('content-disposition', disposition('attachment', `journal-${day}.ndjson`))
    .send(chainText(await readChain(context.db, scope.grappeId)))
}

function placeOf(before: number | null, after: number | null): JournalPlace {
  if (before !== null) return { before }
  return after === null ? null : { after }
}

/** An OG is asked for with its ESMS; days are whole days on the call's clocks. */
function filterOf(
  { acte, membre, piece, qui, du, au }: JournalAsked,
  { ogs, esms }: GrappeRecord,
  timeZone: string,
): JournalFilter {
  const group = ACT_GROUPS.find(({ code }) => code === acte)?.kinds ?? []
  const one = ACT_GROUPS.flatMap(({ kinds }) => kinds).filter(({ kind }) => kind === acte)
  const kinds = [...group, ...one].map(({ kind }) => kind)
  const ofOg = ogs.some(({ id }) => id === membre) ? esms.filter(({ ogId }) => ogId === membre) : []
  const startOf = (day: string) =>
    new Date(Date.parse(closingInstant(addDays(day, -1), timeZone)) + SECOND_MS)
  return {
    kinds: kinds.length === 0 ? null : kinds,
    memberIds: membre === '' ? null : [membre, ...ofOg.map(({ id }) => id)],
    pieceId: piece === '' ? null : piece,
    actor: qui === '' ? null : qui,
    since: du === '' ? null : startOf(du),
    until: au === '' ? null : startOf(addDays(au, 1)),
  }
}
