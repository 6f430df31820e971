/** What the server tells of itself: to probes, to a collector, in its log, and to whoever administers it. */
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jobRuns, mails } from '../../schema/tables.ts'
import { PATHS, urlTo } from '../../schema/urls.ts'
import { buildMetricsApp, METRICS_PATH } from '../../server/http/metrics.ts'
import { listJobs } from '../../server/jobs.ts'
import { issueLink } from '../../server/steps/access/links.ts'
import { openWatch } from '../../server/watch.ts'
import { START, startApp, type TestApp } from '../support/app.ts'
import { openBrowser } from '../support/page-client.ts'

/** After the start, in minutes. */
const later = (minutes: number) => new Date(Date.parse(START) + minutes * 60_000)

let test: TestApp
let token: string
beforeAll(async () => {
  // Nobody listens there: mails wait.
  test = await startApp({ METRICS_PORT: '0', SMTP_URL: 'smtp://127.0.0.1:1' })
  const { context } = test
  ;({ token } = await issueLink(context.db, context, { kind: 'administration', label: 'essai' }))
})
afterAll(() => test.close())

const ready = () => test.app.inject({ url: PATHS.healthReady })
const read = (html: string) =>
  html
    .replaceAll('\u00a0', ' ')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
const statePage = async () => read((await openBrowser(test).get(urlTo('serverState', { token }))).html)
/** Runs one of the jobs now, whatever becomes of it. */
const runJob = (name: string) =>
  listJobs(test.context)
    .find(job => job.name === name)
    ?.run()

async function leaveMail(createdAt: Date): Promise<void> {
  const { db, newId } = test.context
  const mail = { id: newId(), recipient: 'a@exemple.fr', subject: 'Sujet', body: 'Texte' }
  await db.insert(mails).values({ ...mail, createdAt })
}

describe('a server whose parts all answer', () => {
  it('is alive and ready, and its page says that nothing goes beyond its limits', async () => {
    expect((await test.app.inject({ url: PATHS.healthLive })).json()).toEqual({ status: 'ok' })
    expect((await ready()).json()).toEqual({ status: 'ok' })
    const page = await statePage()
    expect(page).toContain('Rien ne dépasse ses limites')
    expect(page).toContain('Messages à envoyer aucun n’attend')
    expect(page).toContain('aucun CLAMAV_URL n’est réglé')
    expect(page).toContain('vérification des dossiers scellés jamais')
  })

  it('asked to stop, says so to whoever sends it requests, and still answers them', async () => {
    test.context.isStopping = true
    expect([(await ready()).statusCode, (await test.app.inject({ url: PATHS.health })).statusCode]).toEqual([
      503, 503,
    ])
    const alive = await test.app.inject({ url: PATHS.healthLive })
    expect([alive.statusCode, alive.headers.connection]).toEqual([200, 'close'])
    test.context.isStopping = false
    expect((await test.app.inject({ url: PATHS.healthLive })).headers.connection).not.toBe('close')
  })

  it('keeps what became of each job, and shows it', async () => {
    test.setNow(later(1).toISOString())
    await runJob('scellement')
    await runJob('scellement')
    const { db } = test.context
    expect(await db.select().from(jobRuns)).toMatchObject([
      { name: 'scellement', runs: 2, failures: 0, failuresInRow: 0, lastSuccessAt: later(1) },
    ])
    test.setNow(later(4).toISOString())
    expect(await statePage()).toContain('vérification des dossiers scellés il y a 3 minutes 0 sur 2 aucun')
  })
})

