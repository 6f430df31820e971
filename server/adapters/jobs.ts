/** The job queue: pg-boss on whichever database is open. */
import PgBoss from 'pg-boss'
import type { JobName, Jobs, Signals } from '../steps/ports.ts'
import type { OpenDatabase } from './database.ts'

/** Longest run of one job; a longer one is taken for dead and its work is left to the next. */
const EXPIRE_IN_SECONDS = 60 * 60

/** Who asks says so: looking by itself is for what cron asks for, and for what was said and not heard. */
const LOOK_S = 10

const STOP_MS = 20_000

/**
 * Its type asks for rows; at the two places that are not awaited it looks first whether there is an answer at
 * all.
 */
const NO_ANSWER = undefined as unknown as { rows: unknown[] }

export interface Job {
  name: JobName
  /** When it runs by itself: a cron expression in UTC, to the minute. */
  cron: string
  /**
   * Reads what is to be done from the tables, so that running it twice, or on two servers at once, is
   * harmless.
   */
  run(): Promise<void>
}

export interface OpenJobs extends Jobs {
  /** @param onFault hears of every job that threw, and of a database that does not answer. */
  start(jobs: readonly Job[], onFault: (fault: unknown) => void): Promise<void>
  /** Waits for the jobs under way, a while. */
  stop(): Promise<void>
}

/**
 * The queue is created at its first start, in a schema of its own. Until then, kicks do nothing: the rows
 * wait.
 */
export function openJobs({ executeSql, signals }: Pick<OpenDatabase, 'executeSql' | 'signals'>): OpenJobs {
  let boss: PgBoss | null = null
  let report: (fault: unknown) => void = () => undefined
  let isStarted = false
  let starting: Promise<void> | null = null
  const workers = new Map<JobName, string>()
  let unhear = () => {}

  /**
   * pg-boss awaits neither the end of a job nor its failure: were these two rejected, because the database is
   * gone, the process would end. They take no answer for none; its other queries make a fault of it, which is
   * told like any.
   */
  const told = async (text: string, values?: unknown[]) => {
    try {
      return await executeSql(text, values)
    } catch (fault) {
      if (!isStarted) throw fault
      // Once stopped, the database may be closed before a job's end could be written: the next start finds
      // its rows.
      if (boss !== null) report(fault)
      return NO_ANSWER
    }
  }

  async function open(jobs: readonly Job[], onFault: (fault: unknown) => void): Promise<void> {
    report = onFault
    const opened = new PgBoss({ db: { executeSql: told } })
    opened.on('error', onFault)
    await opened.start()
    boss = opened
    for (const { name, cron, run } of jobs) {
      await makeQueue(opened, name)
      const work = () => running(run, onFault)
      workers.set(name, await opened.work(name, { pollingIntervalSeconds: LOOK_S }, work))
      await opened.schedule(name, cron)
    }
    isStarted = true
    unhear = signals.hear(news => {
      for (const [name, worker] of workers) if (isFor(news, name)) opened.notifyWorker(worker)
    })
  }

  return {
    async start(jobs, onFault) {
      starting = open(jobs, onFault)
      await starting
      // What was left by the last stop does not wait for the next minute.
      for (const { name } of jobs) await this.kick(name)
    },

    async kick(name) {
      if (boss === null || !workers.has(name)) return
      try {
        await boss.send(name, {})
        signals.tell({ job: name })
      } catch (fault) {
        // What was asked for is in the rows already: the act that they come from is done, whatever happens
        // here.
        report(fault)
      }
    },

    async stop() {
      // Half started, it would go on by itself, on a database that is closed.
      await starting?.catch(() => {})
      unhear()
      await boss?.stop({ timeout: STOP_MS, close: false })
      boss = null
    },
  }
}

/** Of one job; does nothing where there is one. */
async function makeQueue(boss: PgBoss, name: JobName): Promise<void> {
  // `short`: one run waiting at most, whoever asked for it; one under way hinders nobody after a crash.
  const queue = { name, policy: 'short', retryLimit: 0, expireInSeconds: EXPIRE_IN_SECONDS } as const
  await boss.createQueue(name, queue)
}

/** Makes the queues of these jobs, empty, in a database where nothing runs: to make them takes a while. */
export async function makeQueues(
  { executeSql }: Pick<OpenDatabase, 'executeSql'>,
  names: readonly JobName[],
): Promise<void> {
  // With the one that it keeps for its own clock.
  const boss = new PgBoss({ db: { executeSql }, supervise: false })
  await boss.start()
  for (const name of names) await makeQueue(boss, name)
  await boss.stop({ graceful: false, close: false })
}

/** What another server asked for, which may be at work on an earlier run, or may have asked unheard. */
const isFor = (news: Parameters<Parameters<Signals['hear']>[0]>[0], name: JobName) =>
  news === null || ('job' in news && news.job === name)

/** A job that fails is told, and is a failure to the queue too. */
async function running(run: Job['run'], onFault: (fault: unknown) => void): Promise<void> {
  try {
    await run()
  } catch (fault) {
    onFault(fault)
    throw fault
  }
}
