/** Calendar feeds, fetched by calendar programs: the address is the proof. */
import { createHash } from 'node:crypto'
import type { FastifyPluginAsync } from 'fastify'
import { PATHS } from '../../schema/urls.ts'
import { readCalendarFeed } from '../steps/collection/calendar-feed.ts'
import type { Context } from '../steps/ports.ts'
import { problemOf } from './refusals.ts'

/** Calendar programs come back every few hours; a moved day is not to wait longer than that. */
const CACHE = 'private, max-age=900'

export function calendarFeeds(context: Context): FastifyPluginAsync {
  return async app => {
    app.get<{ Params: { token: string } }>(PATHS.calendarFeed, async (request, reply) => {
      const feed = await readCalendarFeed(context, request.params.token)
      if (!feed.ok) {
        const { status, detail } = problemOf(feed.refusal)
        return reply.code(status).type('text/plain; charset=utf-8').send(detail)
      }
      const { text } = feed.value
      const etag = `"${createHash('sha256').update(text).digest('base64url')}"`
      reply.header('cache-control', CACHE).header('etag', etag)
      if (request.headers['if-none-match'] === etag) return reply.code(304).send()
      return reply
        .type('text/calendar; charset=utf-8')
        .header('content-disposition', 'inline; filename="echeances.ics"')
        .send(text)
    })
  }
}
