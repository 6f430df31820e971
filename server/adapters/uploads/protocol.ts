/**
 * The tus protocol 1.0.0 (https://tus.io/protocols/resumable-upload) with creation, creation with upload and
 * termination, over any place that keeps uploads. Sizes are known beforehand: nothing is begun whose end is
 * not.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { DiskSpace, UploadExchange, Uploads } from '../../steps/ports.ts'
import { type ArrivingStore, type BegunFile, type Found, UploadFault } from './arriving-store.ts'
import { limitsOf } from './upload-limits.ts'
import type { UploadTurns } from './upload-turns.ts'

const VERSION = '1.0.0'
const CHUNK_TYPE = 'application/offset+octet-stream'

/** A request that takes the place of a dead connection waits so long for it. */
const DRAIN_MS = 1000

interface Answer {
  status: number
  headers?: Record<string, string>
  body?: string
}

/** Answers one request, or says why nothing may begin. */
export function answerOver(store: ArrivingStore, turns: UploadTurns, disk: DiskSpace): Uploads['answer'] {
  return async exchange => {
    const request = exchange.request as IncomingMessage
    const response = exchange.response as ServerResponse
    try {
      if (request.headers['tus-resumable'] !== VERSION) throw new UploadFault(412)
      const answer =
        exchange.id === null
          ? await begin(store, turns, disk, exchange)
          : await turns.take(exchange.id, letGo(request), () => goOn(store, exchange.id ?? '', request))
      if ('refused' in answer) return answer.refused
      send(response, answer)
    } catch (error) {
      if (!(error instanceof UploadFault)) throw error
      send(response, { status: error.status, body: exchange.explain(error.status) })
    }
    return null
  }
}

/** Asked by the next request on the same upload: this one's line is likely dead. What it brought counts. */
const letGo = (request: IncomingMessage) => () => {
  setTimeout(() => request.destroy(), DRAIN_MS).unref()
}

function send(response: ServerResponse, { status, headers, body = '' }: Answer): void {
  const length = status === 204 ? {} : { 'Content-Length': Buffer.byteLength(body) }
  response.writeHead(status, {
    'Tus-Resumable': VERSION,
    'Cache-Control': 'no-store',
    ...length,
    ...headers,
  })
  response.end(body)
}

type Refused = Exclude<Awaited<ReturnType<Uploads['answer']>>, null>

/** Lets an upload begin while there is room for all of it. */
async function begin(
  store: ArrivingStore,
  turns: UploadTurns,
  disk: DiskSpace,
  exchange: UploadExchange,
): Promise<Answer | { refused: Refused }> {
  const { lane, maxBytes, address } = exchange
  const request = exchange.request as IncomingMessage
  if ((await store.countOf(lane)) >= limitsOf(lane).most) return { refused: 'too-many-uploads' }
  const file = begunFile(request)
  if (file.size > maxBytes) return { refused: 'upload-too-large' }
  const reservation = disk.reserve(() => file.size)
  if (reservation === null) return { refused: 'storage-full' }
  try {
    return await turns.take(file.id, letGo(request), async () => {
      const follows = request.headers['content-type'] === CHUNK_TYPE
      await store.create(lane, file, follows)
      const headers: Record<string, string> = { Location: `${address}/${file.id}` }
      if (follows) headers['Upload-Offset'] = `${await add(store, { ...file, received: 0 }, request)}`
      return { status: 201, headers }
    })
  } finally {
    reservation.release()
  }
}

function begunFile({ headers }: IncomingMessage): BegunFile {
  const told = metadataIn(String(headers['upload-metadata'] ?? ''))
  const of = (key: string) => told.get(key) ?? ''
  const id = randomBytes(16).toString('hex')
  const size = countIn(headers['upload-length'])
  return { id, name: of('filename'), modified: of('modified'), folder: of('folder'), size }
}

async function goOn(store: ArrivingStore, id: string, request: IncomingMessage): Promise<Answer> {
  if (request.method === 'DELETE') {
    await store.remove(id)
    return { status: 204 }
  }
  const found = await store.find(id)
  if (found === null) throw new UploadFault(404)
  if (request.method === 'PATCH') {
    if (request.headers['content-type'] !== CHUNK_TYPE) throw new UploadFault(415)
    if (countIn(request.headers['upload-offset']) !== found.received) throw new UploadFault(409)
    return { status: 204, headers: { 'Upload-Offset': `${await add(store, found, request)}` } }
  }
  const { name, modified, folder, size, received } = found
  const metadata = metadataOf({ filename: name, modified, folder })
  const headers = { 'Upload-Offset': `${received}`, 'Upload-Length': `${size}`, 'Upload-Metadata': metadata }
  return { status: 200, headers }
}

async function add(store: ArrivingStore, found: Found, request: IncomingMessage): Promise<number> {
  const length = Number(request.headers['content-length'] ?? 0)
  if (length > found.size - found.received) throw new UploadFault(413)
  return await store.write(request, found)
}

/** @throws UploadFault when it is no number of bytes. */
function countIn(header: string | string[] | undefined): number {
  const count = Number(header)
  if (!/^\d+$/.test(String(header)) || !Number.isSafeInteger(count)) throw new UploadFault(400)
  return count
}

/** Keys with their values in base64, between commas. */
function metadataIn(header: string): Map<string, string> {
  const pairs = header.split(',').map(pair => pair.trim().split(' '))
  return new Map(pairs.map(([key = '', value = '']) => [key, Buffer.from(value, 'base64').toString()]))
}

const metadataOf = (told: Record<string, string>): string =>
  Object.entries(told)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',')
