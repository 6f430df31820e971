import { describe, expect, it } from 'vitest'
import { alertsOf, type JobRuns, lasting, type ServerState } from '../../server/domain/server-state.ts'

const AT = '2026-06-02T12:00:00.000Z'
const ago = (minutes: number) => new Date(Date.parse(AT) - minutes * 60_000).toISOString()

const JOB: JobRuns = {
  name: 'envois',
  label: 'envoi des messages',
  lateAfterMinutes: 75,
  runs: 100,
  failures: 0,
  failuresInRow: 0,
  lastSuccessAt: ago(1),
  lastFailureAt: null,
  lastFailure: null,
  lastMs: 12,
}

const WELL = {
  at: AT,
  startedAt: ago(5000),
  isStarting: false,
  databaseKind: 'pglite',
  rows: {
    mails: { waiting: 2, oldest: ago(10), failing: 0, held: 0, refusedLately: 1 },
    scans: { waiting: 1, oldest: ago(10) },
    jobs: [JOB],
    damaged: [],
    scrub: { everyDays: 30, startedAt: ago(29 * 1440), finishedAt: null, files: 12, bytes: 3e6 },
  },
  disk: { free: 5e9, keptFree: 2e8, takesWrites: true },
  isStoreReachable: true,
  uploadsUnderWay: 3,
  backup: { last: ago(20 * 60) },
} as const satisfies ServerState

const codesOf = (change: Partial<ServerState>) =>
  alertsOf({ ...WELL, ...change }).map(({ code, job, unready }) => [code, job, unready])
const withJob = (change: Partial<JobRuns>) => ({ rows: { ...WELL.rows, jobs: [{ ...JOB, ...change }] } })
const mails = (oldest: string) => ({ waiting: 1, oldest, failing: 1, held: 0, refusedLately: 0 })

describe('what is watched', () => {
  it('is silent while nothing goes beyond its limit', () => {
    expect(alertsOf(WELL)).toEqual([])
    expect(
      codesOf({ backup: null, rows: { mails: null, scans: null, jobs: [], damaged: [], scrub: null } }),
    ).toEqual([])
  })

  it.each<[string, Partial<ServerState>, [string, string | null, boolean]]>([
    ['the first run', { isStarting: true }, ['starting', null, true]],
    ['no database', { rows: null }, ['database-down', null, true]],
    ['no store', { isStoreReachable: false }, ['store-down', null, true]],
    ['no disk', { disk: null }, ['disk-full', null, true]],
    ['a full disk', { disk: { free: 10, keptFree: 2e8, takesWrites: false } }, ['disk-full', null, true]],
    ['little room', { disk: { free: 1e8, keptFree: 2e8, takesWrites: true } }, ['disk-low', null, false]],
    ['old mails', { rows: { ...WELL.rows, mails: mails(ago(61)) } }, ['mail-queue-old', null, true]],
    [
      'old files',
      { rows: { ...WELL.rows, scans: { waiting: 1, oldest: ago(61) } } },
      ['antivirus-queue-old', null, true],
    ],
    ['a job that fails', withJob({ failuresInRow: 3 }), ['job-failing', 'envois', false]],
    ['a late job', withJob({ lastSuccessAt: ago(76) }), ['job-late', 'envois', false]],
    ['an old backup', { backup: { last: ago(31 * 60) } }, ['backup-old', 'sauvegarde', false]],
    ['no backup at all', { backup: { last: null } }, ['backup-old', 'sauvegarde', false]],
    [
      'damaged files',
      { rows: { ...WELL.rows, damaged: ['« Charte » de EHPAD n° 1'] } },
      ['files-damaged', null, false],
    ],
    [
      'a reading again that does not end',
      { rows: { ...WELL.rows, scrub: { ...WELL.rows.scrub, startedAt: ago(31 * 1440) } } },
      ['scrub-late', null, false],
    ],
  ])('tells %s by its code', (_what, change, expected) => {
    expect(codesOf(change)).toEqual([expected])
  })

  it('gives what a stopped server could not do the time to be done', () => {
    expect(codesOf({ startedAt: ago(2), ...withJob({ lastSuccessAt: ago(3000) }) })).toEqual([])
    expect(codesOf({ startedAt: ago(2), backup: { last: null } })).toEqual([])
    expect(codesOf(withJob({ lastSuccessAt: null }))).toEqual([['job-late', 'envois', false]])
    expect(codesOf(withJob({ failuresInRow: 2 }))).toEqual([])
  })

  it('says how long in words', () => {
    const words = [0, 1, 2, 119, 120, 2879, 2880].map(minutes => lasting(ago(minutes), AT))
    expect(words).toEqual([
      ...['moins d’une minute', '1 minute', '2 minutes', '119 minutes', '2 heures', '47 heures', '2 jours'],
    ])
  })
})
