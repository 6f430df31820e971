/** Chooses and opens the real parts behind the steps' ports, and closes them. */

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mailTexts } from '../templates/mails/index.ts'
import { drawCalendar } from './adapters/calendar.ts'
import { callYaml, readCallFiles, readExampleFiles } from './adapters/call-files.ts'
import { clamdAt } from './adapters/clamd.ts'
import { watchDiskSpace } from './adapters/data-folder/disk-space.ts'
import { findStrays, type Places, type Strays, setAside } from './adapters/data-folder/set-aside.ts'
import type { OpenDatabase } from './adapters/database.ts'
import { dossierWriter } from './adapters/dossier/dossier-writer.ts'
import { openEnvelopes } from './adapters/envelopes/envelopes.ts'
import { fileReaderIn } from './adapters/file-understanding/file-reader.ts'
import { registryReaderIn } from './adapters/finess/registry-reader.ts'
import { openHolidays } from './adapters/holidays.ts'
import { type OpenJobs, openJobs } from './adapters/jobs.ts'
import type { KeptStore } from './adapters/kept-store.ts'
import { kitWriterIn } from './adapters/kit-documents.ts'
import { mailDrafts } from './adapters/mail-drafts.ts'
import { sheetsIn } from './adapters/member-sheet/sheets.ts'
import type { Metrics } from './adapters/metrics.ts'
import { ownModelsIn } from './adapters/own-models/own-models.ts'
import { webauthn } from './adapters/passkeys.ts'
import { photoLabIn } from './adapters/photos/photo-lab.ts'
import { photosToPdf } from './adapters/photos/photos-to-pdf.ts'
import { openReaderProcesses } from './adapters/reader-process/reader-processes.ts'
import { openReadingWriter } from './adapters/reading/writer.ts'
import { createTokens } from './adapters/tokens.ts'
import type { OpenUploads } from './adapters/uploads/arriving-store.ts'
import { openUploads } from './adapters/uploads/open-uploads.ts'
import { listBackups, takenAtOf } from './backup/manifest.ts'
import { type Config, ConfigError } from './config.ts'
import { BYTES_PER_MB } from './domain/file-acceptance.ts'
import type { ServerState } from './domain/server-state.ts'
import { checkInstallation, openInstallation } from './installation.ts'
import { JOB_NAMES } from './steps/job-runs.ts'
import { keepShippedModels } from './steps/keep-model.ts'
import type { Context } from './steps/ports.ts'
import { sharing } from './steps/read/probes.ts'
import { readServerState, type Watched } from './steps/read/read-server-state.ts'
import { existingVersions, referencedBlobs } from './steps/read/referenced-files.ts'

const shippedExamplesFolder = fileURLToPath(new URL('../templates/examples', import.meta.url))
const modelsFolder = fileURLToPath(new URL('../templates/documents', import.meta.url))
/** Loaded with their libraries when the first one is drawn: 14 MiB. */
const papers: Pick<Context, 'drawReceipt' | 'drawForm'> = {
  drawReceipt: async receipt => (await import('./adapters/receipt-pdf.ts')).drawReceipt(receipt),
  drawForm: async paper => (await import('./adapters/form-pdf.ts')).drawForm(paper),
}

/** What is drawn, written down or checked of what it is given, and needs nothing else. */
const alone = { ...papers, drawCalendar, mailTexts, mailDrafts, callYaml, passkeys: webauthn }
const shippedCallsFolder = fileURLToPath(new URL('../templates/calls', import.meta.url))

export interface OpenContext extends Context {
  blobs: KeptStore
  uploads: OpenUploads
  /** Asleep until started: `server/jobs.ts` says what they do. */
  jobs: OpenJobs
  database: Pick<OpenDatabase, 'kind' | 'tellSlowStatements' | 'pool'>
  /** Whether the first run is still under way, its demonstration not yet whole. */
  isStarting: boolean
  /** Whether it was asked to stop: it still answers, and asks callers to come to another server. */
  isStopping: boolean
  readState(): Promise<ServerState>
  /** Null unless the settings give them a port. */
  metrics: Metrics | null
  /** Where the rows of an earlier version were kept as this one brought its schema up to date; or null. */
  keptRows: string | null
  /** From which cookies are signed; links are derived from another branch of the same key. */
  secretKey: string
  /** Set once the server listens, when no PUBLIC_URL is given. */
  setPublicUrl(url: string): void
  /**
   * Sets aside what nothing refers to, but for what is young and for a folder where it would be much at once.
   * To be called before anything is received.
   *
   * @returns what was found: moved, unless `isTooMany`.
   */
  sweep(): Promise<Strays[]>
  close(): Promise<void>
}

/**
 * Opens everything under the data folder, which this process then holds alone.
 *
 * @param given parts that a test brings: a database already open, a clock.
 * @throws FolderInUseError, or a ConfigError whose message says which call file or which setting is wrong, or
 * that folder, database and key do not belong together.
 */
