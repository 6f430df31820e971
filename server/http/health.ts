/** Whether the server can do its work: for probes and for `docker compose`. */
import { sql } from 'drizzle-orm'
import type { FastifyPluginAsync } from 'fastify'
import { PATHS } from '../../schema/urls.ts'
import type { Context } from '../steps/ports.ts'

export function health(context: Pick<Context, 'db'>): FastifyPluginAsync {
  return async app => {
    app.get(
      PATHS.health,
      { schema: { hide: true }, config: { rateLimit: false } },
      async (_request, reply) => {
        try {
          await context.db.execute(sql`select 1`)
          return { status: 'ok' }
        } catch (error) {
          app.log.error(error, 'The database does not answer')
          return reply.code(503).send({ status: 'base indisponible' })
        }
      },
    )
  }
}
