/** Looks at the server each minute, and tells each limit that is passed: once an hour, while it lasts. */
import type { FastifyBaseLogger } from 'fastify'
import { type Alert, alertsOf, type ServerState } from './domain/server-state.ts'

const LOOK_EVERY_MS = 60_000
const TELL_AGAIN_MS = 60 * 60_000

/** As written: a job's has its name, so that each is told for itself. */
const keyOf = ({ code, job }: Alert): string => (job === null ? code : `${code}:${job}`)

/**
 * Makes the look. On a timer of this process, not as a job: a database that is gone has to be told too.
 */
export function openWatch(
  context: { readState(): Promise<ServerState>; now(): Date },
  log: Pick<FastifyBaseLogger, 'warn' | 'info'>,
): { look(): Promise<void>; start(): void; stop(): void } {
  const toldAt = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined

  async function look(): Promise<void> {
    const now = context.now().getTime()
    const alerts = new Map(alertsOf(await context.readState()).map(alert => [keyOf(alert), alert]))
    for (const [alert, { sentence }] of alerts) {
      if (now - (toldAt.get(alert) ?? Number.NEGATIVE_INFINITY) < TELL_AGAIN_MS) continue
      toldAt.set(alert, now)
      log.warn({ alert }, sentence)
    }
    for (const alert of [...toldAt.keys()].filter(key => !alerts.has(key))) {
      toldAt.delete(alert)
      log.info({ over: alert }, 'An alert is over')
    }
  }

  return {
    look,
    start() {
      timer = setInterval(() => void look(), LOOK_EVERY_MS).unref()
    },
    stop: () => clearInterval(timer),
  }
}
