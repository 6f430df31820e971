/** Two hundred bodies that drip beside an honest slow line, on a real server. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { API_PATHS, fill } from '../../schema/urls.ts'
import { pdfOf } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { esmsPieces } from '../support/sealed.ts'
import { makePorteurToken, remoteClient, startServer, stopServer } from './server-process.ts'

const DRIPS = 200
const DRIP_EVERY_MS = 3000
/** Of 60, so that the test does not last minutes; the pace itself is that of production. */
const PATIENCE_S = 10
const HONEST_BYTES_PER_S = 20_000

const FILE_HEAD = 'Content-Disposition: form-data; name="fichiers"; filename="lent.pdf"'
const PART = `--lent\r\n${FILE_HEAD}\r\nContent-Type: application/pdf\r\n\r\n`
const END = '\r\n--lent--\r\n'

it('cuts what drips, says so, and lets an honest 20 kB/s arrive', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'grappe-kit-lenteur-'))
  const token = await makePorteurToken(dataDir)
  const server = await startServer(dataDir, {
    BODY_PATIENCE_S: String(PATIENCE_S),
    SIGN_IN_LIMIT_PER_HOUR: '1000',
    RATE_LIMIT_PER_MINUTE: '10000',
  })
  const { hostname, port } = new URL(server.base)
  try {
    const client = { ...remoteClient(server.base, token), token, upload: () => Promise.reject(new Error()) }
    const { grappeId: grappe } = await createTestGrappe(client, 1)
    const [piece] = await esmsPieces(client, grappe)
    const versions = fill(API_PATHS.versions, { grappe, piece: piece?.pieceId ?? '' })

    /** Sends its start, then each part of the rest after its pause; gives the answer once the line is closed. */
    const send = (
      url: string,
      type: string,
      length: number,
      start: string | Buffer,
      rest: () => Buffer | null,
      everyMs: number,
    ) =>
      new Promise<string>(resolve => {
        const socket = connect(Number(port), hostname)
        let answer = ''
        socket.on('data', chunk => {
          answer += chunk
        })
        socket.on('error', () => {})
        socket.on('close', () => resolve(answer))
        socket.write(
          `POST ${url} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n` +
            `Content-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`,
        )
        socket.write(start)
        const timer = setInterval(() => {
          const part = socket.destroyed ? null : rest()
          if (part === null) clearInterval(timer)
          else socket.write(part)
        }, everyMs)
      })
    const oneByte = () => Buffer.from('x')
    const kinds: [url: string, type: string, start: string][] = [
      [versions, 'multipart/form-data; boundary=lent', `${PART}%PDF-1.7`],
      [fill(API_PATHS.seals, { grappe }), 'application/json', '{'],
      ['/connexion', 'application/x-www-form-urlencoded', 'email='],
    ]
    const drips = Promise.all(
      Array.from({ length: DRIPS }, (_, i) => {
        const [url, type, start] = kinds[i % kinds.length] ?? ['', '', '']
        return send(url, type, 100_000, start, oneByte, DRIP_EVERY_MS)
      }),
    )
    const body = Buffer.concat([Buffer.from(PART), await pdfOf(600_000), Buffer.from(END)])
    let sent = 0
    const honest = send(
      versions,
      'multipart/form-data; boundary=lent',
      body.length,
      '',
      () => {
        if (sent >= body.length) return null
        sent += HONEST_BYTES_PER_S
        return body.subarray(sent - HONEST_BYTES_PER_S, sent)
      },
      1000,
    )

    const answers = await Promise.race([drips, pause(60_000, [] as string[])])
    expect(answers).toHaveLength(DRIPS)
    for (const answer of answers) {
      expect(answer).toMatch(/^HTTP\/1\.1 408 /)
      expect(answer).toContain('L’envoi n’avançait plus')
    }
    expect(await honest).toMatch(/^HTTP\/1\.1 201 /)
    expect(await readdir(join(dataDir, 'arrivees'))).toEqual([])
  } finally {
    await stopServer(server, 'SIGTERM')
    await rm(dataDir, { recursive: true, force: true })
  }
})
