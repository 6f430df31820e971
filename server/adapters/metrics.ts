/** What Prometheus reads: of requests and the process as they go, of the rest as it stands when it asks. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Queue, ServerState } from '../domain/server-state.ts'
import type { PoolFigures } from './database.ts'

export interface Metrics {
  /** @param route the pattern of the address, never the address itself, which may be a capability. */
  countRequest(method: string, route: string, status: number, seconds: number): void
  countSlowStatement(): void
  /** In Prometheus' text format. */
  text(state: ServerState, pool: PoolFigures | null): Promise<string>
  contentType: string
}

const SECONDS = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60]

export function openMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'grappe_http_request_duration_seconds',
    help: 'Time to answer, by pattern of address',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers,
  })
  const slowStatements = new Counter({
    name: 'grappe_slow_statements_total',
    help: 'Statements of the database that took SLOW_QUERY_MS or more',
    registers,
  })
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name: `grappe_${name}`, help, labelNames, registers })
  const setState = stateGauges(gauge)
  return {
    countRequest: (method, route, status, seconds) =>
      requests.observe({ method, route, status: String(status) }, seconds),
    countSlowStatement: () => slowStatements.inc(),
    contentType: registry.contentType,
    async text(state, pool) {
      setState(state, pool)
      return await registry.metrics()
    },
  }
}

type MakeGauge = (name: string, help: string, ...labelNames: string[]) => Gauge

/** Gauges of what is read when asked. One whose value is not known says nothing, rather than what it was. */
function stateGauges(gauge: MakeGauge): (state: ServerState, pool: PoolFigures | null) => void {
  const up = gauge('up', 'Whether a part answers: database, store, disk', 'part')
  const connections = gauge('database_connections', 'Connections of the pool', 'state')
  const waiting = gauge('queue_waiting', 'What waits its turn: mail, antivirus', 'queue')
  const oldest = gauge('queue_oldest_seconds', 'Since when the one that waits most does', 'queue')
  const failing = gauge('mail_failing', 'Mails that the mail server has not taken yet')
  const held = gauge('mail_held', 'Mails that a limit of the day holds back')
  const refused = gauge('mail_refused_lately', 'Mails refused for good in seven days')
  const success = gauge('job_last_success_timestamp_seconds', 'Last success of a job', 'job')
  const runs = gauge('job_runs', 'Runs of a job since the database was made', 'job')
  const failures = gauge('job_failures', 'Of which failures', 'job')
  const inRow = gauge('job_failures_in_row', 'Failures of a job since its last success', 'job')
  const duration = gauge('job_last_duration_seconds', 'How long the last run of a job took', 'job')
  const free = gauge('disk_free_bytes', 'Free on the disk of DATA_DIR')
  const keptFree = gauge('disk_kept_free_bytes', 'What uploads leave free')
  const uploads = gauge('uploads_under_way', 'Uploads not yet deposited')
  const backup = gauge('backup_last_timestamp_seconds', 'Last whole backup in BACKUP_TO')
  const all = [
    up,
    connections,
    waiting,
    oldest,
    failing,
    held,
    refused,
    success,
    runs,
    failures,
    inRow,
    duration,
  ]
  const damaged = gauge('files_damaged', 'Stored files found missing or altered, not yet repaired')
  const scrubbed = gauge('scrub_finished_timestamp_seconds', 'End of the last reading again of all files')
  const every = [...all, free, keptFree, uploads, backup, damaged, scrubbed]
  const seconds = (instant: string) => Date.parse(instant) / 1000

  return ({ at, rows, disk, isStoreReachable, uploadsUnderWay, backup: kept }, pool) => {
    for (const each of every) each.reset()
    const setQueue = (name: string, queue: Queue | null) => {
      if (queue === null) return
      waiting.set({ queue: name }, queue.waiting)
      oldest.set({ queue: name }, queue.oldest === null ? 0 : seconds(at) - seconds(queue.oldest))
    }
    up.set({ part: 'database' }, rows === null ? 0 : 1)
    up.set({ part: 'store' }, isStoreReachable ? 1 : 0)
    up.set({ part: 'disk' }, disk?.takesWrites ? 1 : 0)
    for (const [state, count] of Object.entries(pool ?? {})) connections.set({ state }, count)
    if (uploadsUnderWay !== null) uploads.set(uploadsUnderWay)
    if (disk !== null) {
      free.set(disk.free)
      keptFree.set(disk.keptFree)
    }
    if (kept !== null && kept.last !== null) backup.set(seconds(kept.last))
    if (rows === null) return
    damaged.set(rows.damaged.length)
    if (rows.scrub?.finishedAt) scrubbed.set(seconds(rows.scrub.finishedAt))
    setQueue('mail', rows.mails)
    setQueue('antivirus', rows.scans)
    failing.set(rows.mails?.failing ?? 0)
    held.set(rows.mails?.held ?? 0)
    refused.set(rows.mails?.refusedLately ?? 0)
    for (const job of rows.jobs) {
      const label = { job: job.name }
      runs.set(label, job.runs)
      failures.set(label, job.failures)
      inRow.set(label, job.failuresInRow)
      if (job.lastSuccessAt !== null) success.set(label, seconds(job.lastSuccessAt))
      if (job.lastMs !== null) duration.set(label, job.lastMs / 1000)
    }
  }
}
