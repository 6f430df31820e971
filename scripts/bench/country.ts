/**
 * `npm run bench:country`: each main page and job on a real PostgreSQL that holds a country, beside the same
 * on one that holds two grappes, asked in turn. Then the round of a due day, for 6,000 people, with `/health`
 * asked all along by another process. `-- --small` only proves that the benchmark works.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { eq } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import { pieces, relances } from '../../schema/tables.ts'
import { urlTo } from '../../schema/urls.ts'
import { buildApp } from '../../server/app.ts'
import { readConfig } from '../../server/config.ts'
import { createContext, type OpenContext } from '../../server/context.ts'
import { listJobs } from '../../server/jobs.ts'
import { sendDueRelances } from '../../server/steps/collection/send-relances.ts'
import { type PageClient, signInPorteur } from '../../test/support/page-client.ts'
import { createDatabase, startPostgresql } from '../../test/support/postgresql.ts'
import { signInReviewer } from '../../test/support/reviewer.ts'
import { COUNTRY_REVIEWER, fillCountry } from '../country-rows.ts'

const small = process.argv.includes('--small')
const STORED = small ? 6 : 1500
const HANDED = small ? 4 : 300
const PRESSING = small ? 3 : 300
const ASKED = small ? 3 : 40
const JOB_RUNS = small ? 1 : 5
const HEALTH_EVERY_MS = 10

const [role, url = ''] = process.argv.slice(2)
if (role === 'health') await askHealth(url)
else await measure()

interface Country {
  app: FastifyInstance
  context: OpenContext
  porteur: PageClient
  reviewer: PageClient
  /** Addresses by what they are called. */
  pages: Record<string, () => Promise<{ status: number }>>
  setNow(instant: Date): void
  close(): Promise<void>
}

