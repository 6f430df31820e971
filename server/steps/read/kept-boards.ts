/**
 * Boards as this server last read them, brought up to date by what the journal says since then.
 *
 * A board brought up to date equals the board read whole from nothing (`test/http/kept-boards.test.ts`), and
 * what did not change in it is the very same object: whoever draws it may keep what it drew of each. Whatever
 * is not known to touch one piece alone has the whole read again (docs/adr/0043).
 */
import { desc, eq, sql } from 'drizzle-orm'
import { finessRegistry, journal } from '../../../schema/tables.ts'
import { windowAt } from '../../domain/call.ts'
import { restandBoard, type StandingBoard, standBoard } from '../../domain/dossier-plan.ts'
import type { ActKind, RecordedAct } from '../../domain/journal/entry.ts'
import type { Piece } from '../../domain/piece.ts'
import type { Context, Database } from '../ports.ts'
import { readChanges } from './read-changes.ts'
import { atOneInstant, type GrappeBoard, readShown } from './read-snapshot.ts'

/** Acts that change the piece that they name, and nothing else of a board. */
export const OF_ONE_PIECE: ReadonlySet<RecordedAct['kind']> = new Set<ActKind>([
  'piece-deposited',
  'file-taken-out',
  'version-taken-out',
  'version-moved',
  'version-moved-in',
  'piece-accepted',
  'acceptance-undone',
  'piece-refused',
  'piece-found-clean',
  'piece-found-conforming',
  'conforming-withdrawn',
  'non-applicable-asked',
  'non-applicable-declared',
  'non-applicable-confirmed',
  'non-applicable-declined',
  'file-damaged',
  'file-mended',
  'message-written',
])

/** After more acts than these the whole is as soon read. */
const MOST_ACTS = 200

/** What other grappes hold moves nothing here, such as a number that two of them count: read anew by then. */
const MOST_KEPT_MS = 60_000

/** Of all boards, some 5 kB each with what is drawn of it; the boards asked for longest ago are forgotten. */
const MOST_PIECES = 10_000

/** Nobody's in particular: nothing of it depends on who reads. */
export interface KeptBoard {
  board: GrappeBoard
  standing: StandingBoard
  /** Of the journal's last line, as the chain has it; null without one. */
  lineHash: string | null
}

interface Kept extends KeptBoard {
  /** Of the journal, up to which it was read; 0 without one. */
  lastLine: number
  registryAt: string | null
  /** When the whole was read, in milliseconds of the epoch. */
  readAt: number
}

export type KeptBoards = ReturnType<typeof keptBoards>

/** One for each server. */
export function keptBoards(context: Pick<Context, 'db' | 'now' | 'antivirus'>) {
  const kept = new Map<string, Kept>()

  function keep(grappeId: string, read: Kept | null): void {
    kept.delete(grappeId)
    if (read !== null) kept.set(grappeId, read)
    let left = 0
    for (const { board } of kept.values()) left += board.pieces.length
    for (const [oldest, { board }] of kept) {
      if (left <= MOST_PIECES) break
      kept.delete(oldest)
      left -= board.pieces.length
    }
  }

  return {
    /**
     * The board as it is at this instant.
     *
     * @returns null when there is no such grappe.
     */
    async read(grappeId: string): Promise<KeptBoard | null> {
      const known = kept.get(grappeId)
      const brought = known && (await bringUpToDate(context, known))
      const read = brought ?? (await atOneInstant(context, tx => readWhole(tx, context, grappeId)))
      keep(grappeId, read)
      return read
    },
  }
}

async function readWhole(
  tx: Database,
  context: Pick<Context, 'db' | 'now' | 'antivirus'>,
  grappeId: string,
): Promise<Kept | null> {
  const readAt = context.now().getTime()
  const board = await readShown(tx, context, grappeId)
  if (board === null) return null
  const [last] = await tx
    .select({
      id: journal.id,
      hash: journal.hash,
      registryAt: sql<string | null>`(select imported_at::text from ${finessRegistry})`,
    })
    .from(journal)
    .where(eq(journal.grappeId, grappeId))
    .orderBy(desc(journal.id))
    .limit(1)
  const { id: lastLine = 0, hash: lineHash = null, registryAt = null } = last ?? {}
  return { board, standing: standBoard(board), lastLine, lineHash, registryAt, readAt }
}

/** @returns null when the whole is to be read. */
async function bringUpToDate({ db, now }: Pick<Context, 'db' | 'now'>, known: Kept): Promise<Kept | null> {
  const { board, registryAt, lastLine, lineHash } = known
  const { record } = board
  const at = now()
  const takenAt = at.toISOString()
  const { today, closesOn } = windowAt(record.call, takenAt)
  const age = at.getTime() - known.readAt
  if (age < 0 || age > MOST_KEPT_MS || today !== board.today || closesOn !== board.closesOn) return null
  const changes = await readChanges(db, record.id, { lastLine, most: MOST_ACTS + 1 })
  if (changes === null || changes.registryAt !== registryAt) return null
  // A database that lost its last acts, and went on with others.
  if (changes.lineHash !== lineHash) return null
  const { revision, lines, pieces: changed } = changes
  const moved = revision - record.revision
  // Each line is one revision. What moved it by itself, or did not, is unknown here.
  if (lines.length !== moved || lines.length > MOST_ACTS) return null
  if (!lines.every(({ kind }) => OF_ONE_PIECE.has(kind))) return null
  if (moved === 0) return known

  const ids = new Set(lines.flatMap(({ pieceId }) => pieceId ?? []))
  const changedOf = new Map(changed.map(piece => [piece.id, piece]))
  const latest = (all: readonly Piece[]) => all.map(piece => changedOf.get(piece.id) ?? piece)
  const held = [...board.pieces, ...board.followUps].filter(({ id }) => ids.has(id))
  if (held.length !== ids.size || changed.length !== ids.size) return null
  const moment = { ...record, revision }
  const brought: GrappeBoard = {
    ...board,
    takenAt,
    record: moment,
    grappe: moment,
    pieces: latest(board.pieces),
    followUps: latest(board.followUps),
  }
  const standing = restandBoard(known.standing, brought, changed)
  const last = lines.at(-1)
  return {
    ...known,
    board: brought,
    standing,
    lastLine: last?.id ?? lastLine,
    lineHash: last?.hash ?? lineHash,
  }
}
