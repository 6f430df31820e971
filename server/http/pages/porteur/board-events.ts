/** The board's news while people deposit, as server-sent events. */
import { PassThrough } from 'node:stream'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { PATHS } from '../../../../schema/urls.ts'
import { newsSentence } from '../../../../templates/pages/porteur/board-news.ts'
import { findSession } from '../../../steps/access/sign-in.ts'
import type { Context } from '../../../steps/ports.ts'
import { readNews, watchGrappes } from '../../../steps/read/watch-grappe.ts'
import { SESSION_COOKIE } from '../../security.ts'
import type { PageSettings } from '../page.ts'
import { type GrappeVisit, porteurGuards } from './access.ts'

/** Keeps proxies from closing a quiet line, and finds out that a session is over. */
const HEARTBEAT_MS = 10_000

/** A browser asks again that long after it has lost the line. */
const RETRY_MS = 2_000

/** Tabs that one porteur may have on its boards at once; opening one more tells the oldest to stop. */
export const MOST_STREAMS = 4

/** A reader that takes nothing any more is dropped: it asks again with the revision that it has. */
const MOST_UNREAD_BYTES = 64_000

/** By porteur, oldest first. */
type OpenStreams = Map<string, Set<PassThrough>>

export function boardEvents(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe } = porteurGuards(context, settings)
  const open: OpenStreams = new Map()

  return async app => {
    const watch = watchGrappes(context, fault => app.log.error(fault))
    // Before the server waits for the requests under way: these would never end.
    app.addHook('preClose', async () => {
      watch.stop()
      for (const streams of open.values()) for (const stream of streams) stream.end()
    })

    app.get(
      PATHS.boardEvents,
      onGrappe(visit => sendNews(visit, watch, open)),
    )
  }
}

async function sendNews(visit: GrappeVisit, watch: ReturnType<typeof watchGrappes>, open: OpenStreams) {
  const { context, scope, request, reply } = visit
  const { grappeId, porteur } = scope
  const stream = new PassThrough()
  const write = (text: string) => {
    if (stream.writableEnded) return
    if (stream.readableLength > MOST_UNREAD_BYTES) stream.destroy()
    else stream.write(text)
  }
  const leave = takePlace(open, porteur.id, stream)

  let told = knownRevision(request) ?? scope.revision
  let telling = Promise.resolve()
  const tell = async (revision: number) => {
    const news = newsSentence(await readNews(context.db, grappeId, told, revision))
    told = revision
    write(`id: ${revision}\ndata: ${JSON.stringify({ news })}\n\n`)
  }
  const unfollow = watch.follow(grappeId, told, revision => {
    telling = telling
      .then(() => tell(revision))
      .catch((fault: unknown) => {
        request.log.error(fault)
        stream.end()
      })
  })
  const heartbeat = setInterval(async () => {
    const session = await findSession(context, request.cookies[SESSION_COOKIE] ?? '').catch(() => porteur)
    if (session === null) stream.end()
    else write(':\n\n')
  }, HEARTBEAT_MS)
  stream.once('close', () => {
    clearInterval(heartbeat)
    unfollow()
    leave()
  })

  write(`retry: ${RETRY_MS}\n\n`)
  return reply
    .header('content-type', 'text/event-stream; charset=utf-8')
    .header('cache-control', 'no-store, no-transform')
    .header('x-accel-buffering', 'no')
    .header('connection', 'close')
    .send(stream)
}

/** Counts one more stream of this porteur, telling the oldest to stop when it is one too many. */
function takePlace(open: OpenStreams, porteurId: string, stream: PassThrough): () => void {
  const streams = open.get(porteurId) ?? new Set()
  open.set(porteurId, streams.add(stream))
  const [oldest] = streams
  if (streams.size > MOST_STREAMS && oldest !== undefined) {
    oldest.end('event: remplace\ndata: {}\n\n')
    streams.delete(oldest)
  }
  return () => {
    streams.delete(stream)
    if (streams.size === 0 && open.get(porteurId) === streams) open.delete(porteurId)
  }
}

/** What the reader has already: the last event it got, or the page that it loaded. */
function knownRevision(request: FastifyRequest): number | null {
  const { depuis } = request.query as { depuis?: unknown }
  const last = Number(request.headers['last-event-id'] ?? depuis ?? Number.NaN)
  return Number.isSafeInteger(last) && last > 0 ? last : null
}