async function open(server: string, grappes: number, sealed: number): Promise<Country> {
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-country-'))
  const config = readConfig({
    ...{ DATA_DIR: dataDir, DATABASE_URL: await createDatabase(server), LOG_LEVEL: 'silent', DEMO: 'non' },
    ...{ PUBLIC_URL: 'http://127.0.0.1:3000', RATE_LIMIT_PER_MINUTE: '100000000' },
  })
  // A Tuesday in June, at ten in Paris.
  let now = new Date('2026-06-09T08:00:00Z')
  const context = await createContext(config, { now: () => now })
  const app = await buildApp(context, config)
  const pressing = { grappes: Math.min(PRESSING, grappes), inDays: 7 }
  const startedAt = performance.now()
  const [grappe = ''] = await fillCountry(context, { grappes, sealed, pressing })
  console.error(`${grappes} grappes: ${Math.round((performance.now() - startedAt) / 1000)} s`)
  // As a mail server that takes everything at once, and an antivirus with nothing to say.
  context.mailer = { send: async () => ({ state: 'sent' }) }
  context.antivirus = { scan: async () => ({ scan: 'sain' }) }
  const porteur = await signInPorteur({ app, context }, 'porteur1@exemple.invalid')
  const reviewer = await signInReviewer({ app, context }, COUNTRY_REVIEWER)
  const [piece] = await context.db.select().from(pieces).where(eq(pieces.grappeId, grappe)).limit(1)
  const at = { grappe, piece: piece?.id ?? '', token: grappe }
  return {
    app,
    context,
    porteur,
    reviewer,
    pages: {
      grappes: () => porteur.get(urlTo('grappes')),
      board: () => porteur.get(urlTo('board', at)),
      members: () => porteur.get(urlTo('members', at)),
      eligibility: () => porteur.get(urlTo('eligibility', at)),
      piece: () => porteur.get(urlTo('piece', at)),
      dossier: () => porteur.get(urlTo('dossier', at)),
      relances: () => porteur.get(urlTo('relances', at)),
      mails: () => porteur.get(urlTo('mails', at)),
      journal: () => porteur.get(urlTo('journal', at)),
      invitations: () => porteur.get(urlTo('invitations', at)),
      arsHome: () => reviewer.get(urlTo('arsHome', at)),
      arsDossiers: () => reviewer.get(urlTo('arsDossiers')),
    },
    setNow(instant) {
      now = instant
    },
    async close() {
      await app.close()
      await context.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function measure() {
  const server = await startPostgresql()
  const open2 = await open(server.url, 2, 1)
  const openAll = await open(server.url, STORED, HANDED)
  try {
    const numbers: Record<string, number> = {}
    console.log(
      `| page | p50 at 2 grappes, ms | p50 at ${STORED} | p95 at 2 | p95 at ${STORED} | ratio of p50 |`,
    )
    console.log('|---|---|---|---|---|---|')
    for (const name of Object.keys(open2.pages)) {
      const [few, many] = await inTurn(ASKED, [open2, openAll], country => get(country, name))
      row(name, few, many)
      numbers[`${name}_ratio`] = at(many, 0.5) / at(few, 0.5)
      if (name === 'arsDossiers') numbers.dossiers_p50_ms = at(many, 0.5)
    }
    console.log(
      `\n| job with nothing due | p50 at 2, ms | p50 at ${STORED} | p95 at 2 | p95 at ${STORED} | ratio |`,
    )
    console.log('|---|---|---|---|---|---|')
    for (const { name } of listJobs(openAll.context)) {
      const run = (country: Country) =>
        listJobs(country.context)
          .find(job => job.name === name)
          ?.run() ?? Promise.resolve()
      // The first run does what was left to do.
      for (const country of [open2, openAll]) await run(country)
      const [few, many] = await inTurn(JOB_RUNS, [open2, openAll], run)
      row(name, few, many)
      numbers[`job_${name}_ms`] = at(many, 0.5)
    }
    Object.assign(numbers, await dueDay(openAll))
    console.log(
      JSON.stringify(
        Object.fromEntries(Object.entries(numbers).map(([key, n]) => [key, Number(n.toPrecision(3))])),
      ),
    )
  } finally {
    await open2.close()
    await openAll.close()
    await server.stop()
  }
}

/** The day when a reminder of every pressing grappe is due: seven days before their last day, at nine. */
async function dueDay(country: Country): Promise<Record<string, number>> {
  const { app, context } = country
  await context.db.delete(relances)
  country.setNow(new Date('2026-06-09T07:05:00Z'))
  await context.db.execute('update grappes set relances_looked_on = null')
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  const child = fork(fileURLToPath(import.meta.url), ['health', `${address}/health/live`])
  await once(child, 'message')
  const idle = await healthOf(child, () => pause(small ? 300 : 3000))
  const startedAt = performance.now()
  const busy = await healthOf(child, () => sendDueRelances(context))
  const seconds = (performance.now() - startedAt) / 1000
  const again = performance.now()
  await sendDueRelances(context)
  const againSeconds = (performance.now() - again) / 1000
  child.disconnect()
  await once(child, 'exit')
  const people = await context.db.$count(relances)
  console.log(
    `\nA due day: ${people} people written to in ${seconds.toFixed(1)} s; a second round takes ` +
      `${againSeconds.toFixed(2)} s. /health meanwhile: p50 ${at(busy, 0.5).toFixed(1)} ms, ` +
      `p99 ${at(busy, 0.99).toFixed(1)} ms, longest ${at(busy, 1).toFixed(0)} ms ` +
      `(idle: p99 ${at(idle, 0.99).toFixed(1)} ms).`,
  )
  return {
    due_people: people,
    due_round_s: seconds,
    due_second_round_s: againSeconds,
    due_health_p99_ms: at(busy, 0.99),
  }
}

/** How long each answer took, in milliseconds, while the act went on. */
async function healthOf(child: ChildProcess, act: () => Promise<unknown>): Promise<number[]> {
  child.send('begin')
  await act()
  child.send('end')
  const [times] = await once(child, 'message')
  return (times as number[]).toSorted((a, b) => a - b)
}

/** Asks on and on, whether or not the one before was answered: a wait counts for each that waits. */
async function askHealth(address: string) {
  let times: number[] = []
  const ask = () => {
    const askedAt = performance.now()
    const asked = request(address, response => {
      response.resume().on('end', () => times.push(performance.now() - askedAt))
    })
    asked.on('error', () => {}).end()
  }
  let timer: NodeJS.Timeout | undefined
  process.on('disconnect', () => process.exit())
  process.on('message', async told => {
    if (told === 'begin') {
      times = []
      timer = setInterval(ask, HEALTH_EVERY_MS)
      return
    }
    clearInterval(timer)
    await pause(200)
    process.send?.(times)
  })
  process.send?.('ready')
}

async function get(country: Country, name: string): Promise<void> {
  const answer = await country.pages[name]?.()
  if (answer?.status !== 200) throw new Error(`${name} answered ${answer?.status}`)
}

/** The times of each, asked one after the other, in milliseconds, sorted; the first of each is left out. */
async function inTurn(
  count: number,
  countries: readonly [Country, Country],
  act: (country: Country) => Promise<unknown>,
): Promise<[number[], number[]]> {
  const times: [number[], number[]] = [[], []]
  for (let run = 0; run <= count; run++) {
    for (const [order, country] of countries.entries()) {
      const startedAt = performance.now()
      await act(country)
      if (run > 0) times[order]?.push(performance.now() - startedAt)
    }
  }
  const [few, many] = times.map(each => each.toSorted((a, b) => a - b))
  return [few ?? [], many ?? []]
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

function row(name: string, few: readonly number[], many: readonly number[]) {
  const cells = [at(few, 0.5), at(many, 0.5), at(few, 0.95), at(many, 0.95)].map(ms => ms.toFixed(1))
  console.log(`| ${name} | ${cells.join(' | ')} | ${(at(many, 0.5) / at(few, 0.5)).toFixed(2)} |`)
}
