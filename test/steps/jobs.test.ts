import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { startApp, type TestApp } from '../support/app.ts'

let test: TestApp
afterEach(() => test.close())

describe('the job queue', () => {
  it('runs a job once for a kick, and again at the next one', async () => {
    test = await startApp()
    let runs = 0
    const faults: unknown[] = []
    const job = {
      name: 'envois',
      cron: '0 0 1 1 *',
      run: async () => {
        runs++
      },
    } as const
    await test.context.jobs.start([job], fault => faults.push(fault))
    await until(() => runs === 1)
    await test.context.jobs.kick('envois')
    await until(() => runs === 2)
    expect(faults).toEqual([])
  })

  it('tells a fault, and runs again when kicked', async () => {
    test = await startApp()
    let runs = 0
    const faults: string[] = []
    const job = {
      name: 'alertes',
      cron: '0 0 1 1 *',
      run: async () => {
        runs++
        if (runs === 1) throw new Error('panne')
      },
    } as const
    await test.context.jobs.start([job], fault => faults.push(String(fault)))
    await until(() => faults.length === 1)
    await test.context.jobs.kick('alertes')
    await until(() => runs === 2)
    expect(faults).toEqual(['Error: panne'])
  })

  it('leaves a kick for later when nothing was started', async () => {
    test = await startApp()
    await expect(test.context.jobs.kick('envois')).resolves.toBeUndefined()
  })
})

async function until(condition: () => boolean): Promise<void> {
  for (let wait = 0; wait < 200 && !condition(); wait++) await pause(50)
  expect(condition()).toBe(true)
}
