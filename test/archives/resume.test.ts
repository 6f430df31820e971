import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noise, openStore, type Store, serve, tool } from './support.ts'

const CUTS = 50

let store: Store
let served: Awaited<ReturnType<typeof serve>>

beforeAll(async () => {
  store = await openStore()
  const files = []
  for (let i = 0; i < 60; i++) {
    const size = i % 3 === 0 ? 3_000_000 + i : 40_000 + i * 777
    files.push(await store.add(`03_ESMS/${i}_v1.pdf`, noise(String(i), size)))
  }
  served = await serve(store, files)
})
afterAll(async () => {
  await served.close()
  await store.close()
})

describe('a download by curl', () => {
  it(`that is cut at random ${CUTS} times, and resumed each time, has the sealed SHA-256`, async () => {
    const target = join(store.folder, 'reçu.zip')
    const sizeOf = () =>
      stat(target).then(
        ({ size }) => size,
        () => 0,
      )
    // Slow enough for the cuts to fall everywhere.
    const args = ['-sS', '-C', '-', '--limit-rate', '20M', '-o', target, served.url]
    const stops: number[] = []
    for (let cut = 0; cut < CUTS; cut++) {
      const curl = spawn('curl', args, { stdio: 'ignore' })
      const exited = once(curl, 'exit')
      await pause(20 + Math.random() * 100)
      curl.kill('SIGKILL')
      await exited
      stops.push(await sizeOf())
      // Done before the last cut: what is there is cut at random too, and goes on from there.
      if ((stops.at(-1) ?? 0) >= served.length) {
        await tool('truncate', '-s', String(Math.floor(Math.random() * served.length)), target)
      }
    }
    expect(new Set(stops).size).toBeGreaterThan(10)
    if ((await sizeOf()) < served.length) await tool('curl', '-sSf', '-C', '-', '-o', target, served.url)
    const bytes = await readFile(target)
    expect(bytes.length).toBe(served.length)
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(served.sha256)
  })
})
