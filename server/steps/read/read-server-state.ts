/** What the server knows of itself now, for probes, metrics, alerts and the administrator's page. */
import { and, countDistinct, eq, gt, inArray, isNotNull, isNull, min, type SQL, sql } from 'drizzle-orm'
import { files, mails, scrub, versions } from '../../../schema/tables.ts'
import { UNJUDGED } from '../../domain/piece.ts'
import type { ServerState, StateInDatabase } from '../../domain/server-state.ts'
import { readJobRuns } from '../job-runs.ts'
import type { Context, JobName } from '../ports.ts'
import { readDamaged } from './damaged-blobs.ts'
import { inTime } from './probes.ts'
import { isWaiting } from './waiting-mails.ts'

/** How far back a mail that was refused still says something of today. */
const LATELY_MS = 7 * 24 * 60 * 60 * 1000

/** What a process knows of itself besides its parts. */
export interface Watched {
  startedAt: Date
  isStarting: boolean
  database: { kind: ServerState['databaseKind'] }
  /** That run here. */
  jobNames: readonly JobName[]
  /** Days within which every stored byte is read again; 0: never by itself. */
  scrubDays: number
  /** When the last whole backup was taken; null without any; left out when none is taken by itself. */
  lastBackupAt?: () => Promise<Date | null>
}

type WatchedContext = Watched &
  Pick<Context, 'db' | 'now' | 'disk' | 'blobs' | 'uploads' | 'mailer' | 'antivirus'>

export async function readServerState(context: WatchedContext): Promise<ServerState> {
  const told = <Answer, Otherwise>(answer: Promise<Answer>, otherwise: Otherwise) =>
    inTime(answer).catch(() => otherwise)
  const [rows, disk, isStoreReachable, uploadsUnderWay, backup] = await Promise.all([
    told(readRows(context), null),
    told(context.disk.measure(), null),
    told(
      context.blobs.probe().then(() => true),
      false,
    ),
    told(context.uploads.underWay(), null),
    context.lastBackupAt === undefined ? undefined : told(context.lastBackupAt(), null),
  ])
  return {
    at: context.now().toISOString(),
    startedAt: context.startedAt.toISOString(),
    isStarting: context.isStarting,
    databaseKind: context.database.kind,
    rows,
    disk,
    isStoreReachable,
    uploadsUnderWay,
    backup: backup === undefined ? null : { last: backup?.toISOString() ?? null },
  }
}

async function readRows(context: WatchedContext): Promise<StateInDatabase> {
  const { db, mailer, antivirus } = context
  const now = context.now()
  const lately = new Date(now.getTime() - LATELY_MS)
  // What a limit of the day holds back waits on purpose.
  const inQueue = isNull(mails.heldBy)
  const countOf = (which: SQL | undefined) => sql<number>`(count(*) filter (where ${which}))::int`
  const [mail] = await db
    .select({
      waiting: countOf(inQueue),
      oldest: sql<Date | null>`min(${mails.createdAt}) filter (where ${inQueue})`.mapWith(mails.createdAt),
      failing: countOf(and(inQueue, isNotNull(mails.failure))),
      held: countOf(isNotNull(mails.heldBy)),
    })
    .from(mails)
    .where(isWaiting(now))
  const refusedLately = await db.$count(mails, gt(mails.bouncedAt, lately))
  const [scan] = await db
    .select({ waiting: countDistinct(files.sha256), oldest: min(versions.depositedAt) })
    .from(files)
    .innerJoin(versions, eq(files.versionId, versions.id))
    .where(inArray(files.scan, UNJUDGED))
  const queue = (found: { waiting: number; oldest: Date | null } | undefined) => ({
    waiting: found?.waiting ?? 0,
    oldest: found?.oldest?.toISOString() ?? null,
  })
  return {
    mails: mailer === null || mail === undefined ? null : { ...mail, ...queue(mail), refusedLately },
    scans: antivirus === null ? null : queue(scan),
    jobs: await readJobRuns(db, context.jobNames),
    damaged: await readDamaged(db),
    scrub: context.scrubDays === 0 ? null : await readScrub(context),
  }
}

async function readScrub({ db, scrubDays }: WatchedContext): Promise<StateInDatabase['scrub']> {
  const [row] = await db.select().from(scrub)
  return {
    everyDays: scrubDays,
    startedAt: row?.startedAt.toISOString() ?? null,
    finishedAt: row?.finishedAt?.toISOString() ?? null,
    files: row?.files ?? 0,
    bytes: row?.bytes ?? 0,
  }
}