export async function createContext(
  config: Config,
  given: { database?: OpenDatabase; now?: () => Date } = {},
): Promise<OpenContext> {
  const now = given.now ?? (() => new Date())
  const installation = await openInstallation(config, given.database)
  const { dataDir, store: blobs, database } = installation
  const secretKey = installation.key.value
  const closers: Array<() => Promise<void> | void> = [() => installation.close()]
  const close = async () => {
    for (const closer of closers) await closer()
  }
  try {
    await checkInstallation(installation, config, now)
    const { calls, models, problems } = await readCallFiles(config.callsDir ?? shippedCallsFolder)
    if (problems.length > 0) throw new ConfigError(problems.join('\n'))
    const { examples } = await readExampleFiles(shippedExamplesFolder)

    await blobs.prepare()
    await keepShippedModels({ db: database.db, blobs, now }, models)
    const disk = watchDiskSpace(dataDir, config.diskKeptFreeMb * BYTES_PER_MB)
    const areDeposited = (versionIds: string[]) => existingVersions(database.db, versionIds)
    const uploads = await openUploads(config, dataDir, { db: database.db, disk, now, areDeposited })
    closers.unshift(uploads.close)
    const mailer = await openMailer(config)
    if (mailer !== null) closers.unshift(() => mailer.close())

    const readers = openReaderProcesses()
    closers.unshift(() => readers.close())

    const jobs = openJobs(database)
    closers.unshift(() => jobs.stop())

    let publicUrl = config.publicUrl ?? ''
    const context: OpenContext = {
      db: database.db,
      onOneServer: database.onOneServer,
      ...(await watching(config, database, now(), () => context)),
      keptRows: installation.keptRows,
      blobs,
      disk,
      uploads,
      understandFile: fileReaderIn(readers),
      envelopes: await openEnvelopes(dataDir, readers),
      photos: { develop: photoLabIn(readers), toPdf: photosToPdf },
      antivirus: config.clamavUrl === undefined ? null : clamdAt(config.clamavUrl),
      jobs,
      signals: database.signals,
      mailer,
      mailLimits: config.mailLimits,
      isHoliday: openHolidays(),
      ...alone,
      calls,
      callWriters: config.callWriters,
      provider:
        config.oidc && (await import('./adapters/identity-provider.ts')).openIdentityProvider(config.oidc),
      examples,
      dossiers: dossierWriter,
      readings: await openReadingWriter(join(dataDir, 'lectures')),
      kit: kitWriterIn(modelsFolder),
      ownModels: ownModelsIn(readers),
      readRegistry: registryReaderIn(readers),
      sheets: sheetsIn(readers),
      tokens: createTokens(secretKey),
      secretKey,
      now,
      newId: randomUUID,
      publicUrl: () => publicUrl,
      setPublicUrl: url => {
        publicUrl = url
      },
      sweep: () => sweepStrays(installation, database.db, uploads.isUnderWay, now()),
      close,
    }
    return context
  } catch (error) {
    await close()
    throw error
  }
}

async function openMailer({ smtpUrl, mailFrom }: Config) {
  if (smtpUrl === undefined) return null
  const { openSmtp } = await import('./adapters/smtp.ts')
  return openSmtp(smtpUrl, mailFrom)
}

/** How the server knows of itself. */
async function watching(
  config: Config,
  database: OpenDatabase,
  startedAt: Date,
  context: () => OpenContext,
): Promise<Pick<OpenContext, 'database' | 'isStarting' | 'isStopping' | 'readState' | 'metrics'>> {
  const watched = { startedAt, ...watchedOf(config) }
  return {
    database,
    isStarting: false,
    isStopping: false,
    readState: sharing(() => readServerState({ ...context(), ...watched })),
    metrics: config.metricsPort === undefined ? null : (await import('./adapters/metrics.ts')).openMetrics(),
  }
}

/** What the settings say there is to watch. */
function watchedOf({
  backupTo,
  scrubDays,
}: Config): Pick<Watched, 'jobNames' | 'lastBackupAt' | 'scrubDays'> {
  const left = [...(backupTo === undefined ? ['sauvegarde'] : []), ...(scrubDays === 0 ? ['relecture'] : [])]
  const jobNames = JOB_NAMES.filter(name => !left.includes(name))
  if (backupTo === undefined) return { jobNames, scrubDays }
  return {
    jobNames,
    scrubDays,
    async lastBackupAt() {
      const [last] = await listBackups(backupTo)
      return last === undefined ? null : takenAtOf(last)
    },
  }
}

/** Sets aside what nothing refers to, folder by folder; where it is too much, only tells. */
async function sweepStrays(
  places: Places,
  db: OpenDatabase['db'],
  isUpload: (id: string) => boolean,
  now: Date,
): Promise<Strays[]> {
  const strays = await findStrays(
    places,
    { referencedBlobs: hashes => referencedBlobs(db, hashes), isUpload },
    now,
  )
  for (const found of strays) if (!found.isTooMany) await setAside(places, found, now)
  return strays
}
