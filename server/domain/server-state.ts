/**
 * What the server knows of itself, and what of it goes beyond a limit: one sentence each, under a stable
 * code.
 */
import type { Instant } from './call.ts'

/** What waits its turn. */
export interface Queue {
  waiting: number
  /** Since when the one that waits most does; null when none waits. */
  oldest: Instant | null
}

/** What became of a job's runs, on whichever server. */
export interface JobRuns {
  name: string
  /** As people call it: « la vérification des dossiers scellés ». */
  label: string
  /** Without a success for so long, it is late; null: what it makes is watched by itself. */
  lateAfterMinutes: number | null
  runs: number
  failures: number
  /** Since the last success. */
  failuresInRow: number
  lastSuccessAt: Instant | null
  lastFailureAt: Instant | null
  /** What the last failure said, without any value of a statement. */
  lastFailure: string | null
  /** Of the last run, in milliseconds. */
  lastMs: number | null
}

/** What only the database tells. */
export interface StateInDatabase {
  /** To be sent, but for those that a limit of the day holds back (`held`); null without a mail server. */
  mails: (Queue & { failing: number; held: number; refusedLately: number }) | null
  /** Files not yet judged; null without an antivirus. */
  scans: Queue | null
  jobs: readonly JobRuns[]
  /** What the store has no more as it was kept, by its name: French. */
  damaged: readonly string[]
  /** The reading again of every stored byte; null when the settings ask for none. */
  scrub: Scrub | null
}

/** One reading again of all: the one under way, or the last. */
export interface Scrub {
  everyDays: number
  /** Null before the first. */
  startedAt: Instant | null
  finishedAt: Instant | null
  files: number
  /** In bytes. */
  bytes: number
}

export interface ServerState {
  at: Instant
  /** When this process started: what was to be done before could not be. */
  startedAt: Instant
  isStarting: boolean
  databaseKind: 'pglite' | 'postgresql'
  /** Null when the database does not answer. */
  rows: StateInDatabase | null
  /** In bytes; null when the disk of the data folder does not answer. */
  disk: { free: number; keptFree: number; takesWrites: boolean } | null
  isStoreReachable: boolean
  /** Null when where they are kept does not answer. */
  uploadsUnderWay: number | null
  /** The last whole backup of the place that the settings name; null when they name none. */
  backup: { last: Instant | null } | null
}

type AlertCode =
  | 'starting'
  | 'database-down'
  | 'store-down'
  | 'disk-full'
  | 'disk-low'
  | 'mail-queue-old'
  | 'antivirus-queue-old'
  | 'job-failing'
  | 'job-late'
  | 'backup-old'
  | 'files-damaged'
  | 'scrub-late'

export interface Alert {
  code: AlertCode
  /** The job that it is about; null otherwise. */
  job: string | null
  /** French; says what it means and where to look. */
  sentence: string
  /** Whether the server is not ready as long as it lasts. */
  unready: boolean
}

/** Beyond these, in minutes, what waits has waited too long. A mail server that asks for patience gets it. */
const MAIL_QUEUE_MINUTES = 60
const ANTIVIRUS_QUEUE_MINUTES = 60
/** A run that fails once succeeds a minute later more often than not. */
const FAILURES_IN_ROW = 3
/** A night, and the time that it takes. */
const BACKUP_HOURS = 30

const MINUTE_MS = 60_000

const minutesBetween = (from: Instant, to: Instant): number => (Date.parse(to) - Date.parse(from)) / MINUTE_MS

