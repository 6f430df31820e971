/**
 * A child process that works for strangers: one order at a time, killed when it takes too long or too much
 * memory, and started again by the next order. It knows no secret: it is given no environment.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Bounds, holdTo } from '../child-bounds.ts'

/** `too-heavy`: the process ended, or was ended, before it answered. */
export type Outcome<Answer> = { ok: true; answer: Answer } | { ok: false; why: 'too-heavy' }

/** Of JavaScript objects alone: V8 holds to it everywhere, and ends the process. */
const HEAP_MIB = 512
/** Files of one deposit follow each other closely; then the process has nothing to do but hold memory. */
const IDLE_MS = 30_000
/** What a large file leaves behind is given back sooner. */
const LARGE_MIB = 256
const IDLE_LARGE_MS = 2000

export class WatchedProcess<Order extends object, Answer> {
  readonly #program: URL
  #child: ChildProcess | null = null
  #idle: NodeJS.Timeout | undefined

  /**
   * @param program a module that answers each message by one message; its name ends with `.ts`, also once
   * compiled.
   */
  constructor(program: URL) {
    this.#program = program
  }

  /** @throws when the program cannot be started. */
  async ask(order: Order, bounds: Bounds): Promise<Outcome<Answer>> {
    clearTimeout(this.#idle)
    const child = this.#child?.connected ? this.#child : this.#start()
    const release = holdTo(bounds, child)
    try {
      return await new Promise<Outcome<Answer>>((resolve, reject) => {
        child.once('message', answer => resolve({ ok: true, answer: answer as Answer }))
        child.once('exit', code => {
          if (code === null) resolve({ ok: false, why: 'too-heavy' })
          else reject(new Error(`${fileURLToPath(this.#program)} ended with code ${code}`))
        })
        child.once('error', reject)
        // Its end is told by `exit`.
        child.send({ order, bounds }, () => {})
      })
    } finally {
      const usedMib = release()
      child.removeAllListeners('message').removeAllListeners('exit').removeAllListeners('error')
      const idleMs = usedMib > LARGE_MIB ? IDLE_LARGE_MS : IDLE_MS
      if (hasEnded(child)) this.close()
      else this.#idle = setTimeout(() => this.close(), idleMs).unref()
    }
  }

  close(): void {
    clearTimeout(this.#idle)
    this.#child?.kill('SIGKILL')
    this.#child = null
  }

  #start(): ChildProcess {
    // Run from source, the child needs what the tests and `npm start` run with.
    const fromSource = import.meta.url.endsWith('.ts')
    const path = fileURLToPath(this.#program)
    const child = fork(fromSource ? path : path.replace(/\.ts$/, '.js'), {
      env: {},
      execArgv: [...(fromSource ? ['--import', 'tsx'] : []), `--max-old-space-size=${HEAP_MIB}`],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    // Idle, it must not keep the server from ending; an order under way does, by its clock.
    child.unref()
    child.channel?.unref()
    this.#child = child
    return child
  }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null
