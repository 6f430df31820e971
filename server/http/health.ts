/** Whether the server can do its work: for probes and for `docker compose`. */
import { setTimeout as pause } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { FastifyPluginAsync } from 'fastify'
import { PATHS } from '../../schema/urls.ts'
import type { Context } from '../steps/ports.ts'

/** A part that has not answered by then does not. */
const PATIENCE_MS = 2000

export function health(context: Pick<Context, 'db' | 'disk'>): FastifyPluginAsync {
  /** Shared by all who ask meanwhile: a part that hangs is waited for once. */
  const database = sharing(() => context.db.execute(sql`select 1`))
  const disk = sharing(() => context.disk.hasRoom())

  return async app => {
    app.get(
      PATHS.health,
      { schema: { hide: true }, config: { rateLimit: false } },
      async (_request, reply) => {
        const unwell: string[] = []
        const look = async (part: string, probe: () => Promise<unknown>) => {
          try {
            if ((await inTime(probe())) === false) unwell.push(part)
          } catch (error) {
            app.log.error(error, 'A part of the server does not answer')
            unwell.push(part)
          }
        }
        await Promise.all([look('base indisponible', database), look('plus de place sur le disque', disk)])
        if (unwell.length === 0) return { status: 'ok' }
        return reply.code(503).send({ status: unwell.sort().join(', ') })
      },
    )
  }
}

/** One probe at a time, whoever asks. */
function sharing<Result>(probe: () => Promise<Result>): () => Promise<Result> {
  let underWay: Promise<Result> | null = null
  return () => {
    underWay ??= probe().finally(() => {
      underWay = null
    })
    return underWay
  }
}

async function inTime<Result>(answer: Promise<Result>): Promise<Result> {
  const end = new AbortController()
  const late = pause(PATIENCE_MS, null, { signal: end.signal }).then(() => {
    throw new Error(`No answer within ${PATIENCE_MS} ms`)
  })
  late.catch(() => {})
  try {
    return await Promise.race([answer, late])
  } finally {
    end.abort()
  }
}
