/** What a porteur follows of one grappe: its board, journal and messages; each piece, and the dossier. */
import type { FastifyPluginAsync } from 'fastify'
import type { VNode } from 'preact'
import { z } from 'zod'
import { PATHS } from '../../../../schema/urls.ts'
import { BoardFragment, BoardPage, type BoardView } from '../../../../templates/pages/porteur/board.tsx'
import { BOARD_STATES, type BoardFilter, drawBoard } from '../../../domain/board.ts'
import { dayOf } from '../../../domain/deadline.ts'
import { groupBy } from '../../../domain/group-by.ts'
import { progressOf } from '../../../domain/progress.ts'
import { checklistOf } from '../../../domain/submission.ts'
import { listPeople } from '../../../steps/access/people.ts'
import { openPorteurScope } from '../../../steps/access/porteur-scope.ts'
import type { Porteur } from '../../../steps/access/sign-in.ts'
import type { Context } from '../../../steps/ports.ts'
import type { KeptBoard, KeptBoards } from '../../../steps/read/kept-boards.ts'
import type { GrappeRecord } from '../../../steps/read/read-grappe.ts'
import { latestSealMark } from '../../../steps/read/read-seals.ts'
import { disposition } from '../../downloads.ts'
import { drawnPages, FORM_TOKEN } from '../drawn-pages.ts'
import { pageParts } from '../kept-parts.ts'
import { drawPage, type PageSettings, sendPage } from '../page.ts'
import { type MarksVisit, porteurGuards } from './access.ts'
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
async function viewOf(context: Context, { board, standing }: KeptBoard, filter: BoardFilter) {
  const { plan } = standing
  const { record, pieces, timeZone } = board
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
  const { onMarks } = porteurGuards(context, settings)
  const { boards } = settings
  const pages = drawnPages(() => context.now().getTime())

  return async app => {
    await app.register(piecePages(context, settings))
    await app.register(looseFilePages(context, settings))
    await app.register(correctDepositPages(context, settings))
    await app.register(dossierPages(context, settings))
    await app.register(journalPages(context, settings))
    await app.register(boardEvents(context, settings))
    await app.register(boardChoicePages(context, settings))

    app.get(PATHS.board, onMarks(showBoard))
    app.get(PATHS.boardFragment, onMarks(showFragment))
    app.get(PATHS.boardCsv, onMarks(downloadCsv))
  }

  async function showBoard(visit: MarksVisit) {
    const { porteur, marks, request, reply } = visit
    const frame = visit.frame()
    if (frame.notice === null) {
      return await sendKept(visit, 'page', view =>
        BoardPage({ frame: { ...frame, csrf: FORM_TOKEN }, ...view }),
      )
    }
    // What was just done is told once: that page is not kept.
    const view = await openView(context, boards, porteur, marks.grappeId, filterOf(request.query))
    const { part, fill } = pageParts()
    return sendPage(reply, BoardPage({ frame, part, ...view }), 200, fill)
  }

  async function showFragment(visit: MarksVisit) {
    return await sendKept(visit, 'parts', view => BoardFragment(view))
  }

  async function downloadCsv({ porteur, marks, request, reply }: MarksVisit) {
    const filter = filterOf(request.query)
    const { plan, board } = await openView(context, boards, porteur, marks.grappeId, filter)
    return reply
      .header('content-type', 'text/csv; charset=utf-8')
      .header('content-disposition', disposition('attachment', `Tableau_${plan.name}.csv`))
      .send(boardCsv(board, plan))
  }

  /** Kept for this person alone, until anything that it shows moves, or the day. */
  async function sendKept(visit: MarksVisit, name: string, draw: (view: BoardView) => VNode) {
    const { porteur, marks, request, reply } = visit
    const filter = filterOf(request.query)
    const today = dayOf(context.now().toISOString(), marks.timeZone)
    const key = JSON.stringify([name, porteur, marks, today, filter])
    return await pages.send(request, reply, key, async () => {
      const { part, fill } = pageParts()
      const view = await openView(context, boards, porteur, marks.grappeId, filter)
      return drawPage(request, draw({ ...view, part }), 200, fill)
    })
  }
}

/** All that the board shows; each page brings its own parts. */
async function openView(
  context: Context,
  boards: KeptBoards,
  porteur: Porteur,
  grappeId: string,
  filter: BoardFilter,
): Promise<Omit<BoardView, 'part'>> {
  const scope = await openPorteurScope(context, porteur, grappeId)
  const kept = await boards.read(grappeId)
  if (scope === null || kept === null) {
    throw Object.assign(new Error('The grappe has gone since its marks were read'), { statusCode: 404 })
  }
  return { grappe: scope, ...(await viewOf(context, kept, filter)) }
}
