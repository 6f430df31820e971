/** One request at a time per upload, in the order in which they came. */
import { UploadFault } from './arriving-store.ts'

/** Longest wait for a turn; the holder is asked to let go at once. */
const MAX_WAIT_MS = 30_000
const BUSY = 423

interface Held {
  /** Asks the holder to be done. */
  release: () => void
  waiting: Array<() => void>
}

export class UploadTurns {
  readonly #held = new Map<string, Held>()

  /** @param release called by whoever waits for this act, to have it end. */
  async take<Result>(id: string, release: () => void, act: () => Promise<Result>): Promise<Result> {
    await this.#take(id, release)
    try {
      return await act()
    } finally {
      this.#pass(id)
    }
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

  async #take(id: string, release: () => void): Promise<void> {
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
      const timer = setTimeout(() => {
        held.waiting.splice(held.waiting.indexOf(give), 1)
        reject(new UploadFault(BUSY))
      }, MAX_WAIT_MS)
      held.waiting.push(give)
    })
    held.release()
    await turn
  }

  #pass(id: string): void {
    const next = this.#held.get(id)?.waiting.shift()
    if (next === undefined) this.#held.delete(id)
    else next()
  }
}
