/** The metrics, for a collector beside the server: on a listener of their own, never on the public port. */
import Fastify, { type FastifyInstance } from 'fastify'
import type { ServerState } from '../domain/server-state.ts'

export const METRICS_PATH = '/metrics'

interface Measured {
  countRequest(method: string, route: string, status: number, seconds: number): void
}

/**
 * To be called before the routes are declared.
 *
 * @param metrics null where nobody asks for any.
 */
export function measureRequests(app: FastifyInstance, metrics: Measured | null): void {
  if (metrics === null) return
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request
    metrics.countRequest(method, routeOptions.url ?? 'inconnue', reply.statusCode, reply.elapsedTime / 1000)
  })
}

/** The parts of the server that the metrics are of. */
interface Source<Pool> {
  readState(): Promise<ServerState>
  database: { pool: (() => Pool) | null }
}

export function buildMetricsApp<Pool>(
  { readState, database }: Source<Pool>,
  metrics: { text(state: ServerState, pool: Pool | null): Promise<string>; contentType: string },
): FastifyInstance {
  const app = Fastify({ forceCloseConnections: true })
  app.get(METRICS_PATH, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text(await readState(), database.pool?.() ?? null)),
  )
  return app
}
