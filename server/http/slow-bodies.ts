/**
 * Bodies that come too slowly are cut, whatever reads them: forms, JSON, multipart, and the chunks of
 * resumable uploads.
 *
 * Watched where all of them pass, on the socket, and cut as a lost line cuts them: what each reader does then
 * (arrivals removed, room given back, the received part of a resumable upload kept) is the same act, already
 * proved. No total limit would do: a large file on a bad line honestly takes an hour.
 */
import type { ServerResponse } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { REQUEST_ID_HEADER } from './request-ids.ts'
import { loggedUrl } from './security.ts'

export interface BodyPace {
  /** Slower than this, in bytes a second, a body falls behind. */
  leastBytesPerSecond: number
  /** Seconds behind after which it is cut: a line may be silent for so long. */
  patienceSeconds: number
}

/** Between two looks, which also bounds what a busy server may blame on a line. */
const LOOK_EVERY_MS = 1000

const TOO_SLOW = {
  title: 'Envoi trop lent',
  detail:
    'L’envoi n’avançait plus : la connexion a été coupée et ce qui manquait n’a pas été ' +
    'enregistré. Vérifiez votre réseau, puis recommencez.',
}

interface Body {
  request: FastifyRequest
  response: ServerResponse
  /** Of the socket, when last looked at. */
  bytes: number
  behindSeconds: number
}

export function cutSlowBodies(app: FastifyInstance, pace: BodyPace): void {
  const bodies = new Set<Body>()

  app.addHook('onRequest', async (request, { raw: response }) => {
    const { headers, socket } = request.raw
    const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
    // Injected requests have no line.
    if (hasBody && socket.bytesRead !== undefined)
      bodies.add({ request, response, bytes: socket.bytesRead, behindSeconds: 0 })
  })

  let lookedAt = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    const seconds = Math.min(now - lookedAt, 2 * LOOK_EVERY_MS) / 1000
    lookedAt = now
    for (const body of bodies) {
      const { raw } = body.request
      const { socket } = raw
      if (raw.complete || socket.destroyed) bodies.delete(body)
      else if (fallBehind(body, seconds, pace) > pace.patienceSeconds) {
        bodies.delete(body)
        body.request.log.warn({ url: loggedUrl(body.request.url) }, 'A body that came too slowly was cut')
        cut(body.request, body.response)
      }
    }
  }, LOOK_EVERY_MS).unref()
  app.addHook('onClose', async () => clearInterval(timer))
}

/** Counts the time that the line owes, not that of a reader who leaves the bytes waiting. */
function fallBehind(body: Body, seconds: number, { leastBytesPerSecond }: BodyPace): number {
  const { raw } = body.request
  const arrived = raw.socket.bytesRead - body.bytes
  body.bytes += arrived
  const awaited = raw.readableLength < raw.readableHighWaterMark ? seconds : 0
  body.behindSeconds = Math.max(0, body.behindSeconds + awaited - arrived / leastBytesPerSecond)
  return body.behindSeconds
}

/** Past the answer's own object, which its route may still hold: the reader only sees the line break. */
function cut({ id, raw: { headers, url, socket } }: FastifyRequest, response: ServerResponse): void {
  if (!response.headersSent && socket.writable) {
    const forProgram = url?.startsWith('/api/v1') || !/form/.test(headers['content-type'] ?? '')
    const text = forProgram ? JSON.stringify({ status: 408, ...TOO_SLOW, reference: id }) : TOO_SLOW.detail
    const type = forProgram ? 'application/problem+json' : 'text/plain'
    socket.write(
      `HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n${REQUEST_ID_HEADER}: ${id}\r\n` +
        `Content-Type: ${type}; charset=utf-8\r\n` +
        `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    )
  }
  socket.destroySoon()
}
