/** A bucket of an S3-compatible store, in the words of this project: `null` means that nothing is there. */
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { S3mini } from 's3mini'
import { StoreUnreachable } from '../../steps/ports.ts'

/** How long the store may take to begin its answer, the sending of 8 MB on a slow line included. */
const PATIENCE_MS = 60_000
/** Waits before each new try: no act used here does any harm when done twice. */
const RETRIES_MS: readonly number[] = [200, 1000, 3000]

export interface StoredObject {
  key: string
  /** In bytes. */
  bytes: number
  cameAt: Date
}

/** Every act throws `StoreUnreachable` when the store refuses, fails or stays silent, whatever the reason. */
export interface Bucket {
  /** As a sentence calls it: « le compartiment … », without the secret. */
  name: string
  size(key: string): Promise<number | null>
  text(key: string): Promise<string | null>
  stream(key: string): Promise<Readable | null>
  /** At most `length` bytes from `position` on: fewer at the end, none past it. */
  range(key: string, position: number, length: number): Promise<Buffer | null>
  put(key: string, bytes: Buffer): Promise<void>
  /** `compared`: the store computed the same checksum itself. @param sha256 in base64. */
  putChecked(key: string, bytes: Buffer, sha256: string): Promise<'compared' | 'unsaid'>
  putStream(key: string, source: Readable): Promise<void>
  /** Copies, then deletes: cut in between, both are there, with the same bytes. */
  move(from: string, to: string): Promise<void>
  remove(key: string): Promise<void>
  list(prefix: string, most?: number): Promise<StoredObject[]>
}

/**
 * @param url `https://KEY:SECRET@host/bucket?region=…`, already checked.
 * @param retriesMs waits before each new try.
 */
export function bucketAt(url: string, retriesMs = RETRIES_MS): Bucket {
  const { protocol, username, password, host, pathname, searchParams } = new URL(url)
  const bucketName = decodeURIComponent(pathname.slice(1))
  const name = `le compartiment « ${bucketName} » de ${host}`
  const s3 = new S3mini({
    accessKeyId: decodeURIComponent(username),
    secretAccessKey: decodeURIComponent(password),
    endpoint: `${protocol}//${host}/${bucketName}`,
    region: searchParams.get('region') ?? 'auto',
    fetch: patientFetch,
  })

  const { ask, orMissing } = askerOf(s3, name, retriesMs)
  const whole = (key: string) => orMissing(`GET ${key}`, () => s3.getObjectRaw(key))

  return {
    name,
    size: key => orMissing(`HEAD ${key}`, () => s3.getContentLength(key)),
    async text(key) {
      return await orMissing(`GET ${key}`, async () => await (await s3.getObjectRaw(key)).text())
    },
    async stream(key) {
      const response = await whole(key)
      return response && reading(response, `${name}: GET ${key}`)
    },
    range: (key, position, length) =>
      orMissing(`GET ${key}`, async () => {
        try {
          const response = await s3.getObjectRaw(key, false, position, position + length)
          const bytes = Buffer.from(await response.arrayBuffer())
          // A store that knows no ranges would answer with the beginning.
          if (response.status !== 206 || bytes.length > length)
            throw new Error(`a range was asked for, and ${response.status} answered`)
          return bytes
        } catch (error) {
          if (statusOf(error) === 416) return Buffer.alloc(0)
          throw error
        }
      }),
    async put(key, bytes) {
      await ask(`PUT ${key}`, () => s3.putObject(key, bytes))
    },
    putChecked: (key, bytes, sha256) =>
      ask(`PUT ${key}`, async () => {
        const headers = { 'x-amz-checksum-sha256': sha256 } as const
        const response = await s3.putObject(key, bytes, undefined, undefined, headers)
        return response.headers.get('x-amz-checksum-sha256') === sha256 ? 'compared' : 'unsaid'
      }),
    async putStream(key, source) {
      try {
        await s3.putAnyObject(key, Readable.toWeb(source) as ReadableStream)
      } catch (cause) {
        throw new StoreUnreachable(`${name}: PUT ${key}: ${wordsOf(cause, statusOf(cause))}`, { cause })
      }
    },
    async move(from, to) {
      // Its own writing of the source escapes the slashes too, which not every server undoes.
      const additionalHeaders = { 'x-amz-copy-source': `/${bucketName}/${from}` }
      await ask(`MOVE ${from}`, () => s3.moveObject(from, to, { additionalHeaders }))
    },
    async remove(key) {
      await ask(`DELETE ${key}`, async () => {
        if (!(await s3.deleteObject(key))) throw new Error('the store did not delete it')
      })
    },
    list: (prefix, most) =>
      ask(`LIST ${prefix}`, async () => {
        const found = await s3.listObjects('/', prefix, most)
        if (found === null) throw new Error('the bucket is not there, or is not shown')
        return found.map(({ Key, Size, LastModified }) => ({
          key: Key,
          bytes: Number(Size),
          cameAt: new Date(LastModified),
        }))
      }),
  }
}

/** How anything is asked of the store. */
function askerOf(s3: S3mini, name: string, retriesMs: readonly number[]) {
  /** Tries again what failed, but for a refusal: asking again changes nothing about that. */
  async function ask<Answer>(what: string, act: () => Promise<Answer>): Promise<Answer> {
    for (let tried = 0; ; tried++) {
      try {
        return await act()
      } catch (cause) {
        const wait = retriesMs[tried]
        const status = statusOf(cause)
        const isRefusal = status !== null && status < 500 && status !== 408 && status !== 429
        if (wait === undefined || isRefusal) {
          throw new StoreUnreachable(`${name}: ${what}: ${wordsOf(cause, status)}`, { cause })
        }
        await pause(wait)
      }
    }
  }

  /** A missing object and a missing bucket are both a 404: only the first says something of a file. */
  async function orMissing<Answer>(what: string, act: () => Promise<Answer>): Promise<Answer | null> {
    return await ask(what, async () => {
      try {
        return await act()
      } catch (error) {
        if (statusOf(error) !== 404) throw error
        if (await s3.bucketExists()) return null
        throw new Error('the bucket is not there, or is not shown', { cause: error })
      }
    })
  }
  return { ask, orMissing }
}

/** A body that stops midway is the store's fault, wherever it is read. */
function reading(response: Response, what: string): Readable {
  if (response.body === null) return Readable.from([])
  const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0])
  async function* chunks() {
    try {
      yield* body
    } catch (cause) {
      throw new StoreUnreachable(what, { cause })
    }
  }
  return Readable.from(chunks(), { objectMode: false })
}

/** Gives up on a store that says nothing; the body of an answer may be long, and has undici's own limits. */
async function patientFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const end = new AbortController()
  const timer = setTimeout(() => end.abort(new Error(`no answer within ${PATIENCE_MS} ms`)), PATIENCE_MS)
  try {
    return await fetch(input, { ...init, signal: end.signal })
  } finally {
    clearTimeout(timer)
  }
}

/** Of the store's answer, wherever it is among the causes; null when there was none. */
function statusOf(error: unknown): number | null {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('status' in cause && typeof cause.status === 'number') return cause.status
  }
  return null
}

/** Without the address of the request, nor the body of the answer. */
function wordsOf(error: unknown, status: number | null): string {
  if (status !== null) return `answered ${status}`
  let last: unknown = error
  while (last instanceof Error && last.cause instanceof Error) last = last.cause
  return last instanceof Error ? last.message : String(last)
}
