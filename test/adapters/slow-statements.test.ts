/** Statements that take long are told by their text, on either database. */
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { porteurs } from '../../schema/tables.ts'
import type { OpenDatabase } from '../../server/adapters/database.ts'
import { openTestDatabase } from '../support/database.ts'

let database: OpenDatabase
beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database.close())

interface Told {
  text: string
  ms: number
}
/** What is told of the statements of this act. */
async function telling(leastMs: number, act: () => Promise<unknown>): Promise<Told[]> {
  const told: Told[] = []
  database.tellSlowStatements(leastMs, (text, ms) => told.push({ text, ms }))
  await act()
  database.tellSlowStatements(Number.POSITIVE_INFINITY, () => {})
  return told
}

/** What both engines spend on it; far from what a quick one takes, even where much else runs. */
const LONG_MS = 800
const slowly = (value: string) =>
  sql`select ${value}::text as given, clock_timestamp() from pg_sleep(${LONG_MS / 1000})`

it('tells the slow one by its text, without what it was given, and not its neighbours', async () => {
  const { db } = database
  const told = await telling(LONG_MS - 50, async () => {
    await db.select().from(porteurs).where(eq(porteurs.email, 'secret@exemple.fr'))
    await db.execute(slowly('secret@exemple.fr'))
  })
  expect(told).toHaveLength(1)
  expect(told[0]?.text).toMatch(/^select \$1::text as given, clock_timestamp\(\) from pg_sleep\(\$2\)$/)
  expect(told[0]?.ms).toBeGreaterThanOrEqual(LONG_MS - 50)
})

it('sees those of a transaction, and those of the job queue', async () => {
  const inTransaction = await telling(LONG_MS - 50, () =>
    database.db.transaction(async tx => {
      await tx.execute(slowly('un'))
      await tx.execute(sql`select 1`)
    }),
  )
  expect(inTransaction.map(({ text }) => text)).toEqual([expect.stringContaining('pg_sleep')])
  const ofJobs = await telling(LONG_MS - 50, () => database.executeSql(`select pg_sleep(${LONG_MS / 1000})`))
  expect(ofJobs).toHaveLength(1)
})

it('does not count the time that a statement waits for its turn', async () => {
  const told = await telling(LONG_MS - 50, () =>
    Promise.all([database.db.execute(slowly('un')), database.db.execute(sql`select 2 as quick`)]),
  )
  expect(told.map(({ text }) => text)).toEqual([expect.stringContaining('pg_sleep')])
})

it('tells of one that fails, which still fails', async () => {
  const told = await telling(0, async () => {
    await expect(database.db.execute(sql`select ${'texte'}::uuid`)).rejects.toThrow()
  })
  expect(told.map(({ text }) => text)).toEqual(['select $1::uuid'])
})
