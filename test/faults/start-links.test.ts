/** The links of a start: for whoever starts the server, never in what a machine collects. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { PATHS } from '../../schema/urls.ts'
import { LINKS_FILE } from '../../server/welcome.ts'
import { ENTRY } from './server-process.ts'

const CAPABILITY = /\/(connexion|esms|ars|administration)\/[\w-]{43}/g
/** Porteur, its colleague, an establishment, the ARS, whoever administers. */
const LINKS = 5
const STARTING_MS = 120_000

let dataDir: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'grappe-kit-demarrage-'))
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

/** Starts with the demonstration, stops once it says that it is ready, and gives all that it printed. */
async function startOnce(settings: Record<string, string>) {
  const server = spawn(process.execPath, ENTRY, {
    env: { ...process.env, NODE_ENV: '', DATA_DIR: dataDir, PORT: '0', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(server, 'exit')
  let printed = ''
  let base = ''
  const unready: number[] = []
  server.stderr.on('data', text => {
    printed += text
  })
  for await (const text of server.stdout) {
    printed += text
    const listening = /Server listening at (http:\/\/[\d.:]+)/.exec(printed)?.[1]
    if (base === '' && listening !== undefined) {
      base = listening
      // Asked as soon as it listens: the demonstration is not there yet.
      unready.push((await fetch(base + PATHS.health)).status)
    }
    if (printed.includes('grappe-kit est prêt')) break
  }
  const whenReady = (await fetch(base + PATHS.health)).status
  server.kill('SIGTERM')
  await exited
  return { printed, unready, whenReady }
}

it('are in a file that its owner alone reads, and not in what is printed', {
  timeout: STARTING_MS,
}, async () => {
  const { printed, unready, whenReady } = await startOnce({ LOG_FORMAT: 'json' })
  expect(printed.match(CAPABILITY)).toBeNull()
  expect(printed).toContain(join(dataDir, LINKS_FILE))
  const links = await readFile(join(dataDir, LINKS_FILE), 'utf8')
  expect(links.match(CAPABILITY)).toHaveLength(LINKS)
  expect((await stat(join(dataDir, LINKS_FILE))).mode & 0o777).toBe(0o600)
  expect([unready, whenReady]).toEqual([[503], 200])
})

it('are printed under npm start, and no file of an earlier start is left', {
  timeout: STARTING_MS,
}, async () => {
  const before = await startOnce({ NODE_ENV: 'production' })
  expect(before.printed.match(CAPABILITY)).toBeNull()
  const { printed } = await startOnce({ npm_lifecycle_event: 'start' })
  expect(printed.match(CAPABILITY)).toHaveLength(LINKS)
  await expect(stat(join(dataDir, LINKS_FILE))).rejects.toThrow('ENOENT')
})