/** « 12 minutes », « 3 heures », « 2 jours ». */
export function lasting(from: Instant, to: Instant): string {
  const minutes = Math.max(0, Math.floor(minutesBetween(from, to)))
  if (minutes < 1) return 'moins d’une minute'
  if (minutes < 120) return `${minutes} minute${minutes < 2 ? '' : 's'}`
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} heures` : `${Math.floor(minutes / 1440)} jours`
}

/** What goes beyond a limit, the gravest first. */
export function alertsOf(state: ServerState): Alert[] {
  return [...partAlerts(state), ...rowAlerts(state), ...backupAlerts(state)]
}

const unready = (code: AlertCode, sentence: string): Alert => ({ code, job: null, sentence, unready: true })

function partAlerts({ isStarting, rows, isStoreReachable, disk }: ServerState): Alert[] {
  const alerts: Alert[] = []
  if (isStarting) alerts.push(unready('starting', 'Le serveur démarre et prépare sa démonstration.'))
  if (rows === null) {
    alerts.push(
      unready('database-down', 'La base de données ne répond pas\u00a0: rien ne peut être lu ni gardé.'),
    )
  }
  if (!isStoreReachable) {
    alerts.push(
      unready(
        'store-down',
        'Le dossier des pièces (blobs) ne peut être lu ou écrit\u00a0: aucune pièce ne s’ouvre.',
      ),
    )
  }
  if (disk === null || !disk.takesWrites) {
    alerts.push(
      unready('disk-full', 'Le disque de DATA_DIR est plein, ou ne répond pas\u00a0: faites de la place.'),
    )
  } else if (disk.free < disk.keptFree) {
    const sentence =
      'Le disque de DATA_DIR a moins de place que DISK_KEPT_FREE_MB\u00a0: les envois sont refusés. ' +
      'Faites de la place.'
    alerts.push({ code: 'disk-low', job: null, sentence, unready: false })
  }
  return alerts
}

function rowAlerts({ rows, at, startedAt }: ServerState): Alert[] {
  if (rows === null) return []
  const alerts: Alert[] = []
  const isOld = (queue: Queue | null, minutes: number) =>
    queue !== null && queue.oldest !== null && minutesBetween(queue.oldest, at) > minutes
  if (isOld(rows.mails, MAIL_QUEUE_MINUTES)) {
    alerts.push(
      unready(
        'mail-queue-old',
        'Des messages attendent depuis plus d’une heure\u00a0: vérifiez SMTP_URL, et ce qu’il répond.',
      ),
    )
  }
  if (isOld(rows.scans, ANTIVIRUS_QUEUE_MINUTES)) {
    alerts.push(
      unready(
        'antivirus-queue-old',
        'Des fichiers attendent l’antivirus depuis plus d’une heure, et ne s’ouvrent pas\u00a0: ' +
          'vérifiez clamd.',
      ),
    )
  }
  for (const job of rows.jobs) alerts.push(...jobAlerts(job, at, startedAt))
  alerts.push(...byteAlerts(rows, at))
  return alerts
}

/** Damaged files named in a sentence. */
const MOST_NAMED = 5

function byteAlerts({ damaged, scrub }: StateInDatabase, at: Instant): Alert[] {
  const alerts: Alert[] = []
  if (damaged.length > 0) {
    const named = damaged.slice(0, MOST_NAMED).join('\u00a0; ')
    const more = damaged.length > MOST_NAMED ? `\u00a0; et ${damaged.length - MOST_NAMED} autres` : ''
    const sentence =
      `Des fichiers gardés sont abîmés ou perdus, et ne sont plus envoyés\u00a0: ${named}${more}. ` +
      'Réparez-les d’une sauvegarde\u00a0: npm run storage -- repair.'
    alerts.push({ code: 'files-damaged', job: null, sentence, unready: false })
  }
  if (scrub === null || scrub.startedAt === null || scrub.finishedAt !== null) return alerts
  if (minutesBetween(scrub.startedAt, at) <= scrub.everyDays * 24 * 60) return alerts
  const sentence =
    `La relecture des fichiers dure depuis ${lasting(scrub.startedAt, at)}, plus que SCRUB_DAYS\u00a0: ` +
    'augmentez SCRUB_MB_PER_S.'
  return [...alerts, { code: 'scrub-late', job: null, sentence, unready: false }]
}

function jobAlerts(job: JobRuns, at: Instant, startedAt: Instant): Alert[] {
  const { name, label, lateAfterMinutes, failuresInRow, lastFailure, lastSuccessAt } = job
  if (failuresInRow >= FAILURES_IN_ROW) {
    const sentence =
      `Le travail «\u00a0${label}\u00a0» a échoué ${failuresInRow} fois de suite. ` +
      `Il dit\u00a0: ${lastFailure ?? ''}`
    return [{ code: 'job-failing', job: name, sentence, unready: false }]
  }
  // Before it started, nothing could be done.
  const since = lastSuccessAt === null || lastSuccessAt < startedAt ? startedAt : lastSuccessAt
  if (lateAfterMinutes === null || minutesBetween(since, at) <= lateAfterMinutes) return []
  const sentence =
    `Le travail «\u00a0${label}\u00a0» n’a pas réussi depuis ${lasting(since, at)}\u00a0: ` +
    'voyez le journal du serveur.'
  return [{ code: 'job-late', job: name, sentence, unready: false }]
}

function backupAlerts({ backup, at, startedAt }: ServerState): Alert[] {
  if (backup === null) return []
  const since = backup.last ?? startedAt
  if (minutesBetween(since, at) <= BACKUP_HOURS * 60) return []
  const sentence =
    backup.last === null
      ? 'Aucune sauvegarde entière dans BACKUP_TO\u00a0: voyez le journal du serveur.'
      : `La dernière sauvegarde entière date de ${lasting(since, at)}\u00a0: voyez le journal du serveur.`
  return [{ code: 'backup-old', job: 'sauvegarde', sentence, unready: false }]
}
