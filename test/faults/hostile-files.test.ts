/** Files made to harm, sent to a real server by the routes that people use, while it is watched from outside. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { API_PATHS, fill, PATHS, urlTo } from '../../schema/urls.ts'
import { readConfig } from '../../server/config.ts'
import { createContext } from '../../server/context.ts'
import { issueApiToken } from '../../server/steps/access/api-tokens.ts'
import { findOrCreatePorteur } from '../../server/steps/access/sign-in.ts'
import { LINKS_FILE } from '../../server/welcome.ts'
import { form, pdf } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { type HostileFile, hostileFiles } from '../support/hostile-files.ts'
import { remoteClient, type ServerProcess, startServer, stopServer } from './server-process.ts'

const LONGEST_HEALTH_MS = 200
const MOST_GROWTH_MIB = 300
const PAGE_BYTES = 4096
const SETTING_UP_MS = 300_000

let dataDir: string
let server: ServerProcess
let token: string
let administrator: string
let sheetUrl: string
let pieceUrl: string
let files: readonly HostileFile[]
beforeAll(async () => {
  // Before anything is connected: making them takes this thread for a while.
  files = await hostileFiles()
  dataDir = await mkdtemp(join(tmpdir(), 'grappe-kit-hostile-'))
  const context = await createContext(readConfig({ DATA_DIR: dataDir, DEMO: 'non' }))
  const porteuse = await findOrCreatePorteur(context.db, context, 'porteuse@exemple.fr')
  token = (
    await issueApiToken(context, porteuse, {
      label: 'essai',
      scope: 'administrer',
      days: 90,
    })
  ).token
  await context.close()
  server = await startServer(dataDir)
  administrator = await administrationToken()
  const porteur = remoteClient(server.base, token)
  const { grappeId: grappe } = await createTestGrappe(porteur, 1)
  const board = await porteur.call<{ pieces: Array<{ pieceId: string; code: string }> }>(
    'GET',
    fill(API_PATHS.board, { grappe }),
  )
  const piece = board.body.pieces.find(({ code }) => code === 'etat-des-lieux')?.pieceId ?? ''
  sheetUrl = server.base + fill(API_PATHS.importMembers, { grappe })
  pieceUrl = server.base + fill(API_PATHS.versions, { grappe, piece })
}, SETTING_UP_MS)
afterAll(async () => {
  await stopServer(server, 'SIGTERM')
  await rm(dataDir, { recursive: true, force: true })
})

/** Written once the server listens, for whoever started it: those of before have ended. */
async function administrationToken(): Promise<string> {
  for (;;) {
    const links = await readFile(join(dataDir, LINKS_FILE), 'utf8').catch(() => '')
    const token = /\/administration\/([\w-]{43})/.exec(links)?.[1]
    if (token !== undefined) return token
    await pause(100)
  }
}

const residentMib = (pid: number): number => {
  try {
    return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES) / 2 ** 20
  } catch {
    return 0
  }
}

const childrenMib = (pid: number): number =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .reduce((sum, child) => sum + (child === '' ? 0 : residentMib(Number(child))), 0)

async function send({ name, bytes, sent }: HostileFile): Promise<{ status: number; answer: string }> {
  const [url, field] =
    sent === 'as a registry'
      ? [server.base + urlTo('registryImport', { token: administrator }), 'registre']
      : sent === 'as a sheet'
        ? [sheetUrl, 'fichier']
        : [pieceUrl, 'fichiers']
  const body = new FormData()
  body.append(field, new File([new Uint8Array(bytes)], name))
  const response = await fetch(url, { method: 'POST', body, headers: { authorization: `Bearer ${token}` } })
  return { status: response.status, answer: await response.text() }
}

/** From a process of its own: this one sends tens of megabytes meanwhile, and would take its own delays for the server's. */
const HEALTH_WATCH = `
  const [address] = process.argv.slice(1)
  let current = ''
  let longest = { ms: 0, during: '' }
  process.stdin.setEncoding('utf8').on('data', name => { current = name })
  let isOver = false
  process.stdin.on('end', () => { isOver = true })
  while (!isOver) {
    const began = performance.now()
    const { status } = await fetch(address)
    const ms = status === 200 ? performance.now() - began : Infinity
    if (ms > longest.ms) longest = { ms, during: current }
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  process.stdout.write(JSON.stringify(longest))
`

interface LongestHealth {
  ms: number
  /** Name of the file that was being sent. */
  during: string
}

/** Asks for the server's health all along; `end` gives the longest answer, and what was being sent then. */
function watchHealth() {
  const args = ['--input-type=module', '-e', HEALTH_WATCH, server.base + PATHS.health]
  const watch = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  return {
    isSent: (name: string) => watch.stdin.write(name),
    async end(): Promise<LongestHealth> {
      watch.stdin.end()
      const [told] = await Promise.all([text(watch.stdout), once(watch, 'exit')])
      return JSON.parse(told)
    },
  }
}

it('stays up, quick and small whatever is sent, and reads the next honest file', async () => {
  const pid = server.process.pid ?? 0
  await fetch(server.base + PATHS.health)
  await pause(2000)
  const idleMib = residentMib(pid)
  const watched = { growthMib: 0, childrenMib: 0 }
  const memory = setInterval(() => {
    watched.growthMib = Math.max(watched.growthMib, residentMib(pid) - idleMib)
    watched.childrenMib = Math.max(watched.childrenMib, childrenMib(pid))
  }, 50)
  let longest = await longestHealthWhileSending(files)
  // A busy machine takes moments of its own; what a file does, it does again.
  for (let again = 0; again < 2 && longest.ms >= LONGEST_HEALTH_MS; again++)
    longest = await longestHealthWhileSending(files.filter(({ name }) => name === longest.during))
  clearInterval(memory)
  process.stdout.write(`idle ${idleMib.toFixed(0)} MiB ${JSON.stringify({ ...watched, longest })}\n`)

  const honest = await fetch(pieceUrl, {
    method: 'POST',
    body: form([{ name: 'honnete.pdf', bytes: await pdf('Honnête') }]),
    headers: { authorization: `Bearer ${token}` },
  })
  expect(honest.status).toBe(201)
  expect(server.process.exitCode).toBeNull()
  expect(longest.ms, longest.during).toBeLessThan(LONGEST_HEALTH_MS)
  expect(watched.growthMib).toBeLessThan(MOST_GROWTH_MIB)
})

async function longestHealthWhileSending(sent: readonly HostileFile[]): Promise<LongestHealth> {
  const health = watchHealth()
  for (const file of sent) {
    health.isSent(file.name)
    const began = performance.now()
    const { status, answer } = await send(file)
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    process.stdout.write(
      `${status} in ${seconds} s: ${file.name} (${(file.bytes.length / 1e6).toFixed(1)} MB)\n`,
    )
    expect(file.mayBeTaken ? [201, 422] : [422], `${file.name}: ${answer.slice(0, 400)}`).toContain(status)
  }
  return await health.end()
}
