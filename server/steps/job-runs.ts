/** What became of each job's runs: kept in the database, so that all servers and the next start know. */
import { sql } from 'drizzle-orm'
import { jobRuns } from '../../schema/tables.ts'
import type { JobRuns } from '../domain/server-state.ts'
import type { Context, Database, JobName } from './ports.ts'

/**
 * A run may take an hour: a large dossier to read again, a long PDF to draw. Without a success for longer
 * than that, it is late. The night's backup is judged by its age.
 */
const LATE_MINUTES = 75

const JOBS: Readonly<Record<JobName, Pick<JobRuns, 'label' | 'lateAfterMinutes'>>> = {
  envois: { label: 'envoi des messages', lateAfterMinutes: LATE_MINUTES },
  relances: { label: 'relances et résumés de la semaine', lateAfterMinutes: LATE_MINUTES },
  alertes: { label: 'annonce des dépôts aux porteurs', lateAfterMinutes: LATE_MINUTES },
  antivirus: { label: 'analyse par l’antivirus', lateAfterMinutes: LATE_MINUTES },
  scellement: { label: 'vérification des dossiers scellés', lateAfterMinutes: LATE_MINUTES },
  lecture: { label: 'PDF de lecture', lateAfterMinutes: LATE_MINUTES },
  conservation: { label: 'durées de conservation et effacements', lateAfterMinutes: 2 * LATE_MINUTES },
  relecture: { label: 'relecture des fichiers gardés', lateAfterMinutes: LATE_MINUTES },
  sauvegarde: { label: 'sauvegarde de la nuit', lateAfterMinutes: null },
}

export const JOB_NAMES = Object.keys(JOBS) as JobName[]

/** The longest that is kept of what a failure says. */
const MOST_CHARACTERS = 500

/** @param failure what the run says of its failure, fit for a log; null when it succeeded. */
export async function recordJobRun(
  { db, now }: Pick<Context, 'db' | 'now'>,
  name: JobName,
  { ms, failure }: { ms: number; failure: string | null },
): Promise<void> {
  const facts =
    failure === null
      ? { lastSuccessAt: now() }
      : { lastFailureAt: now(), lastFailure: failure.slice(0, MOST_CHARACTERS) }
  const failed = failure === null ? 0 : 1
  await db
    .insert(jobRuns)
    .values({ name, runs: 1, failures: failed, failuresInRow: failed, lastMs: ms, ...facts })
    .onConflictDoUpdate({
      target: jobRuns.name,
      set: {
        ...facts,
        runs: sql`${jobRuns.runs} + 1`,
        failures: sql`${jobRuns.failures} + ${failed}`,
        failuresInRow: failure === null ? 0 : sql`${jobRuns.failuresInRow} + 1`,
        lastMs: ms,
      },
    })
}

/** @param names of the jobs that run here; one that has not run yet has no time. */
export async function readJobRuns(db: Database, names: readonly JobName[]): Promise<JobRuns[]> {
  const rows = new Map((await db.select().from(jobRuns)).map(row => [row.name, row]))
  return names.map(name => {
    const row = rows.get(name)
    return {
      name,
      ...JOBS[name],
      runs: row?.runs ?? 0,
      failures: row?.failures ?? 0,
      failuresInRow: row?.failuresInRow ?? 0,
      lastSuccessAt: row?.lastSuccessAt?.toISOString() ?? null,
      lastFailureAt: row?.lastFailureAt?.toISOString() ?? null,
      lastFailure: row?.lastFailure ?? null,
      lastMs: row?.lastMs ?? null,
    }
  })
}
