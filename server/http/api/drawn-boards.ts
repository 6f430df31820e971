/** Boards as the API last answered them: one drawing for as long as the grappe does not change. */
import { dayOf } from '../../domain/deadline.ts'
import type { DossierRow } from '../../domain/dossier-plan.ts'
import type { GrappeMarks } from '../../steps/access/grappe-visit.ts'
import type { Context } from '../../steps/ports.ts'
import type { KeptBoards } from '../../steps/read/kept-boards.ts'
import { boardHeadOf, boardPieceOf } from './answers.ts'

/** The board of 200 members × 12 pieces is about 1.3 MB. */
const MOST_KEPT = 16

interface DrawnBoard {
  etag: string
  json: Buffer
}

/**
 * A board also changes when a deadline passes, hence the day, in the call's time zone, beside the revision.
 */
const etagOf = (revision: number, day: string) => `"${revision}-${day}"`

const COMMA = Buffer.from(',')

/** Each piece as it was last written: a row is never changed, another takes its place. */
const written = new WeakMap<DossierRow, Buffer>()

function bytesOf(row: DossierRow): Buffer {
  const bytes = written.get(row) ?? Buffer.from(JSON.stringify(boardPieceOf(row)))
  written.set(row, bytes)
  return bytes
}

export type DrawnBoards = ReturnType<typeof drawnBoards>

/**
 * The revision was read for this very request: another server's change is seen as well as our
 * own. Requests that come together wait for one drawing.
 */
export function drawnBoards(context: Pick<Context, 'now'>, boards: KeptBoards) {
  const kept = new Map<string, { etag: string; board: Promise<DrawnBoard | null> }>()

  async function draw(grappeId: string): Promise<DrawnBoard | null> {
    const read = await boards.read(grappeId)
    if (read === null) return null
    const { record, today } = read.board
    const { plan } = read.standing
    const head = JSON.stringify(boardHeadOf(plan, record.revision)).slice(0, -1)
    const pieces = plan.rows.flatMap((row, order) => (order === 0 ? [bytesOf(row)] : [COMMA, bytesOf(row)]))
    const json = Buffer.concat([Buffer.from(`${head},"pieces":[`), ...pieces, Buffer.from(']}')])
    return { etag: etagOf(record.revision, today), json }
  }

  return {
    etag: ({ revision, timeZone }: GrappeMarks) =>
      etagOf(revision, dayOf(context.now().toISOString(), timeZone)),

    /** @returns null when the grappe is gone. */
    async read(grappeId: string, etag: string): Promise<DrawnBoard | null> {
      const known = kept.get(grappeId)
      kept.delete(grappeId)
      const entry = known?.etag === etag ? known : { etag, board: draw(grappeId) }
      kept.set(grappeId, entry)
      for (const oldest of kept.keys()) {
        if (kept.size <= MOST_KEPT) break
        kept.delete(oldest)
      }
      try {
        return await entry.board
      } catch (fault) {
        // A fault is not a board: the next request tries again.
        if (kept.get(grappeId) === entry) kept.delete(grappeId)
        throw fault
      }
    },
  }
}
