/** The other end of a `WatchedProcess`: one message in, one message out. */
import { writeFile } from 'node:fs/promises'
import { setPriority } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Bounds } from '../child-bounds.ts'

/**
 * From a thread of its own, which a file that never ends being read does not hold up: ends the process when
 * nobody is left to answer, and when it takes too much where the parent cannot see it (any system but Linux).
 */
const GUARD = `
  const { workerData: parent, parentPort } = require('node:worker_threads')
  let most = Infinity
  parentPort.on('message', bytes => { most = bytes })
  setInterval(() => {
    if (process.ppid !== parent || process.memoryUsage.rss() > most) process.kill(process.pid, 'SIGKILL')
  }, 500)
`

/** Of 19: half way would starve a reader on a machine busy with other things. */
const NICENESS = 5

export function answerOrders<Order>(answer: (order: Order) => Promise<unknown>): void {
  // Where there is too little processor for both, the server goes first: everybody waits for it.
  setPriority(NICENESS)
  // Short of memory, the system ends this process rather than the server.
  writeFile('/proc/self/oom_score_adj', '1000').catch(() => {})
  const guard = new Worker(GUARD, { eval: true, workerData: process.ppid })
  guard.unref()
  process.on('message', async ({ order, bounds }: { order: Order; bounds: Bounds }) => {
    guard.postMessage(bounds.memoryMib * 2 ** 20)
    process.send?.(await answer(order))
  })
  process.on('disconnect', () => process.exit())
  // A file that breaks a parser from within a callback ends as one that takes too much.
  process.on('uncaughtException', () => process.kill(process.pid, 'SIGKILL'))
}
