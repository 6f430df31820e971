/** What is dated after the deposit: dates, and pieces to receive that have a day. */
import { inArray } from 'drizzle-orm'
import { pieces } from '../../../schema/tables.ts'
import { windowAt } from '../../domain/call.ts'
import { followUpPieces } from '../../domain/follow-up.ts'
import { byDay, daysOfPieces, type FollowUpShown, followUpsOf } from '../../domain/submission.ts'
import type { Context } from '../ports.ts'
import type { GrappeRecord } from './read-grappe.ts'
import { readPieces } from './read-pieces.ts'

/** By day, those without a day last. */
export async function readFollowUps(
  { db, now }: Pick<Context, 'db' | 'now'>,
  { id, call, submission }: GrappeRecord,
): Promise<FollowUpShown[]> {
  const { today } = windowAt(call, now().toISOString())
  const dated = followUpPieces(call, submission.pieces).filter(({ deadlineOn }) => deadlineOn !== null)
  const codes = dated.map(({ code }) => code)
  const recorded = dated.length === 0 ? [] : await readPieces(db, id, inArray(pieces.code, codes))
  const clock = { today, timeZone: call.timeZone }
  return byDay([...followUpsOf(call, submission, today), ...daysOfPieces(dated, recorded, clock)])
}
