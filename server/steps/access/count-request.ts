/** How often the same thing was asked for within an hour or a day, whichever server was asked. */
import { sql } from 'drizzle-orm'
import { requestCounts } from '../../../schema/tables.ts'
import type { Context } from '../ports.ts'

/**
 * Counts one more. The window begins with the first one counted.
 *
 * @param key who asks, for what; nothing that tells of somebody.
 * @returns how many there are in this window, and when it ends.
 */
export async function countRequest(
  { db, now }: Pick<Context, 'db' | 'now'>,
  key: string,
  windowMs: number,
): Promise<{ count: number; endsAt: Date }> {
  const at = now()
  const endsAt = new Date(at.getTime() + windowMs)
  const isOver = sql`${requestCounts.endsAt} <= ${at.toISOString()}::timestamptz`
  const [counted] = await db
    .insert(requestCounts)
    .values({ key, count: 1, endsAt })
    .onConflictDoUpdate({
      target: requestCounts.key,
      set: {
        count: sql`case when ${isOver} then 1 else ${requestCounts.count} + 1 end`,
        endsAt: sql`case when ${isOver} then excluded.ends_at else ${requestCounts.endsAt} end`,
      },
    })
    .returning({ count: requestCounts.count, endsAt: requestCounts.endsAt })
  if (counted === undefined) throw new Error('A request was not counted')
  return counted
}
