/**
 * Reads every stored byte again, in the order of the hashes and at a bounded rate, and remembers where it is:
 * a file that nobody opens is otherwise found damaged on the day when it is needed.
 */
import { eq } from 'drizzle-orm'
import { scrub } from '../../../schema/tables.ts'
import type { Context, KnownBlob } from '../ports.ts'
import { forgetUnexpected, listMarked } from '../read/damaged-blobs.ts'
import { isExpected, nextExpected } from '../read/referenced-files.ts'
import { damageOf, noteBytes } from '../read/stored-bytes.ts'

const READ_BYTES = 1024 * 1024
/** Asked of the database at once. */
const BLOBS_AT_ONCE = 200
const DAY_MS = 24 * 60 * 60 * 1000
/** Between two notes of where it is: what a stop makes it read again. */
const NOTE_EVERY_MS = 1000

interface Pace {
  everyDays: number
  bytesPerS: number
  /** How long a run reads before it leaves the rest to the next one. */
  forMs: number
}

type Pass = typeof scrub.$inferSelect
type Scrubbed = Pick<Context, 'db' | 'blobs' | 'now'>

/**
 * The job: goes on where the last run stopped, and begins again `everyDays` after it began.
 *
 * @throws StoreUnreachable: nothing is known of what was not read, and the next run goes on there.
 */
export async function scrubFiles(context: Scrubbed, pace: Pace): Promise<void> {
  const pass = await passUnderWay(context, pace.everyDays)
  if (pass === null) return
  await forgetUnexpected(context.db)
  const marked = await listMarked(context.db)
  const memory = Buffer.allocUnsafe(READ_BYTES)
  const startedAt = performance.now()
  const meter = meterAt(pace.bytesPerS)
  let notedAt = startedAt
  try {
    for (;;) {
      const some = await nextExpected(context.db, pass.readUpTo, BLOBS_AT_ONCE)
      if (some.length === 0) {
        pass.finishedAt = context.now()
        return
      }
      for (const blob of some) {
        await readAgain(context, blob, marked.has(blob.sha256), { memory, meter })
        pass.readUpTo = blob.sha256
        pass.files += 1
        pass.bytes += blob.size
        const at = performance.now()
        if (at - startedAt >= pace.forMs) return
        if (at - notedAt < NOTE_EVERY_MS) continue
        notedAt = at
        await note(context, pass)
      }
    }
  } finally {
    await note(context, pass)
  }
}

/** @returns null while the next one is not due. */
async function passUnderWay({ db, now }: Scrubbed, everyDays: number): Promise<Pass | null> {
  const fresh: Pass = { id: 1, startedAt: now(), readUpTo: '', files: 0, bytes: 0, finishedAt: null }
  const [found] = await db.select().from(scrub)
  if (found === undefined) {
    await db.insert(scrub).values(fresh).onConflictDoNothing()
    return fresh
  }
  if (found.finishedAt === null) return found
  return now().getTime() - found.startedAt.getTime() < everyDays * DAY_MS ? null : fresh
}

const note = ({ db }: Scrubbed, pass: Pass) => db.update(scrub).set(pass).where(eq(scrub.id, 1))

interface Means {
  memory: Buffer<ArrayBuffer>
  meter(bytes: number): Promise<void>
}

async function readAgain(
  context: Scrubbed,
  blob: Pick<KnownBlob, 'sha256' | 'size'>,
  isMarked: boolean,
  { memory, meter }: Means,
): Promise<void> {
  let told = 0
  const onRead = async (bytes: number) => {
    await meter(bytes - told)
    told = bytes
  }
  const look = () => damageOf(context, blob, memory, onRead)
  // A fault of a moment marks nothing.
  const isWhole = (await look()) === null || (await look()) === null
  await meter(blob.size % READ_BYTES)
  if (isWhole && !isMarked) return
  // Erased or quarantined while it was read, it is no loss.
  if (isWhole || (await isExpected(context.db, blob.sha256))) await noteBytes(context, blob.sha256, isWhole)
}

/** Waits as long as it takes for what was read since to be no more than the rate. */
function meterAt(bytesPerS: number): (bytes: number) => Promise<void> {
  const startedAt = performance.now()
  let read = 0
  return async bytes => {
    read += Math.max(bytes, 0)
    const aheadMs = (read / bytesPerS) * 1000 - (performance.now() - startedAt)
    if (aheadMs > 5) await new Promise(resolve => setTimeout(resolve, aheadMs))
  }
}
