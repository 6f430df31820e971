/**
 * Draws pieces in a process of its own, stopped when it takes too long or too much: a file made to harm costs
 * its own page, never the server. The process knows no secret: it is given no environment.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { PieceResult, PieceTask } from './pieces.ts'

/** What stops a piece that asks for too much. */
export interface PieceLimits {
  seconds: number
  /** Of the process, code and libraries included; watched where the system tells it (Linux). */
  memoryMib: number
}

const WATCH_MS = 100
const PAGE_BYTES = 4096
/** Of JavaScript objects alone, enforced by V8 everywhere. */
const HEAP_MIB = 768

export type PieceOutcome = PieceResult | { ok: false; why: 'trop-lourd' }

export class PieceProcess {
  #child: ChildProcess | null = null

  /** One piece at a time. The time is that of the piece: the process has started before it counts. */
  async draw(task: PieceTask, { seconds, memoryMib }: PieceLimits): Promise<PieceOutcome> {
    // What the last piece left behind is not this one's.
    if (this.#child !== null && (await residentMib(this.#child.pid)) > memoryMib / 2) this.close()
    const child = this.#child ?? (await this.#start())
    const watch = setInterval(() => {
      void residentMib(child.pid).then(used => {
        if (used > memoryMib) child.kill('SIGKILL')
      })
    }, WATCH_MS)
    const clock = setTimeout(() => child.kill('SIGKILL'), seconds * 1000)
    try {
      return await new Promise<PieceOutcome>((resolve, reject) => {
        child.once('message', answer => resolve(answer as PieceResult))
        child.once('exit', () => resolve({ ok: false, why: 'trop-lourd' }))
        child.once('error', reject)
        child.send(task)
      })
    } finally {
      clearInterval(watch)
      clearTimeout(clock)
      child.removeAllListeners('message').removeAllListeners('exit').removeAllListeners('error')
      if (child.exitCode !== null || child.signalCode !== null) this.#child = null
    }
  }

  close() {
    this.#child?.kill('SIGKILL')
    this.#child = null
  }

  /** Resolves once it says that it is ready. */
  async #start(): Promise<ChildProcess> {
    // Run from source, the child needs what the tests and `npm start` run with.
    const fromSource = import.meta.url.endsWith('.ts')
    const entry = fileURLToPath(new URL(`./child.${fromSource ? 'ts' : 'js'}`, import.meta.url))
    const child = fork(entry, {
      env: {},
      execArgv: [...(fromSource ? ['--import', 'tsx'] : []), `--max-old-space-size=${HEAP_MIB}`],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    this.#child = child
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve())
      child.once('error', reject)
      child.once('exit', code => reject(new Error(`${entry} ended with code ${code} before it was ready`)))
    })
    child.removeAllListeners('exit').removeAllListeners('error')
    return child
  }
}

/** Resident memory; 0 where the system does not tell. */
async function residentMib(pid: number | undefined): Promise<number> {
  const statm = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '')
  return (Number(statm.split(' ')[1] ?? 0) * PAGE_BYTES) / 1024 / 1024
}
