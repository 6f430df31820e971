/**
 * Serving bytes of which every part is known beforehand: RFC 9110 sections 13 (conditions) and 14 (ranges).
 */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import parseRange from 'range-parser'

/** Bytes `start` (included) to `end` (excluded). */
interface Range {
  start: number
  end: number
}

export interface Ranged {
  /** In bytes. */
  length: number
  mediaType: string
  /** Strong: two answers with the same one are the same bytes. With its quotes. */
  etag: string
  modifiedAt: Date
  /** The memory of a chunk is used again once the next one is asked for. */
  chunks(range: Range): AsyncIterable<Buffer>
}

/** What was sent: nothing for 304 and 416, and for HEAD. */
export interface Sent {
  status: 200 | 206 | 304 | 416
  /** The bytes of a part of the whole, or of the whole. */
  bytes: number
  /** The reader left before the end. */
  cutOff: boolean
}

/**
 * Beyond these a Range header is ignored, as RFC 9110 14.2 allows: the whole is sent once rather than in
 * crumbs.
 */
const MAX_RANGES = 32
const MAX_RANGE_HEADER = 2000
/** A reader that takes nothing for so long is gone. */
const STALL_MS = 120_000

/**
 * Answers with the whole, the parts asked for, or what the conditions say. Rejects with the error of
 * `chunks`, the connection cut.
 */
export async function sendRanged(
  request: IncomingMessage,
  response: ServerResponse,
  body: Ranged,
  headers: OutgoingHttpHeaders,
): Promise<Sent> {
  const validators = { etag: body.etag, 'last-modified': body.modifiedAt.toUTCString() }
  const common = { ...headers, ...validators, 'accept-ranges': 'bytes' }
  const head = (status: Sent['status'], more: OutgoingHttpHeaders) => {
    response.writeHead(status, { ...common, ...more })
    return { status, bytes: 0, cutOff: false }
  }
  const finish = (sent: Sent) => {
    response.end()
    return sent
  }

  if (isUnchanged(request, body)) return finish(head(304, {}))
  const ranges = rangesOf(request, body)
  if (ranges === 'none') {
    return finish(head(416, { 'content-range': `bytes */${body.length}`, 'content-length': 0 }))
  }
  const [only] = ranges
  const sent =
    only === undefined
      ? head(200, { 'content-type': body.mediaType, 'content-length': body.length })
      : ranges.length === 1
        ? head(206, {
            'content-type': body.mediaType,
            'content-length': only.end - only.start,
            'content-range': contentRange(only, body.length),
          })
        : head(206, multipartHeaders(ranges, body))
  if (request.method === 'HEAD') return finish(sent)

  const writer = writerOf(response)
  try {
    for await (const chunk of bytesOf(ranges, body)) {
      await writer.write(chunk)
      sent.bytes += chunk.length
    }
    return finish(sent)
  } catch (error) {
    if (error === READER_LEFT) return { ...sent, cutOff: true }
    // Never an orderly end: the client must not take what it has for whole.
    response.destroy()
    throw error
  } finally {
    writer.release()
  }
}

const READER_LEFT = new Error('The reader left')

/**
 * Writes one chunk at a time; settles once its memory may be used again, rejects when the reader has left.
 */
function writerOf(response: ServerResponse) {
  let leave = () => {}
  const onClose = () => leave()
  response.once('close', onClose)
  response.setTimeout(STALL_MS, () => response.destroy())
  return {
    write(chunk: Buffer): Promise<void> {
      return new Promise((resolve, reject) => {
        leave = () => reject(READER_LEFT)
        if (response.destroyed) leave()
        else response.write(chunk, error => (error ? leave() : resolve()))
      })
    },
    release: () => response.off('close', onClose),
  }
}

/**
 * The parts asked for, empty when the whole is; or none that exists. Whatever cannot be read asks for the
 * whole.
 */
function rangesOf(request: IncomingMessage, body: Ranged): readonly Range[] | 'none' {
  const asked = request.headers.range
  if (asked === undefined || request.method !== 'GET' || asked.length > MAX_RANGE_HEADER) return []
  if (!ifRangeHolds(request, body)) return []
  // The parser takes a suffix longer than the whole for no range at all; it is the whole.
  const readable = asked.replace(
    /([=,]\s*)-(\d+)/g,
    (_, before: string, suffix: string) => `${before}-${Math.min(Number(suffix), body.length)}`,
  )
  const parsed = parseRange(body.length, readable, { combine: true })
  if (parsed === -1) return 'none'
  if (parsed === -2 || parsed.type !== 'bytes' || parsed.length > MAX_RANGES) return []
  return parsed.map(({ start, end }) => ({ start, end: end + 1 }))
}

/** Whether the copy that a reader holds a part of is still this one. */
function ifRangeHolds({ headers }: IncomingMessage, { etag, modifiedAt }: Ranged): boolean {
  const condition = headers['if-range']
  return condition === undefined || condition === etag || condition === modifiedAt.toUTCString()
}

function isUnchanged({ headers }: IncomingMessage, { etag, modifiedAt }: Ranged): boolean {
  const known = headers['if-none-match']
  if (known !== undefined) {
    return known.split(',').some(tag => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
  }
  const since = headers['if-modified-since']
  return since !== undefined && Date.parse(since) >= Math.floor(modifiedAt.getTime() / 1000) * 1000
}

function contentRange({ start, end }: Range, length: number): string {
  return `bytes ${start}-${end - 1}/${length}`
}

/** Of no byte of ours: the parts are told apart by their lengths, so it only has to be unlikely. */
const BOUNDARY = 'grappe-kit-d9a1c6e24b8f4f0d'

function partHead(range: Range, body: Ranged): Buffer {
  return Buffer.from(
    `\r\n--${BOUNDARY}\r\nContent-Type: ${body.mediaType}\r\nContent-Range: ` +
      `${contentRange(range, body.length)}\r\n\r\n`,
  )
}

const MULTIPART_END = Buffer.from(`\r\n--${BOUNDARY}--\r\n`)

function multipartHeaders(ranges: readonly Range[], body: Ranged): OutgoingHttpHeaders {
  const length = ranges.reduce(
    (sum, range) => sum + partHead(range, body).length + range.end - range.start,
    MULTIPART_END.length,
  )
  return { 'content-type': `multipart/byteranges; boundary=${BOUNDARY}`, 'content-length': length }
}

async function* bytesOf(ranges: readonly Range[], body: Ranged): AsyncGenerator<Buffer> {
  if (ranges.length <= 1) {
    yield* body.chunks(ranges[0] ?? { start: 0, end: body.length })
    return
  }
  for (const range of ranges) {
    yield partHead(range, body)
    yield* body.chunks(range)
  }
  yield MULTIPART_END
}
