/**
 * clamd over its own protocol (clamd(8), INSTREAM): chunks each behind its length, and one line back. The npm
 * clients write temporary files, look for binaries and know a dozen settings; what is needed stands here,
 * over node:net.
 */
import { Buffer } from 'node:buffer'
import { connect, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import type { Antivirus, ScanAnswer } from '../steps/ports.ts'

/** Without a byte either way for this long, clamd is taken for gone: its own limit for one scan is 120 s. */
const SILENCE_MS = 150_000

/**
 * @param url `tcp://host:3310` or `unix:/path/of/clamd.ctl`.
 * @param silenceMs how long clamd may say nothing before it is given up.
 */
export function clamdAt(url: string, silenceMs: number = SILENCE_MS): Antivirus {
  return {
    async scan(source) {
      try {
        return verdictOf(await ask(url, silenceMs, socket => pipeline(source, frame, socket, { end: false })))
      } catch (error) {
        // Above its limit clamd answers and leaves before the end of the sending: the connection may then
        // break before the answer is read. If clamd is well, it is about this file alone.
        const { message } = error as Error
        if (await isAlive(url)) return { scan: 'inconnu', reason: `${message}, ${ALONE}` }
        throw new Error('clamd could not be asked', { cause: error })
      } finally {
        source.destroy()
      }
    },
  }
}

const ALONE = 'yet clamd is well: the file may be above its StreamMaxLength'

/** For a question without a file. */
const PING_SILENCE_MS = 5_000

/** One question on its own connection. @throws when clamd says nothing, or leaves without an answer. */
async function ask(
  url: string,
  silenceMs: number,
  send: (socket: Socket) => Promise<unknown>,
): Promise<string> {
  const socket = open(url)
  socket.setTimeout(silenceMs, () => socket.destroy(new Error('clamd does not answer')))
  try {
    const answered = readAnswer(socket)
    // The answer alone counts, not the end of the sending.
    send(socket).catch((error: Error) => socket.destroy(error))
    return await answered
  } finally {
    socket.destroy()
  }
}

async function isAlive(url: string): Promise<boolean> {
  const ping = (socket: Socket) => new Promise(resolve => socket.write('zPING\0', resolve))
  return (await ask(url, PING_SILENCE_MS, ping).catch(() => '')) === 'PONG'
}

function open(url: string): Socket {
  if (url.startsWith('unix:')) return connect({ path: url.slice('unix:'.length).replace(/^\/\/(?=\/)/, '') })
  const { hostname, port } = new URL(url)
  return connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 3310) })
}

async function* frame(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield Buffer.from('zINSTREAM\0')
  for await (const chunk of source) {
    yield lengthOf(chunk.length)
    yield chunk
  }
  yield lengthOf(0)
}

function lengthOf(bytes: number): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes)
  return length
}

/** What was said before the connection ended, even by a fault. */
function readAnswer(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    let fault = new Error('clamd closed the connection without an answer')
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1')
      if (answer.endsWith('\0')) resolve(answer.slice(0, -1).trim())
    })
    socket.on('error', error => {
      fault = error
    })
    socket.once('close', () => reject(fault))
  })
}

/**
 * `stream: OK`, `stream: Eicar-Test-Signature FOUND`, or why it will not say, such as a stream above its
 * limit.
 */
function verdictOf(answer: string): ScanAnswer {
  if (answer === 'stream: OK') return { scan: 'sain' }
  const virus = /^stream: (.+) FOUND$/.exec(answer)?.[1]
  if (virus !== undefined) return { scan: 'infecte', virus }
  return { scan: 'inconnu', reason: answer.slice(0, 200) }
}
