/** The tus protocol over any place that keeps uploads: the library knows neither lanes nor limits. */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Server, type ServerOptions } from '@tus/server'
import type { DiskSpace, UploadExchange, Uploads } from '../../steps/ports.ts'
import type { ArrivingStore } from './arriving-store.ts'
import { limitsOf } from './upload-limits.ts'
import type { UploadTurns } from './upload-turns.ts'

/** A request that takes the place of a dead connection waits so long for it. */
const DRAIN_MS = 1000

/** Answers one request, or says why nothing may begin. */
export function answerOver(store: ArrivingStore, turns: UploadTurns, disk: DiskSpace): Uploads['answer'] {
  const exchanges = new Exchanges()
  const server = tusServer(store, turns, exchanges)
  return async exchange => {
    const request = exchange.request as IncomingMessage
    const response = exchange.response as ServerResponse
    exchanges.begin(request, exchange)
    const handle = () => server.handle(request, response)
    if (exchange.id === null) return await beginUpload(store, disk, exchange, handle)
    await handle()
    return null
  }
}

type TusRequest = Parameters<NonNullable<ServerOptions['generateUrl']>>[0]

/** Which exchange a request of the library belongs to. */
class Exchanges {
  readonly #ofRequest = new WeakMap<object, UploadExchange>()

  begin(request: IncomingMessage, exchange: UploadExchange): void {
    this.#ofRequest.set(request, exchange)
  }

  of(request: TusRequest): UploadExchange {
    const exchange = this.#ofRequest.get(request.runtime?.node?.req ?? request)
    if (exchange === undefined) throw new Error('An upload request came by no route')
    return exchange
  }
}

function tusServer(store: ArrivingStore, turns: UploadTurns, exchanges: Exchanges): Server {
  return new Server({
    path: '/',
    datastore: store,
    locker: turns,
    lockDrainTimeout: DRAIN_MS,
    // Pages of other sites have nothing to send here.
    allowedOrigins: [],
    maxSize: request => exchanges.of(request).maxBytes,
    namingFunction: () => randomBytes(16).toString('hex'),
    getFileIdFromRequest: request => exchanges.of(request).id ?? undefined,
    generateUrl: (request, { id }) => `${exchanges.of(request).address}/${id}`,
    async onUploadCreate(request, { metadata }) {
      const { owner, pieceId } = exchanges.of(request).lane
      const { filename = '', modified = '', folder = '' } = metadata ?? {}
      return { metadata: { filename, modified, folder, owner, pieceId } }
    },
    onResponseError(request, error) {
      const { id, explain } = exchanges.of(request)
      const status = 'status_code' in error ? error.status_code : 500
      const status_code = id !== null && store.foundNoRoom(id) ? 507 : status
      return { status_code, body: explain(status_code) }
    },
  })
}

/** Lets an upload begin while there is room for all of it; else says why not, and nothing is answered. */
async function beginUpload(
  store: ArrivingStore,
  disk: DiskSpace,
  { lane, request, maxBytes }: UploadExchange,
  handle: () => Promise<unknown>,
): Promise<'too-many-uploads' | 'upload-too-large' | 'storage-full' | null> {
  if ((await store.countOf(lane)) >= limitsOf(lane).most) return 'too-many-uploads'
  const size = Number(request.headers['upload-length'] ?? 0)
  if (size > maxBytes) return 'upload-too-large'
  const reservation = disk.reserve(() => size)
  if (reservation === null) return 'storage-full'
  try {
    await handle()
  } finally {
    reservation.release()
  }
  return null
}
