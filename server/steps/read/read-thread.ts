/** The thread of a piece, between its member and the porteur. */
import { and, asc, eq, gte } from 'drizzle-orm'
import { messages } from '../../../schema/tables.ts'
import type { Message } from '../../domain/message.ts'
import type { Database } from '../ports.ts'

/**
 * Oldest first. The piece must already have been found within the reader's scope.
 *
 * @param since narrows to what was written from then on.
 */
export async function readThread(db: Database, pieceId: string, since?: Date): Promise<Message[]> {
  const rows = await db
    .select()
    .from(messages)
    .where(and(eq(messages.pieceId, pieceId), since === undefined ? undefined : gte(messages.at, since)))
    .orderBy(asc(messages.at), asc(messages.id))
  return rows.map(messageOfRow)
}

export const messageOfRow = ({ id, at, side, author, text }: typeof messages.$inferSelect): Message => ({
  id,
  at: at.toISOString(),
  side,
  author,
  text,
})
