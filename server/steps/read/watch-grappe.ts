/**
 * Tells whoever looks at a grappe that it changed, whichever server changed it, and what happened meanwhile.
 */
import { desc, eq, inArray } from 'drizzle-orm'
import { grappes, journal, pieces } from '../../../schema/tables.ts'
import { isReservedCode } from '../../domain/follow-up.ts'
import type { Context, Database } from '../ports.ts'

/** Looks that a signal asks for are no closer than that, however many changes come. */
const APART_MS = 300

/** The other looks: for a signal that never came. */
const LOOK_MS = 5000

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
export function watchGrappes(
  context: Pick<Context, 'db' | 'signals'>,
  onFault: (fault: unknown) => void,
): GrappeWatch {
  const followers = new Map<string, Set<{ seen: number; tell: (revision: number) => void }>>()
  let timer: NodeJS.Timeout | undefined
  let isLooking = false
  let isAskedAgain = false
  let lookedAt = Number.NEGATIVE_INFINITY
  let unhear: (() => void) | null = null
  let answers = true

  async function look(): Promise<void> {
    isLooking = true
    isAskedAgain = false
    lookedAt = performance.now()
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
    isLooking = false
    if (followers.size > 0) timer = setTimeout(look, isAskedAgain ? APART_MS : LOOK_MS)
  }

  function lookSoon(): void {
    isAskedAgain = true
    if (isLooking) return
    clearTimeout(timer)
    timer = setTimeout(look, Math.max(0, lookedAt + APART_MS - performance.now()))
  }

  return {
    follow(grappeId, seen, tell) {
      const follower = { seen, tell }
      const ofGrappe = followers.get(grappeId) ?? new Set()
      followers.set(grappeId, ofGrappe.add(follower))
      unhear ??= context.signals.hear(news => {
        const isOurs = news === null ? followers.size > 0 : 'grappe' in news && followers.has(news.grappe)
        if (isOurs) lookSoon()
      })
      lookSoon()
      return () => {
        ofGrappe.delete(follower)
        if (ofGrappe.size === 0) followers.delete(grappeId)
      }
    },
    stop() {
      followers.clear()
      clearTimeout(timer)
      unhear?.()
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