describe('a limit that is passed', () => {
  it('makes the server unready in a sentence, and is told in the log once an hour, then that it is over', async () => {
    const told: object[] = []
    const note = (line: object) => told.push(line)
    const watch = openWatch(test.context, { warn: note, info: note } as never)
    test.setNow(later(5).toISOString())
    await leaveMail(later(5))
    await watch.look()
    expect(told).toEqual([])

    for (const minutes of [66, 67, 100, 125, 127]) {
      test.setNow(later(minutes).toISOString())
      // Other jobs do their work meanwhile.
      for (const name of ['relances', 'alertes', 'antivirus', 'scellement', 'lecture']) await runJob(name)
      await watch.look()
    }
    const alerts = told.filter(line => JSON.stringify(line).includes('mail-queue-old'))
    expect(alerts).toEqual([{ alert: 'mail-queue-old' }, { alert: 'mail-queue-old' }])
    const answer = await ready()
    expect(answer.statusCode).toBe(503)
    expect(answer.json()).toMatchObject({
      status: 'indisponible',
      problems: [
        { code: 'mail-queue-old', detail: expect.stringContaining('attendent depuis plus d’une heure') },
      ],
    })
    expect((await test.app.inject({ url: PATHS.health })).statusCode).toBe(200)
    expect(await statePage()).toContain('1 en attente, le plus ancien depuis 2 heures')

    await test.context.db.update(mails).set({ sentAt: later(127) })
    await watch.look()
    expect(told.at(-1)).toMatchObject({ over: expect.any(String) })
    expect((await ready()).statusCode).toBe(200)
  })

  it('is told of a store that cannot be read, and of nothing else', async () => {
    const blobs = join(test.config.dataDir, 'blobs')
    await rename(blobs, `${blobs}-loin`)
    const answer = await ready()
    await rename(`${blobs}-loin`, blobs)
    expect(answer.json()).toMatchObject({ problems: [{ code: 'store-down' }] })
    expect((await ready()).statusCode).toBe(200)
  })

  it('is told of a job that fails again and again, without the values of its statement', async () => {
    const { db } = test.context
    await db.execute('alter table seals rename to seals_ailleurs')
    for (let i = 0; i < 3; i++) await expect(runJob('scellement')).rejects.toThrow()
    await db.execute('alter table seals_ailleurs rename to seals')
    const page = await statePage()
    expect(page).toMatch(/« vérification des dossiers scellés » a échoué 3 fois de suite. Il dit : .*seals/)
    expect(page).not.toContain('params:')
    expect((await ready()).statusCode).toBe(200)
    await runJob('scellement')
    expect(await statePage()).not.toContain('fois de suite')
  })
})

describe('the metrics', () => {
  it('are on a listener of their own, and not on the public port', async () => {
    expect((await test.app.inject({ url: METRICS_PATH })).statusCode).toBe(404)
    const { context } = test
    if (context.metrics === null) throw new Error('no metrics')
    const metrics = buildMetricsApp(context, context.metrics)
    const base = await metrics.listen({ host: '127.0.0.1', port: 0 })
    const secret = 'x'.repeat(43)
    await test.app.inject({ url: urlTo('memberHome', { token: secret }) })
    const answer = await fetch(base + METRICS_PATH)
    const text = await answer.text()
    await metrics.close()
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(text).toMatch(
      /grappe_http_request_duration_seconds_count\{method="GET",route="\/esms\/:token",status="404"\} 1/,
    )
    expect(text).not.toContain(secret)
    for (const line of [
      /^grappe_up\{part="database"\} 1$/m,
      /^grappe_up\{part="store"\} 1$/m,
      /^grappe_queue_waiting\{queue="mail"\} 0$/m,
      /^grappe_disk_free_bytes \d+$/m,
      /^grappe_uploads_under_way 0$/m,
      /^grappe_job_last_success_timestamp_seconds\{job="scellement"\} 178\d+/m,
      /^grappe_job_failures\{job="scellement"\} 3$/m,
      /^nodejs_eventloop_lag_p99_seconds /m,
    ])
      expect(text).toMatch(line)
    if (context.database.kind === 'postgresql')
      expect(text).toMatch(/^grappe_database_connections\{state="open"\} \d/m)
  })
})
