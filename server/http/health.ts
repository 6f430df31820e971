/**
 * Whether the server can do its work, for probes: `live`, the process answers; `/health`, it can serve who
 * comes; `ready`, nothing of what it has to do waits too long either.
 */
import { sql } from 'drizzle-orm'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { PATHS } from '../../schema/urls.ts'
import { alertsOf, type ServerState } from '../domain/server-state.ts'
import type { Context } from '../steps/ports.ts'
import { inTime, sharing } from '../steps/read/probes.ts'

const PROBE = { schema: { hide: true }, config: { rateLimit: false } } as const

interface Probed extends Pick<Context, 'db' | 'disk'> {
  /** Whether the first run is still under way. */
  readonly isStarting: boolean
  /** Whether it was asked to stop. */
  readonly isStopping: boolean
  readState(): Promise<ServerState>
}

export function health(context: Probed): FastifyPluginAsync {
  /** Shared by all who ask meanwhile: a part that hangs is waited for once. */
  const database = sharing(() => context.db.execute(sql`select 1`))
  const disk = sharing(() => context.disk.hasRoom())

  async function findUnwell(request: FastifyRequest): Promise<string[]> {
    const unwell: string[] = context.isStarting ? ['démarrage en cours'] : []
    if (context.isStopping) unwell.push('arrêt en cours')
    const look = async (part: string, probe: () => Promise<unknown>) => {
      try {
        if ((await inTime(probe())) === false) unwell.push(part)
      } catch (error) {
        request.log.error(error, 'A part of the server does not answer')
        unwell.push(part)
      }
    }
    await Promise.all([look('base indisponible', database), look('plus de place sur le disque', disk)])
    return unwell.sort()
  }

  return async app => {
    app.get(PATHS.healthLive, PROBE, async () => ({ status: 'ok' }))

    app.get(PATHS.healthReady, PROBE, async (_request, reply) => {
      if (context.isStopping) return reply.code(503).send({ status: 'arrêt en cours', problems: [] })
      const problems = alertsOf(await context.readState()).filter(({ unready }) => unready)
      if (problems.length === 0) return { status: 'ok' }
      const told = problems.map(({ code, sentence }) => ({ code, detail: sentence }))
      return reply.code(503).send({ status: 'indisponible', problems: told })
    })

    app.get(PATHS.health, PROBE, async (request, reply) => {
      const unwell = await findUnwell(request)
      return unwell.length === 0 ? { status: 'ok' } : reply.code(503).send({ status: unwell.join(', ') })
    })
  }
}
