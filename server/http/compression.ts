/**
 * Pages travel compressed: two hundred lines of a table are mostly the same words, and a
 * page of 180 kB travels as 15. Files are left as they are: ranges and fingerprints are of their own bytes.
 * The forgery tokens of a page are salted anew each time: its length tells nothing of them. Somebody's link
 * stays the same: a page that holds one, and may hold text of the request, is not compressed (docs/adr/0036).
 */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyInstance, FastifyRequest } from 'fastify'

const gzipped = promisify(gzip)

/** Smaller ones fit in one packet anyway. */
const LEAST_LENGTH = 1400

const COMPRESSED = /^text\/html\b/

/** Whether whoever asks reads this encoding: named, and not with a weight of nothing. */
export function accepts({ headers }: Pick<FastifyRequest, 'headers'>, encoding: string): boolean {
  return String(headers['accept-encoding'] ?? '')
    .split(',')
    .some(each => {
      const [name = '', ...parameters] = each.split(';').map(part => part.trim().toLowerCase())
      return name === encoding && !parameters.some(parameter => /^q=0(\.0*)?$/.test(parameter))
    })
}

/** A link's own address, with its token. */
const CAPABILITY = /\/(?:connexion|administration|esms|ars|agenda|resumes)\/([\w-]{40,})/g

/** Whether text that somebody chose may be beside a link, but for pages at the address of that very link. */
function isRevealing({ method, url }: FastifyRequest, html: string): boolean {
  if (method === 'GET' && !url.includes('?')) return false
  return [...html.matchAll(CAPABILITY)].some(([, token = '']) => !url.includes(token))
}

export function compressTexts(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (typeof payload !== 'string' || !COMPRESSED.test(String(reply.getHeader('content-type'))))
      return payload
    reply.header('vary', 'accept-encoding')
    if (!accepts(request, 'gzip') || payload.length < LEAST_LENGTH || isRevealing(request, payload))
      return payload
    reply.removeHeader('content-length').header('content-encoding', 'gzip')
    return await gzipped(payload)
  })
}
