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
  written: WrittenPieces
}

/** Pieces as they were written one after the other, `[` before the first and `,` before each other. */
interface WrittenPieces {
  rows: readonly DossierRow[]
  /** Where each of them ends, in bytes. */
  ends: readonly number[]
  bytes: Buffer
}

/** Enough of a hash that two lines of the same rank do not look alike. */
const HASH_CHARACTERS = 16

/**
 * A board also changes when a deadline passes, hence the day, in the call's time zone, beside the revision
 * and the line of the journal that made it.
 */
const etagOf = ({ revision, lineHash }: Pick<GrappeMarks, 'revision' | 'lineHash'>, day: string) =>
  `"${revision}-${lineHash?.slice(0, HASH_CHARACTERS) ?? ''}-${day}"`

/**
 * Rows that are the very ones of before are copied, as many at once as follow one another: a row is never
 * changed, another takes its place.
 */
function writePieces(rows: readonly DossierRow[], before: WrittenPieces | undefined) {
  const parts: Buffer[] = []
  const ends: number[] = []
  let end = 0
  for (let order = 0; order < rows.length; ) {
    let same = order
    while (same < rows.length && rows[same] === before?.rows[same]) same++
    if (before !== undefined && same > order) {
      const from = before.ends[order - 1] ?? 0
      const moved = end - from
      parts.push(before.bytes.subarray(from, before.ends[same - 1]))
      for (const known of before.ends.slice(order, same)) ends.push(known + moved)
      order = same
    } else {
      const row = rows[order] as DossierRow
      const bytes = Buffer.from(`${order === 0 ? '[' : ','}${JSON.stringify(boardPieceOf(row))}`)
      parts.push(bytes)
      ends.push(end + bytes.length)
      order++
    }
    end = ends.at(-1) ?? 0
  }
  return { parts, ends }
}

export type DrawnBoards = ReturnType<typeof drawnBoards>

/**
 * The revision was read for this very request: another server's change is seen as well as our
 * own. Requests that come together wait for one drawing.
 */
export function drawnBoards(context: Pick<Context, 'now'>, boards: KeptBoards) {
  const kept = new Map<string, { etag: string; board: Promise<DrawnBoard | null> }>()

  async function draw(
    grappeId: string,
    last: Promise<DrawnBoard | null> | undefined,
  ): Promise<DrawnBoard | null> {
    const before = await last?.catch(() => null)
    const read = await boards.read(grappeId)
    if (read === null) return null
    const { record, today } = read.board
    const { plan } = read.standing
    const { rows } = plan
    const head = Buffer.from(`${JSON.stringify(boardHeadOf(plan, record.revision)).slice(0, -1)},"pieces":`)
    const { parts, ends } = writePieces(rows, before?.written)
    const tail = Buffer.from(rows.length === 0 ? '[]}' : ']}')
    const json = Buffer.concat([head, ...parts, tail])
    const bytes = json.subarray(head.length, json.length - tail.length)
    const etag = etagOf({ revision: record.revision, lineHash: read.lineHash }, today)
    return { etag, json, written: { rows, ends, bytes } }
  }

  return {
    etag: (marks: GrappeMarks) => etagOf(marks, dayOf(context.now().toISOString(), marks.timeZone)),

    /** @returns null when the grappe is gone. */
    async read(grappeId: string, etag: string): Promise<DrawnBoard | null> {
      const known = kept.get(grappeId)
      kept.delete(grappeId)
      const entry = known?.etag === etag ? known : { etag, board: draw(grappeId, known?.board) }
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
