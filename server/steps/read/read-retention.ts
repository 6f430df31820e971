/** How long a grappe is kept, what holds it, and which warnings were written. */
import { asc, eq } from 'drizzle-orm'
import { erasureWarnings, mails, retentions } from '../../../schema/tables.ts'
import type { Call, Day } from '../../domain/call.ts'
import { dayOf } from '../../domain/deadline.ts'
import { groupBy } from '../../domain/group-by.ts'
import { announcedDay, type RetentionState, retentionOf, type Warning } from '../../domain/retention.ts'
import type { Context, Database } from '../ports.ts'

/** As long as mail servers are tried, a warning may still leave. */
const GIVEN_UP_MS = 5 * 24 * 60 * 60 * 1000

export async function readRetention(
  { db, now }: Pick<Context, 'db' | 'now'>,
  grappeId: string,
  call: Pick<Call, 'windows' | 'retention' | 'timeZone'>,
): Promise<RetentionState> {
  const [row] = await db.select().from(retentions).where(eq(retentions.grappeId, grappeId))
  const retention = retentionOf(call, row?.months ?? null)
  const { erasesOn } = retention
  const warnings = erasesOn === null ? [] : await readWarnings(db, now(), grappeId, erasesOn, call.timeZone)
  const { holdMotive = null, heldBy = null, heldAt = null } = row ?? {}
  const { deletionAskedAt = null, deletesAt = null } = row ?? {}
  return {
    ...retention,
    ownMonths: row?.months ?? null,
    hold: holdMotive === null || heldAt === null ? null : hold(holdMotive, heldBy, heldAt),
    deletion:
      deletionAskedAt === null || deletesAt === null
        ? null
        : { askedAt: deletionAskedAt.toISOString(), deletesAt: deletesAt.toISOString() },
    warnings,
    announcedOn: erasesOn && announcedDay(erasesOn, warnings),
  }
}

const hold = (motive: string, by: string | null, at: Date) => ({ motive, by: by ?? '', at: at.toISOString() })

/** One warning may be written to several people: it left when it left for one of them. */
async function readWarnings(
  db: Database,
  now: Date,
  grappeId: string,
  plannedOn: Day,
  timeZone: string,
): Promise<Warning[]> {
  const rows = await db
    .select({ warning: erasureWarnings, mail: mails })
    .from(erasureWarnings)
    .leftJoin(mails, eq(erasureWarnings.mailId, mails.id))
    .where(eq(erasureWarnings.grappeId, grappeId))
    .orderBy(asc(erasureWarnings.writtenOn), asc(erasureWarnings.rank))
  const same = rows.filter(({ warning }) => warning.plannedOn === plannedOn)
  const written = groupBy(same, ({ warning }) => `${warning.rank} ${warning.writtenOn}`)
  return [...written.values()].flatMap(sent => {
    const first = sent[0]?.warning
    if (first === undefined) return []
    const left = sent
      .flatMap(({ mail }) => mail?.sentAt ?? mail?.handSentAt ?? [])
      .toSorted((a, b) => +a - +b)
    const isLost = sent.every(
      ({ mail }) =>
        mail === null || mail.bouncedAt !== null || now.getTime() - mail.createdAt.getTime() > GIVEN_UP_MS,
    )
    const { rank, writtenOn, erasesOn } = first
    const leftOn = left[0] === undefined ? null : dayOf(left[0].toISOString(), timeZone)
    return [{ rank, writtenOn, erasesOn, leftOn, isLost: leftOn === null && isLost }]
  })
}
