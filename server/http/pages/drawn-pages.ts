/**
 * Pages drawn once and sent again to the same person, for as long as nothing that they show has moved.
 *
 * A page is kept compressed, in the parts around the token of its forms: each answer gets a token of its own,
 * which no compressor sees, so that the length of an answer tells nothing of it (docs/adr/0036).
 */
import { createHash, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, crc32, deflateRaw } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { accepts } from '../compression.ts'
import { holdersOf } from '../security.ts'

const deflated = promisify(deflateRaw)

/** All the pages kept by a server, compressed and not; the oldest asked for are forgotten first. */
const MOST_BYTES = 32_000_000

/** What a page shows of other grappes moves nothing of its own: a fresh look at least so often. */
const MOST_KEPT_MS = 60_000

/** Stands for the token of the forms of a page that is drawn to be kept. */
export const FORM_TOKEN = randomBytes(24).toString('base64url')

interface DrawnPage {
  /** Around the token of its forms. */
  parts: ReadonlyArray<{ bytes: Buffer; deflated: Buffer }>
  hash: string
  size: number
}

/** Also a page without a form: it then has one part. */
async function drawn(html: string): Promise<DrawnPage> {
  const parts = await Promise.all(
    html.split(FORM_TOKEN).map(async text => {
      const bytes = Buffer.from(text)
      // Ended on a byte and not for good: what follows is another block.
      return { bytes, deflated: await deflated(bytes, { finishFlush: constants.Z_SYNC_FLUSH }) }
    }),
  )
  const size = parts.reduce((sum, part) => sum + part.bytes.length + part.deflated.length, 0)
  return { parts, hash: createHash('sha256').update(html).digest('base64url'), size }
}

/** @param now milliseconds of the epoch */
export function drawnPages(now: () => number) {
  const kept = new Map<string, { page: Promise<DrawnPage>; size: number; drawnAt: number }>()
  let bytes = 0

  function forget(key: string): void {
    bytes -= kept.get(key)?.size ?? 0
    kept.delete(key)
  }

  /** Those who ask together wait for one drawing. */
  function read(key: string, draw: () => Promise<string>): Promise<DrawnPage> {
    const known = kept.get(key)
    if (known !== undefined && now() - known.drawnAt < MOST_KEPT_MS) {
      kept.delete(key)
      kept.set(key, known)
      return known.page
    }
    forget(key)
    const entry = { page: draw().then(drawn), size: 0, drawnAt: now() }
    kept.set(key, entry)
    entry.page.then(
      ({ size }) => {
        if (kept.get(key) !== entry) return
        entry.size = size
        bytes += size
        for (const oldest of kept.keys()) {
          if (bytes <= MOST_BYTES) break
          forget(oldest)
        }
      },
      // A fault is not a page: the next request tries again.
      () => kept.get(key) === entry && forget(key),
    )
    return entry.page
  }

  return {
    /**
     * Answers with the page kept under the key, drawn first if there is none.
     *
     * @param key all that the page depends on: who reads it, and where what it shows stands.
     */
    async send(
      request: FastifyRequest,
      reply: FastifyReply,
      key: string,
      draw: () => Promise<string>,
    ): Promise<FastifyReply> {
      const page = await read(key, draw)
      // Of this browser's sessions: a page of one is nothing to another.
      const etag = createHash('sha256')
        .update(`${page.hash} ${holdersOf(request)}`)
        .digest('base64url')
      reply.header('etag', `"${etag}"`).header('vary', 'accept-encoding').type('text/html; charset=utf-8')
      if (request.headers['if-none-match'] === `"${etag}"`) return reply.code(304).send()
      const token = Buffer.from(page.parts.length > 1 ? reply.generateCsrf() : '')
      const plain = joined(
        page.parts.map(part => part.bytes),
        token,
      )
      if (!accepts(request, 'gzip')) return reply.send(plain)
      const blocks = joined(
        page.parts.map(part => part.deflated),
        stored(token),
      )
      return reply.header('content-encoding', 'gzip').send(gzipOf(blocks, plain))
    },
  }
}

const joined = (parts: readonly Buffer[], between: Buffer): Buffer =>
  Buffer.concat(parts.flatMap((part, order) => (order === 0 ? [part] : [between, part])))

/** A block of a deflate stream that holds its bytes as they are (RFC 1951, 3.2.4). */
function stored(bytes: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt16LE(bytes.length, 1)
  head.writeUInt16LE(~bytes.length & 0xffff, 3)
  return Buffer.concat([head, bytes])
}

/** RFC 1952: no name, no date, no system. */
const GZIP_HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])
/** An empty stored block, the last one. */
const LAST_BLOCK = Buffer.from([1, 0, 0, 0xff, 0xff])

function gzipOf(blocks: Buffer, plain: Buffer): Buffer {
  const foot = Buffer.alloc(8)
  foot.writeUInt32LE(crc32(plain), 0)
  foot.writeUInt32LE(plain.length, 4)
  return Buffer.concat([GZIP_HEAD, blocks, LAST_BLOCK, foot])
}
