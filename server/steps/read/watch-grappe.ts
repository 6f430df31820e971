/**
 * Tells whoever looks at a grappe that it changed, whichever server changed it, and what happened meanwhile.
 */
import { desc, eq, inArray } from 'drizzle-orm'
import { grappes, journal, pieces } from '../../../schema/tables.ts'
import { isReservedCode } from '../../domain/follow-up.ts'
import type { Context, Database } from '../ports.ts'

/** With the time of the query, a change is told within a second. */
const LOOK_MS = 700

/** Beyond, what is told is what happened last. */
const MOST_CHANGES = 500

export interface GrappeWatch {
  /**
   * @param seen the revision already known: any other one is told, at once or as soon as it exists.
   * @returns what stops it.
   */
  follow(grappeId: string, seen: number, tell: (revision: number) => void): () => void
  stop(): void
}

/**
 * One query at a time for every grappe followed through this process, none when nobody looks.
 *
 * @param onFault hears of a database that does not answer, once each time; followers wait until it does.
 */
export function watchGrappes(context: Pick<Context, 'db'>, onFault: (fault: unknown) => void): GrappeWatch {
  const followers = new Map<string, Set<{ seen: number; tell: (revision: number) => void }>>()
  let timer: NodeJS.Timeout | null = null
  let answers = true

  async function look(): Promise<void> {
    try {
      const rows = await context.db
        .select({ id: grappes.id, revision: grappes.revision })
        .from(grappes)
        .where(inArray(grappes.id, [...followers.keys()]))
      for (const { id, revision } of rows) {
        for (const follower of followers.get(id) ?? []) {
          if (follower.seen === revision) continue
          follower.seen = revision
          follower.tell(revision)
        }
      }
      answers = true
    } catch (fault) {
      if (answers) onFault(fault)
      answers = false
    }
    timer = followers.size === 0 ? null : setTimeout(look, LOOK_MS)
  }

  return {
    follow(grappeId, seen, tell) {
      const follower = { seen, tell }
      const ofGrappe = followers.get(grappeId) ?? new Set()
      followers.set(grappeId, ofGrappe.add(follower))
      timer ??= setTimeout(look, 0)
      return () => {
        ofGrappe.delete(follower)
        if (ofGrappe.size === 0) followers.delete(grappeId)
      }
    },
    stop() {
      followers.clear()
      if (timer !== null) clearTimeout(timer)
      timer = null
    },
  }
}

/** What happened between two revisions. */
export interface News {
  /** Pieces deposited, by who deposited them, the most first. */
  deposits: ReadonlyArray<{ by: string; pieces: number }>
  /** Other lines of the journal. */
  others: number
}

/** Read from the journal, whose lines are as many as the revisions. */
export async function readNews(
  db: Database,
  grappeId: string,
  since: number,
  revision: number,
): Promise<News> {
  if (revision <= since) return { deposits: [], others: 0 }
  const lines = await db
    .select({ kind: journal.kind, actor: journal.actor, pieceId: journal.pieceId, code: pieces.code })
    .from(journal)
    .leftJoin(pieces, eq(pieces.id, journal.pieceId))
    .where(eq(journal.grappeId, grappeId))
    .orderBy(desc(journal.id))
    .limit(Math.min(revision - since, MOST_CHANGES))
  // What follows the deposit is not on the board.
  const deposits = lines.filter(({ kind, code }) => kind === 'piece-deposited' && !isReservedCode(code ?? ''))
  const piecesBy = new Map<string, Set<string | null>>()
  for (const { actor, pieceId } of deposits) {
    piecesBy.set(actor, (piecesBy.get(actor) ?? new Set()).add(pieceId))
  }
  return {
    deposits: [...piecesBy]
      .map(([by, ids]) => ({ by, pieces: ids.size }))
      .toSorted((a, b) => b.pieces - a.pieces || (a.by < b.by ? -1 : 1)),
    others: lines.length - deposits.length,
  }
}
