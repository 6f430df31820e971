/**
 * One request at a time per upload. The library's own MemoryLocker spins on `setImmediate` for as long as it
 * waits, which takes a whole core while a dead connection is being given up; this one queues.
 */
import { ERRORS, type Lock, type Locker, type RequestRelease } from '@tus/server'

/** Longest wait for a turn; the holder is asked to let go at once. */
const MAX_WAIT_MS = 30_000

interface Held {
  release: RequestRelease
  waiting: Array<() => void>
}

export class UploadTurns implements Locker {
  readonly #held = new Map<string, Held>()

  newLock(id: string): Lock {
    return { lock: (signal, release) => this.#take(id, release, signal), unlock: async () => this.#pass(id) }
  }

  /** Runs the act while no request touches these uploads; requests that come meanwhile wait for its end. */
  async hold<Result>(ids: readonly string[], act: () => Promise<Result>): Promise<Result> {
    const taken: string[] = []
    try {
      // Always in the same order: two acts on the same uploads must not wait for each other.
      for (const id of [...new Set(ids)].sort()) {
        await this.#take(id, () => {})
        taken.push(id)
      }
      return await act()
    } finally {
      for (const id of taken) this.#pass(id)
    }
  }

  async #take(id: string, release: RequestRelease, signal?: AbortSignal): Promise<void> {
    const held = this.#held.get(id)
    if (held === undefined) {
      this.#held.set(id, { release, waiting: [] })
      return
    }
    const turn = new Promise<void>((resolve, reject) => {
      const give = () => {
        clearTimeout(timer)
        held.release = release
        resolve()
      }
      const giveUp = () => {
        clearTimeout(timer)
        const place = held.waiting.indexOf(give)
        if (place >= 0) held.waiting.splice(place, 1)
        reject(ERRORS.ERR_LOCK_TIMEOUT)
      }
      const timer = setTimeout(giveUp, MAX_WAIT_MS)
      signal?.addEventListener('abort', giveUp, { once: true })
      held.waiting.push(give)
    })
    await held.release()
    await turn
  }

  #pass(id: string): void {
    const next = this.#held.get(id)?.waiting.shift()
    if (next === undefined) this.#held.delete(id)
    else next()
  }
}
