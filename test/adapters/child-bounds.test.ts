import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { holdTo, usageOf } from '../../server/adapters/child-bounds.ts'

let child: ChildProcess
afterEach(() => child.kill('SIGKILL'))

const run = (program: string) => {
  child = spawn(process.execPath, ['-e', program], { stdio: 'ignore' })
  return child
}
const WAITING = 'setInterval(() => {}, 1000)'
const BUSY = 'for (;;);'

// Elsewhere the clock alone tells, and memory is watched by the process itself.
describe.skipIf(!existsSync('/proc/self/stat'))('what a child process may take', () => {
  it('is processor, not time: whoever waits for a turn is not ended', async () => {
    const bounds = { seconds: 0.6, memoryMib: 1000 }
    const release = holdTo(bounds, run(WAITING))
    await pause(1500)
    expect(release()).toBeGreaterThan(10)
    expect((await usageOf(child.pid)).seconds).toBeLessThan(bounds.seconds)
    expect(child.signalCode).toBeNull()
  })

  it('counts from when it was asked, and ends it when that is spent', async () => {
    const earlier = run(BUSY)
    await expect
      .poll(async () => (await usageOf(earlier.pid)).seconds, { timeout: 20_000 })
      .toBeGreaterThan(0.3)
    const spent = (await usageOf(earlier.pid)).seconds
    const ended = once(earlier, 'exit')
    const looks: number[] = []
    const release = holdTo({ seconds: 0.3, memoryMib: 1000 }, earlier)
    while (earlier.signalCode === null) {
      looks.push((await usageOf(earlier.pid)).seconds)
      await pause(20)
    }
    release()
    expect(await ended).toEqual([null, 'SIGKILL'])
    expect(Math.max(...looks) - spent).toBeGreaterThan(0.2)
  })

  it('ends with time all the same for what waits for ever', async () => {
    const ended = once(run(WAITING), 'exit')
    const began = performance.now()
    const release = holdTo({ seconds: 0.2, memoryMib: 1000 }, child)
    expect(await ended).toEqual([null, 'SIGKILL'])
    expect(performance.now() - began).toBeGreaterThan(1900)
    release()
  })
})
