/** A message on a piece, from its member or from the porteur; mailed to the other side. */
import { and, eq, gt, inArray, isNull, sql } from 'drizzle-orm'
import { mails, messages } from '../../../schema/tables.ts'
import type { Message } from '../../domain/message.ts'
import {
  aboutOf,
  actorOf,
  factsOf,
  lockPiece,
  messageSideOf,
  type PieceSide,
  type SeenPiece,
  scopeOf,
  writeToOtherSide,
} from '../access/piece-sides.ts'
import type { Context, Database } from '../ports.ts'
import { readThread } from '../read/read-thread.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'

/** Mails wait this long, so that messages written one after the other make one. */
export const MESSAGE_WAIT_MS = 3 * 60 * 1000

/** Twice the same words within this time is a double click. */
const DOUBLE_CLICK_MS = 60 * 1000

/** @returns how many people the message is mailed to; 0 when nobody's address is known. */
export async function writeMessage(
  context: Context,
  side: PieceSide,
  pieceId: string,
  text: string,
): Promise<Outcome<{ message: Message; mailed: number }>> {
  const now = context.now()
  return await context.db.transaction(async tx => {
    const seen = await lockPiece(tx, side, pieceId)
    if (seen === null) return refuse('not-found')
    if (seen.ownerName === null) return refuse('piece-without-member')
    const actor = actorOf(side)
    const author = actor.name
    const [last] = (await readThread(tx, pieceId, new Date(now.getTime() - DOUBLE_CLICK_MS))).slice(-1)
    if (last?.text === text && last.author === author) return done({ message: last, mailed: 0 })

    const message: Message = {
      id: context.newId(),
      at: now.toISOString(),
      side: messageSideOf(side),
      author,
      text,
    }
    await tx.insert(messages).values({ ...message, at: now, pieceId })
    const mailed = await mailMessages(tx, context, side, seen, message)
    await recordChange(tx, {
      grappeId: scopeOf(side).grappeId,
      at: now,
      actor,
      act: { kind: 'message-written', facts: factsOf(side, seen) },
    })
    return done({ message, mailed })
  })
}

/** One mail to each person, which waits a little and takes the place of the one that still waits. */
async function mailMessages(
  tx: Database,
  context: Context,
  side: PieceSide,
  seen: SeenPiece,
  message: Message,
): Promise<number> {
  const now = context.now()
  const about = aboutOf(context, side, seen)
  const { subject } = context.mailTexts.messages({ ...about, messages: [] })
  const [waiting] = await tx
    .delete(mails)
    .where(
      and(
        eq(mails.grappeId, scopeOf(side).grappeId),
        eq(mails.subject, subject),
        sql`position(${about.address} in ${mails.body}) > 0`,
        isNull(mails.sentAt),
        eq(mails.attempts, 0),
        gt(mails.nextAttemptAt, now),
      ),
    )
    .returning({ since: mails.createdAt, until: mails.nextAttemptAt })
  const since = waiting?.since ?? now
  const written = (await readThread(tx, seen.piece.id, since)).filter(({ side: by }) => by === message.side)
  const mail = context.mailTexts.messages({ ...about, messages: written })
  const mailIds = await writeToOtherSide(tx, context, side, seen, mail)
  if (mailIds.length > 0) {
    const until = waiting?.until ?? new Date(now.getTime() + MESSAGE_WAIT_MS)
    await tx.update(mails).set({ nextAttemptAt: until, createdAt: since }).where(inArray(mails.id, mailIds))
  }
  return mailIds.length
}
