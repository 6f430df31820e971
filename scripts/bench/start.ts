/**
 * What a start on an empty folder takes, and the next one: time to the first page, time until `/health` says
 * ready and what the processor worked until then, which says more on a busy machine, resident memory at its
 * highest and once idle. The production build (`npm run build`), the embedded database, the demonstration.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { PATHS } from '../../schema/urls.ts'
import { peakRssMib } from './peak-memory.ts'

const IDLE_MS = process.argv.includes('--small') ? 1000 : 60_000
/** USER_HZ, which Linux keeps at 100 for whoever reads /proc. */
const TICKS_PER_SECOND = 100
const PORT = 20_000 + Math.floor(Math.random() * 20_000)
const base = `http://127.0.0.1:${PORT}`

interface Start {
  firstPageS: number
  readyS: number
  /** Of the processor, until it was ready. */
  workS: number
  peakMib: number
  idleMib: number
}

async function start(folder: string): Promise<Start> {
  const startedAt = performance.now()
  const env = { ...process.env, NODE_ENV: 'production', DATA_DIR: folder, PORT: `${PORT}`, LOG_LEVEL: 'warn' }
  const server = spawn(process.execPath, ['dist/server/main.js'], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const exited = once(server, 'exit')
  const answering = async (path: string) => {
    while (!(await fetch(base + path).catch(() => null))?.ok) {
      if (server.exitCode !== null) throw new Error('The server stopped: was it built?')
      await pause(50)
    }
    return (performance.now() - startedAt) / 1000
  }
  const firstPageS = await answering(PATHS.home)
  const readyS = await answering(PATHS.health)
  const pid = server.pid ?? 0
  const workS = workedS(pid)
  await pause(IDLE_MS)
  const idleMib = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  const peakMib = peakRssMib(pid)
  server.kill('SIGTERM')
  await exited
  return { firstPageS, readyS, workS, peakMib, idleMib }
}

/** By the server's own process, in user and system mode. */
function workedS(pid: number): number {
  // The name of the program, between parentheses, may hold spaces.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

const folder = await mkdtemp(join(tmpdir(), 'grappe-kit-bench-start-'))
try {
  const first = await start(folder)
  const next = await start(folder)
  for (const [name, { firstPageS, readyS, workS, peakMib, idleMib }] of Object.entries({ first, next })) {
    process.stdout.write(
      `${name.padEnd(6)} first page ${firstPageS.toFixed(1)} s, ready ${readyS.toFixed(1)} s, ` +
        `${workS.toFixed(1)} s of processor, ` +
        `${Math.round(peakMib)} MiB at most, ${Math.round(idleMib)} MiB idle\n`,
    )
  }
  process.stdout.write(
    `${JSON.stringify({
      first_page_s: Number(first.firstPageS.toFixed(1)),
      first_work_s: Number(first.workS.toFixed(1)),
      first_peak_mib: Math.round(first.peakMib),
      first_idle_mib: Math.round(first.idleMib),
      next_page_s: Number(next.firstPageS.toFixed(1)),
      next_work_s: Number(next.workS.toFixed(1)),
      next_peak_mib: Math.round(next.peakMib),
      next_idle_mib: Math.round(next.idleMib),
    })}\n`,
  )
} finally {
  await rm(folder, { recursive: true, force: true })
}
