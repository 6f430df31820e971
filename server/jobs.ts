/** What runs in the background, read from top to bottom: which step, and how often by itself. */
import type { Job } from './adapters/jobs.ts'
import { datedName, listBackups } from './backup/manifest.ts'
import { pruneBackups } from './backup/prune-backups.ts'
import { writeBackup } from './backup/write-backup.ts'
import type { Config } from './config.ts'
import type { OpenContext } from './context.ts'
import { BYTES_PER_MB } from './domain/file-acceptance.ts'
import { messageWithoutValues } from './http/logging.ts'
import { deliverDueMails } from './steps/access/send-mail.ts'
import { alertDeposits } from './steps/collection/alert-deposits.ts'
import { renewLinks } from './steps/collection/renew-links.ts'
import { refreshWaitingRelances, sendDueRelances } from './steps/collection/send-relances.ts'
import { sendWeeklyDigests } from './steps/collection/weekly-digest.ts'
import { scanFiles } from './steps/control/scan-files.ts'
import { scanModels } from './steps/control/scan-models.ts'
import { scrubFiles } from './steps/control/scrub-files.ts'
import { checkSeals } from './steps/dossier/check-seal.ts'
import { drawReadings } from './steps/dossier/draw-reading.ts'
import { eraseDueAccounts } from './steps/erasure/delete-account.ts'
import { eraseListedBytes } from './steps/erasure/erase-bytes.ts'
import { eraseDue } from './steps/erasure/erase-due.ts'
import { sweepExpired } from './steps/erasure/sweep-expired.ts'
import { recordJobRun } from './steps/job-runs.ts'
import { oneByOne } from './steps/one-by-one.ts'

const EVERY_MINUTE = '* * * * *'
const EVERY_FIVE_MINUTES = '*/5 * * * *'
const EVERY_HOUR = '20 * * * *'
const EVERY_NIGHT = '15 2 * * *'
/** A stop waits for a run under way no longer than that, and the file that it reads. */
const SCRUB_RUN_MS = 15_000
const LEAST_BETWEEN_BACKUPS_MS = 20 * 60 * 60 * 1000

export function listJobs(context: OpenContext): Job[] {
  const jobs: Job[] = [
    {
      name: 'envois',
      cron: EVERY_MINUTE,
      run: () => each(context, renewLinks, refreshWaitingRelances, deliverDueMails),
    },
    {
      // The clocks of each call decide what is due: nine o’clock comes hours earlier in Nouméa than in Paris.
      name: 'relances',
      cron: EVERY_FIVE_MINUTES,
      run: () => each(context, sendDueRelances, sendWeeklyDigests),
    },
    { name: 'alertes', cron: EVERY_MINUTE, run: () => alertDeposits(context) },
    { name: 'antivirus', cron: EVERY_MINUTE, run: () => scan(context) },
    { name: 'scellement', cron: EVERY_MINUTE, run: () => checkSeals(context) },
    { name: 'lecture', cron: EVERY_MINUTE, run: () => drawReadings(context) },
    {
      name: 'conservation',
      cron: EVERY_HOUR,
      run: () => each(context, sweepExpired, eraseDue, eraseDueAccounts, eraseListedBytes),
    },
  ]
  return jobs.map(job => recording(context, job))
}

/** A step that fails keeps none of the others from being made. */
const each = (context: OpenContext, ...steps: ReadonlyArray<(context: OpenContext) => Promise<unknown>>) =>
  oneByOne(
    steps,
    step => step.name,
    step => step(context),
  )

/** The night's backup, where the settings say where it goes. */
export function listBackupJobs(
  context: OpenContext,
  { dataDir, backupTo, backupKeep }: Pick<Config, 'dataDir' | 'backupTo' | 'backupKeep'>,
): Job[] {
  if (backupTo === undefined) return []
  const run = async () => {
    await backUp(context, dataDir, backupTo)
    if (backupKeep !== undefined) await pruneBackups(backupTo, backupKeep, context.now())
  }
  return [recording(context, { name: 'sauvegarde', cron: EVERY_NIGHT, run })]
}

/** The reading again of every stored byte, unless the settings ask for none. */
export function listScrubJobs(
  context: OpenContext,
  { scrubDays, scrubMbPerS }: Pick<Config, 'scrubDays' | 'scrubMbPerS'>,
): Job[] {
  if (scrubDays === 0) return []
  const pace = { everyDays: scrubDays, bytesPerS: scrubMbPerS * BYTES_PER_MB, forMs: SCRUB_RUN_MS }
  return [recording(context, { name: 'relecture', cron: EVERY_MINUTE, run: () => scrubFiles(context, pace) })]
}

/** The same, of whose runs the database keeps what became. */
function recording(context: OpenContext, job: Job): Job {
  const { name, run } = job
  return {
    ...job,
    async run() {
      const startedAt = performance.now()
      const record = (failure: string | null) =>
        recordJobRun(context, name, { ms: Math.round(performance.now() - startedAt), failure })
      try {
        await run()
      } catch (fault) {
        // A database that is gone keeps no row of it: the fault itself is told all the same.
        await record(messageWithoutValues(fault)).catch(() => {})
        throw fault
      }
      await record(null)
    },
  }
}

/**
 * Once a night, however often the server starts. A backup that is not whole is a fault of the night: the log
 * names what it lacks.
 */
async function backUp(context: OpenContext, dataDir: string, to: string): Promise<void> {
  const [last = ''] = await listBackups(to)
  if (last > datedName(new Date(context.now().getTime() - LEAST_BETWEEN_BACKUPS_MS))) return
  const { manifest } = await writeBackup(
    { db: context.db, dataDir, store: context.blobs, now: () => context.now() },
    to,
  )
  if (manifest.lacking.length > 0) throw new Error(`Not whole on the server: ${manifest.lacking.join(', ')}`)
}

/** What waits is in the rows already; the fault is thrown for the log alone. */
async function scan(context: OpenContext): Promise<void> {
  const { fault } = await scanFiles(context)
  const models = await scanModels(context)
  if (fault !== null) throw fault
  if (models.fault !== null) throw models.fault
}
