/** What a porteur follows of one grappe: its board, journal and messages; each piece, and the dossier. */
import type { FastifyPluginAsync } from 'fastify'
import { z } from 'zod'
import { PATHS } from '../../../../schema/urls.ts'
import { BoardFragment, BoardPage } from '../../../../templates/pages/porteur/board.tsx'
import { BOARD_STATES, type BoardFilter, drawBoard } from '../../../domain/board.ts'
import { dayOf } from '../../../domain/deadline.ts'
import { planDossier } from '../../../domain/dossier-plan.ts'
import { groupBy } from '../../../domain/group-by.ts'
import { progressOf } from '../../../domain/progress.ts'
import { checklistOf } from '../../../domain/submission.ts'
import { listPeople } from '../../../steps/access/people.ts'
import type { Context } from '../../../steps/ports.ts'
import type { GrappeRecord } from '../../../steps/read/read-grappe.ts'
import { latestSealMark } from '../../../steps/read/read-seals.ts'
import { disposition } from '../../downloads.ts'
import { type PageSettings, sendPage } from '../page.ts'
import { porteurGuards, type SnapshotVisit } from './access.ts'
import { boardChoicePages } from './board-choice.ts'
import { boardCsv } from './board-csv.ts'
import { boardEvents } from './board-events.ts'
import { correctDepositPages } from './correct-deposit.ts'
import { dossierPages } from './dossier.ts'
import { journalPages } from './journal.ts'
import { looseFilePages } from './loose-files.ts'
import { piecePages } from './piece.ts'

/** A filter that means nothing, or is typed twice, restricts nothing. */
const filterContract = z.object({
  etat: z.enum(BOARD_STATES).nullable().catch(null),
  og: z.uuid().nullable().catch(null),
  texte: z.string().max(200).catch(''),
})

function filterOf(query: unknown): BoardFilter {
  const { etat, og, texte } = filterContract.parse(query)
  return { state: etat, ogId: og, text: texte }
}

/** What the page and its fragment are both drawn from. */
async function viewOf({ context, snapshot, request }: SnapshotVisit) {
  const plan = planDossier(snapshot)
  const filter = filterOf(request.query)
  const { record, pieces, timeZone } = snapshot
  const people = await listPeople(context.db, record.id)
  const contactsOf = groupBy(
    people.flatMap(person => person.owners.map(({ id }) => ({ id, person }))),
    ({ id }) => id,
  )
  return {
    plan,
    filter,
    board: drawBoard(plan, filter, id => (contactsOf.get(id) ?? []).map(({ person }) => person)),
    revision: record.revision,
    toSubmit: await toSubmit(context, record),
    progress: progressOf(plan, pieces, dayOf(record.createdAt.toISOString(), timeZone)),
  }
}

async function toSubmit(context: Context, { id, call, submission }: GrappeRecord) {
  const steps = checklistOf(call, submission).steps
  const done = steps.filter(step => step.done !== null).length
  const sealed = done === steps.length ? null : await latestSealMark(context, id)
  return sealed && { version: sealed.number, done, steps: steps.length }
}

export function boardPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onSnapshot } = porteurGuards(context, settings)

  return async app => {
    await app.register(piecePages(context, settings))
    await app.register(looseFilePages(context, settings))
    await app.register(correctDepositPages(context, settings))
    await app.register(dossierPages(context, settings))
    await app.register(journalPages(context, settings))
    await app.register(boardEvents(context, settings))
    await app.register(boardChoicePages(context, settings))

    app.get(PATHS.board, onSnapshot(showBoard))
    app.get(PATHS.boardFragment, onSnapshot(showFragment))
    app.get(PATHS.boardCsv, onSnapshot(downloadCsv))
  }
}

async function showBoard(visit: SnapshotVisit) {
  const { scope, reply, frame } = visit
  return sendPage(reply, BoardPage({ frame: frame(), grappe: scope, ...(await viewOf(visit)) }))
}

async function showFragment(visit: SnapshotVisit) {
  return sendPage(visit.reply, BoardFragment({ grappe: visit.scope, ...(await viewOf(visit)) }))
}

async function downloadCsv(visit: SnapshotVisit) {
  const { plan, board } = await viewOf(visit)
  return visit.reply
    .header('content-type', 'text/csv; charset=utf-8')
    .header('content-disposition', disposition('attachment', `Tableau_${plan.name}.csv`))
    .send(boardCsv(board, plan))
}
