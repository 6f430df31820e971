/** What was written about the pieces of a grappe: messages, and every « non applicable » with its answer. */
import { asc, eq } from 'drizzle-orm'
import { grappes, messages, nonApplicables, pieces } from '../../../schema/tables.ts'
import type { WrittenWords } from '../../domain/exchanges.ts'
import type { Database } from '../ports.ts'
import { nonApplicableOfRow } from './read-pieces.ts'
import { messageOfRow } from './read-thread.ts'

/** In three queries, whatever the size of the grappe. */
export async function readExchanges(db: Database, grappeId: string): Promise<WrittenWords> {
  const [grappe] = await db
    .select({ toldSince: grappes.exchangesToldSince })
    .from(grappes)
    .where(eq(grappes.id, grappeId))
  if (grappe === undefined) throw new Error(`No grappe ${grappeId}`)
  const messageRows = await db
    .select({ message: messages })
    .from(messages)
    .innerJoin(pieces, eq(messages.pieceId, pieces.id))
    .where(eq(pieces.grappeId, grappeId))
    .orderBy(asc(messages.at), asc(messages.id))
  const requestRows = await db
    .select({ request: nonApplicables })
    .from(nonApplicables)
    .innerJoin(pieces, eq(nonApplicables.pieceId, pieces.id))
    .where(eq(pieces.grappeId, grappeId))
    .orderBy(asc(nonApplicables.askedAt), asc(nonApplicables.id))
  return {
    messages: messageRows.map(({ message }) => ({ ...messageOfRow(message), pieceId: message.pieceId })),
    requests: requestRows.map(({ request }) => ({
      ...nonApplicableOfRow(request),
      pieceId: request.pieceId,
    })),
    toldSince: grappe.toldSince.toISOString(),
  }
}
