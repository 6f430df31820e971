/**
 * Times each statement of a database, and tells of the slow ones: their text, in which values are `$1`, `$2`,
 * and never the values. Time spent waiting for a turn on the embedded database is not theirs.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { PGlite } from '@electric-sql/pglite'
import type pg from 'pg'

/** @param ms how long it took, in milliseconds. */
export type TellStatement = (text: string, ms: number) => void

export interface StatementWatch {
  /** Tells, from now on, each statement that took that long or more. */
  tellFrom(leastMs: number, tell: TellStatement): void
  ended(text: string, startedAt: number): void
}

export function watchStatements(): StatementWatch {
  let least = Number.POSITIVE_INFINITY
  let told: TellStatement = () => undefined
  return {
    tellFrom(leastMs, tell) {
      least = leastMs
      told = tell
    },
    ended(text, startedAt) {
      const ms = performance.now() - startedAt
      if (ms >= least) told(text.replace(/\s+/g, ' ').trim(), Math.round(ms))
    },
  }
}

/** One connection of a pool. */
export function timeClient(client: pg.PoolClient, watch: StatementWatch): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown
  const timed = (...args: unknown[]) => {
    const startedAt = performance.now()
    const [first] = args
    const text = typeof first === 'string' ? first : String((first as { text?: unknown } | null)?.text)
    const ended = () => watch.ended(text, startedAt)
    const last = args.at(-1)
    if (typeof last === 'function') {
      // As the pool asks for whoever takes no connection of its own.
      const answer = (...answers: unknown[]) => {
        ended()
        last(...answers)
      }
      return query(...args.slice(0, -1), answer)
    }
    const asked = query(...args)
    if (asked instanceof Promise) asked.then(ended, ended)
    return asked
  }
  client.query = timed as typeof client.query
}

/** The embedded database, which runs one statement at a time. */
export function timePglite(client: PGlite, watch: StatementWatch): void {
  const turn = new AsyncLocalStorage<{ startedAt: number }>()
  const run = client._runExclusiveQuery.bind(client)
  client._runExclusiveQuery = act => {
    const statement = turn.getStore()
    return run(() => {
      if (statement !== undefined) statement.startedAt = performance.now()
      return act()
    })
  }
  const timed =
    <Args extends unknown[], Result>(ask: (text: string, ...args: Args) => Promise<Result>) =>
    async (text: string, ...args: Args): Promise<Result> => {
      const statement = { startedAt: performance.now() }
      try {
        return await turn.run(statement, () => ask(text, ...args))
      } finally {
        watch.ended(text, statement.startedAt)
      }
    }
  const { transaction } = client
  client.query = timed(client.query.bind(client)) as typeof client.query
  client.exec = timed(client.exec.bind(client))
  client.transaction = act =>
    transaction.call(client, tx =>
      act({ ...tx, query: timed(tx.query) as typeof tx.query, exec: timed(tx.exec) }),
    ) as ReturnType<typeof act>
}
