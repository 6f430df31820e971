/**
 * `npm run topology`: several servers from packages of this machine. PostgreSQL, an S3 server, two servers
 * and nginx in front, on a folder that goes when it stops. For trying it, and for the tests.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createDatabase, startPostgresql } from '../test/support/postgresql.ts'
import { type S3Server, startS3 } from '../test/support/s3-server.ts'

/** Debian's place is in nobody's PATH but root's. */
const NGINX = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/opt/homebrew/bin/nginx'].find(path =>
  existsSync(path),
)
const READY_MS = 120_000

export interface Topology {
  /** Of nginx: what people would open. */
  url: string
  servers: readonly TopologyServer[]
  /** Settings that both servers have. */
  settings: Record<string, string>
  s3: S3Server
  close(): Promise<void>
}

export interface TopologyServer {
  url: string
  dataDir: string
  /** Asks it to stop, waits until it has, and starts it again. @returns its exit code. */
  restart(): Promise<number | null>
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>
  /** Starts it again, and waits until it is ready. */
  start(): Promise<void>
}

/** Settings of one of the servers besides those of all; its folder is there, and empty. */
type OfServer = (rank: number, server: { dataDir: string; s3: S3Server }) => Promise<Record<string, string>>

/** Whether this machine has what it takes. */
export const hasNginx = NGINX !== undefined

/** @param entry arguments of node that run the server. @throws when a part does not start. */
export async function startTopology(
  entry: readonly string[],
  given: Record<string, string> = {},
  ofServer: OfServer = async () => ({}),
): Promise<Topology> {
  if (NGINX === undefined) throw new Error('nginx n’est pas installé : apt-get install nginx-light')
  const folder = await mkdtemp(join(tmpdir(), 'grappe-kit-topologie-'))
  const closers: Array<() => Promise<unknown>> = [() => rm(folder, { recursive: true, force: true })]
  const close = async () => {
    for (const closer of closers.toReversed()) await closer()
  }
  try {
    const postgresql = await startPostgresql()
    closers.push(() => postgresql.stop())
    const s3 = await startS3(['pieces'])
    closers.push(() => s3.close())
    const [front, ...ports] = await Promise.all([freePort(), freePort(), freePort()])
    const url = `http://127.0.0.1:${front}`
    const settings = {
      DATABASE_URL: await createDatabase(postgresql.url),
      STORAGE_URL: s3.url,
      SECRET_KEY: 'une clé pour essayer, que les deux serveurs ont',
      PUBLIC_URL: url,
      TRUSTED_PROXIES: '1',
      STOP_DELAY_S: '1',
      ...given,
    }
    const servers: TopologyServer[] = []
    // One after the other: the first makes the schema, and the pair of database and bucket.
    for (const [rank, port] of ports.entries()) {
      const dataDir = join(folder, `serveur-${rank + 1}`)
      await mkdir(dataDir)
      const own = { ...settings, ...(await ofServer(rank, { dataDir, s3 })) }
      const server = await startOne(entry, dataDir, port, own)
      closers.push(server.stop)
      servers.push(server)
    }
    closers.push(await startNginx(NGINX, join(folder, 'nginx'), Number(front), ports))
    return { url, servers, settings, s3, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function startOne(
  entry: readonly string[],
  dataDir: string,
  port: number,
  settings: Record<string, string>,
): Promise<TopologyServer & { stop(): Promise<number | null> }> {
  const url = `http://127.0.0.1:${port}`
  let running: ChildProcess
  const start = async () => {
    const env = {
      ...process.env,
      DEMO: 'non',
      LOG_LEVEL: 'warn',
      ...settings,
      DATA_DIR: dataDir,
      PORT: `${port}`,
    }
    running = spawn(process.execPath, entry, { env, stdio: ['ignore', 'inherit', 'inherit'] })
    await answering(`${url}/health`, running)
  }
  const stop = async () => {
    if (running.exitCode !== null || running.signalCode !== null) return running.exitCode
    const exited = once(running, 'exit')
    running.kill('SIGTERM')
    const [code] = await exited
    return code as number | null
  }
  await start()
  return {
    url,
    dataDir,
    stop,
    start,
    async kill() {
      const exited = once(running, 'exit')
      running.kill('SIGKILL')
      await exited
    },
    async restart() {
      const code = await stop()
      await start()
      return code
    },
  }
}

async function startNginx(
  nginx: string,
  folder: string,
  port: number,
  ports: readonly number[],
): Promise<() => Promise<unknown>> {
  await mkdir(folder)
  const file = join(folder, 'nginx.conf')
  await writeFile(file, await nginxConfig(folder, port, ports))
  const running = spawn(
    nginx,
    ['-p', folder, '-c', file, '-e', join(folder, 'error.log'), '-g', 'daemon off;'],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  )
  await answering(`http://127.0.0.1:${port}/health/live`, running)
  return async () => {
    const exited = once(running, 'exit')
    running.kill('SIGQUIT')
    await exited
  }
}

/** That of docker-compose.yml, with the addresses and the folder of this one. */
async function nginxConfig(folder: string, port: number, ports: readonly number[]): Promise<string> {
  const ours = await readFile(new URL('../deploy/nginx.conf', import.meta.url), 'utf8')
  const addressed = ports.reduce(
    (text, each, rank) => text.replace(`serveur-${rank + 1}:3000`, `127.0.0.1:${each}`),
    ours,
  )
  return addressed.replaceAll('/tmp/', `${folder}/`).replace('listen 8080', `listen 127.0.0.1:${port}`)
}

async function answering(url: string, running: ChildProcess): Promise<void> {
  const until = Date.now() + READY_MS
  while (Date.now() < until) {
    if (running.exitCode !== null)
      throw new Error(`${running.spawnfile} stopped by itself: ${running.exitCode}`)
    const answer = await fetch(url).catch(() => null)
    if (answer?.ok) return
    await pause(100)
  }
  throw new Error(`${url} does not answer`)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

if (process.argv[1]?.endsWith('topology.ts')) {
  const topology = await startTopology(['run.js', 'server/main'], { LOG_LEVEL: 'info' })
  console.log(`Deux serveurs derrière ${topology.url} ; Ctrl-C les arrête et efface tout.`)
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  await topology.close()
}
