/** Chooses and opens the real parts behind the steps' ports, and closes them. */

import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inArray } from 'drizzle-orm'
import { files, sealedEntries, seals, versions } from '../schema/tables.ts'
import { mailTexts } from '../templates/mails/index.ts'
import { openBlobsFolder } from './adapters/blobs-folder.ts'
import { drawCalendar } from './adapters/calendar.ts'
import { readCallFiles, readExampleFiles } from './adapters/call-files.ts'
import { clamdAt } from './adapters/clamd.ts'
import { type OpenDatabase, openPglite, openPostgresql } from './adapters/database.ts'
import { watchDiskSpace } from './adapters/disk-space.ts'
import { dossierWriter } from './adapters/dossier-writer.ts'
import { understandFile } from './adapters/file-understanding/index.ts'
import { readFinessRegistry } from './adapters/finess-registry.ts'
import { lockFolder } from './adapters/folder-lock.ts'
import { openHolidays } from './adapters/holidays.ts'
import { type OpenJobs, openJobs } from './adapters/jobs.ts'
import { readMemberSheet, readPastedCells } from './adapters/member-sheet.ts'
import { memberSheetModel } from './adapters/member-sheet-model.ts'
import { openPhotoLab } from './adapters/photos/photo-lab.ts'
import { photosToPdf } from './adapters/photos/photos-to-pdf.ts'
import { openReadingWriter } from './adapters/reading-writer.ts'
import { drawReceipt } from './adapters/receipt-pdf.ts'
import { openSmtp } from './adapters/smtp.ts'
import { createTokens, readOrCreateSecretKey } from './adapters/tokens.ts'
import { openUploadsFolder } from './adapters/uploads-folder.ts'
import { type Config, ConfigError } from './config.ts'
import { BYTES_PER_MB } from './domain/file-acceptance.ts'
import type { Context, Database } from './steps/ports.ts'

const shippedExamplesFolder = fileURLToPath(new URL('../templates/examples', import.meta.url))
const shippedCallsFolder = fileURLToPath(new URL('../templates/calls', import.meta.url))

export interface OpenContext extends Context {
  /** Asleep until started: `server/jobs.ts` says what they do. */
  jobs: OpenJobs
  databaseKind: OpenDatabase['kind']
  /** From which cookies are signed; links are derived from another branch of the same key. */
  secretKey: string
  /** Set once the server listens, when no PUBLIC_URL is given. */
  setPublicUrl(url: string): void
  close(): Promise<void>
}

/**
 * Opens everything under the data folder, which this process then holds alone.
 *
 * @param given parts that a test brings: a database already open, a clock.
 * @throws FolderInUseError, or an error whose message says which call file or which setting is wrong.
 */
export async function createContext(
  config: Config,
  given: { database?: OpenDatabase; now?: () => Date } = {},
): Promise<OpenContext> {
  const dataDir = resolve(config.dataDir)
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const lock = await lockFolder(dataDir)
  const closers: Array<() => Promise<void> | void> = [() => lock.release()]
  try {
    const { calls, problems } = await readCallFiles(config.callsDir ?? shippedCallsFolder)
    if (problems.length > 0) throw new ConfigError(problems.join('\n'))
    const { examples } = await readExampleFiles(shippedExamplesFolder)

    const secretKey = config.secretKey ?? (await readOrCreateSecretKey(dataDir))
    const database = given.database ?? (await openDatabase(config, dataDir))
    closers.unshift(() => database.close())
    const blobs = await openBlobsFolder(dataDir)
    await blobs.sweep(hashes => referencedBlobs(database.db, hashes))
    const now = given.now ?? (() => new Date())
    const disk = watchDiskSpace(dataDir, config.diskKeptFreeMb * BYTES_PER_MB)
    const uploads = await openUploadsFolder(dataDir, {
      disk,
      now,
      areDeposited: versionIds => existingVersions(database.db, versionIds),
    })
    closers.unshift(() => uploads.close())
    const mailer = config.smtpUrl === undefined ? null : openSmtp(config.smtpUrl, config.mailFrom)
    if (mailer !== null) closers.unshift(() => mailer.close())

    const photoLab = openPhotoLab()
    closers.unshift(() => photoLab.close())

    const jobs = openJobs(database.executeSql)
    closers.unshift(() => jobs.stop())

    let publicUrl = config.publicUrl ?? ''
    return {
      db: database.db,
      databaseKind: database.kind,
      blobs,
      disk,
      uploads,
      understandFile,
      photos: { develop: photoLab.develop, toPdf: photosToPdf },
      antivirus: config.clamavUrl === undefined ? null : clamdAt(config.clamavUrl),
      jobs,
      mailer,
      mailTexts,
      isHoliday: openHolidays(),
      drawCalendar,
      calls,
      examples,
      dossiers: dossierWriter,
      readings: await openReadingWriter(join(dataDir, 'lectures')),
      drawReceipt,
      readRegistry: readFinessRegistry,
      sheets: {
        readFile: bytes => readMemberSheet(bytes),
        readPasted: text => readPastedCells(text),
        memberModel: memberSheetModel,
      },
      tokens: createTokens(secretKey),
      secretKey,
      now,
      newId: randomUUID,
      publicUrl: () => publicUrl,
      setPublicUrl: url => {
        publicUrl = url
      },
      async close() {
        for (const close of closers) await close()
      },
    }
  } catch (error) {
    for (const close of closers) await close()
    throw error
  }
}

function openDatabase(config: Config, dataDir: string): Promise<OpenDatabase> {
  return config.databaseUrl === undefined
    ? openPglite({ folder: join(dataDir, 'base') })
    : openPostgresql(config.databaseUrl)
}

async function referencedBlobs(db: Database, hashes: string[]): Promise<Set<string>> {
  if (hashes.length === 0) return new Set()
  const deposited = await db
    .selectDistinct({ sha256: files.sha256 })
    .from(files)
    .where(inArray(files.sha256, hashes))
  const sealed = await db
    .selectDistinct({ sha256: sealedEntries.sha256 })
    .from(sealedEntries)
    .where(inArray(sealedEntries.sha256, hashes))
  const readings = await db
    .selectDistinct({ sha256: seals.readingSha256 })
    .from(seals)
    .where(inArray(seals.readingSha256, hashes))
  return new Set([...deposited, ...sealed, ...readings].flatMap(({ sha256 }) => sha256 ?? []))
}

async function existingVersions(db: Database, versionIds: string[]): Promise<Set<string>> {
  if (versionIds.length === 0) return new Set()
  const rows = await db.select({ id: versions.id }).from(versions).where(inArray(versions.id, versionIds))
  return new Set(rows.map(({ id }) => id))
}
