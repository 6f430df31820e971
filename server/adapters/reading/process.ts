/**
 * Draws pieces in a process of its own, stopped when it takes too long or too much: a file made to harm costs
 * its own page, never the server. The process knows no secret: it is given no environment.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Bounds, holdTo, usageOf } from '../child-bounds.ts'
import type { PieceResult, PieceTask } from './pieces.ts'

/** Of JavaScript objects alone, enforced by V8 everywhere. */
const HEAP_MIB = 768

export type PieceOutcome = PieceResult | { ok: false; why: 'trop-lourd' }

export class PieceProcess {
  #child: ChildProcess | null = null

  /** One piece at a time. The time is that of the piece: the process has started before it counts. */
  async draw(task: PieceTask, limits: Bounds): Promise<PieceOutcome> {
    // What the last piece left behind is not this one's.
    if ((await usageOf(this.#child?.pid)).memoryMib > limits.memoryMib / 2) this.close()
    const child = this.#child ?? (await this.#start())
    const release = holdTo(limits, child)
    try {
      return await new Promise<PieceOutcome>((resolve, reject) => {
        child.once('message', answer => resolve(answer as PieceResult))
        child.once('exit', () => resolve({ ok: false, why: 'trop-lourd' }))
        child.once('error', reject)
        child.send(task)
      })
    } finally {
      release()
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
