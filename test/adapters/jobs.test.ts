import { expect, it } from 'vitest'
import { makeQueues, openJobs } from '../../server/adapters/jobs.ts'
import { JOB_NAMES } from '../../server/steps/job-runs.ts'
import { openTestDatabase } from '../support/database.ts'

it('finds the queues that were made beforehand, in which nothing waited', async () => {
  const database = await openTestDatabase()
  const asked: string[] = []
  const executeSql: typeof database.executeSql = async (text, values) => {
    asked.push(text)
    return await database.executeSql(text, values)
  }
  const countOf = async (rows: string) => (await database.executeSql(`select * from ${rows}`)).rows.length
  try {
    await makeQueues(database, JOB_NAMES)
    const queues = await countOf('pgboss.queue')
    expect(queues).toBeGreaterThanOrEqual(JOB_NAMES.length)
    expect(await countOf('pgboss.job')).toBe(0)

    let runs = 0
    const jobs = openJobs({ executeSql, signals: database.signals })
    const ran = new Promise<void>(resolve => {
      const run = async () => {
        runs++
        resolve()
      }
      void jobs.start([{ name: 'envois', cron: '0 3 1 1 *', run }], () => undefined)
    })
    await ran
    await jobs.stop()
    expect(runs).toBe(1)
    expect(await countOf('pgboss.queue')).toBe(queues)
    expect(asked.some(text => /create table/i.test(text))).toBe(false)
  } finally {
    await database.close()
  }
})
