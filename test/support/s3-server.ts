/** A real S3 server (s3rver) on a temporary folder, behind a door that can be slow, fail or lie. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
// @ts-expect-error: it comes without types.
import S3rver from 's3rver'

/** What the door does to a request before, or instead of, passing it on; true when it has answered. */
export type Trouble = (asked: IncomingMessage, answer: ServerResponse) => Promise<boolean> | boolean

export interface S3Server {
  /** For `STORAGE_URL`. */
  url: string
  /** Another bucket of the same server, empty. */
  urlOf(bucket: string): string
  /** Null: the door lets everything through. */
  setTrouble(trouble: Trouble | null): void
  /** The same bucket by a door of its own: what troubles one reader leaves the others alone. */
  openDoor(): Promise<{ url: string; setTrouble: S3Server['setTrouble'] }>
  /** Requests so far, such as `PUT /essai/blobs/ab/ab12…`. */
  asked: string[]
  close(): Promise<void>
}

/** s3rver knows one pair of keys. */
const KEYS = 'S3RVER:S3RVER'

export async function startS3(buckets: readonly string[] = ['essai']): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), 'grappe-kit-s3-'))
  const s3 = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory,
    configureBuckets: buckets.map(name => ({ name })),
  })
  const { port } = (await s3.run()) as AddressInfo
  const asked: string[] = []
  const doors: Server[] = []
  async function openDoor() {
    let trouble: Trouble | null = null
    const door = createServer(async (from, to) => {
      asked.push(`${from.method} ${from.url}`)
      if (trouble !== null && (await trouble(from, to))) return
      // As it was sent, host included: the signature covers it.
      const onward = request(
        { host: '127.0.0.1', port, method: from.method, path: from.url, headers: from.headers },
        answer => {
          to.writeHead(answer.statusCode ?? 502, answer.headers)
          answer.pipe(to)
        },
      )
      onward.on('error', () => to.destroy())
      from.pipe(onward)
    })
    doors.push(door)
    await listening(door)
    const { port: doorPort } = door.address() as AddressInfo
    const urlOf = (bucket: string) => `http://${KEYS}@127.0.0.1:${doorPort}/${bucket}?region=us-east-1`
    const setTrouble: S3Server['setTrouble'] = next => {
      trouble = next
    }
    return { url: urlOf(buckets[0] ?? ''), urlOf, setTrouble }
  }
  return {
    ...(await openDoor()),
    openDoor,
    asked,
    async close() {
      for (const door of doors) {
        door.closeAllConnections()
        await new Promise(resolve => door.close(resolve))
      }
      await s3.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

const listening = (server: Server) =>
  new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()))

/** Answers every request whose method is among these with this status. */
export const refusing =
  (status: number, ...methods: string[]): Trouble =>
  (asked, answer) => {
    if (methods.length > 0 && !methods.includes(asked.method ?? '')) return false
    asked.resume()
    answer.writeHead(status).end()
    return true
  }

/** Hangs up on everybody, as a network that is cut. */
export const hangingUp: Trouble = asked => {
  asked.socket.destroy()
  return true
}
