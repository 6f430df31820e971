/** What is left to examine in a sealed version, kept with it: a list of dossiers reads no review. */
import { sql } from 'drizzle-orm'
import type { Database } from '../ports.ts'

/**
 * Counts again in every sealed version of a grappe, from what was last said of each deposit that it holds.
 * To be called after `recordChange`, which makes two acts on one grappe wait for each other: the second one
 * then finds what the first said.
 */
export async function noteLeftToExamine(tx: Database, grappeId: string): Promise<void> {
  await tx.execute(sql`update seals set left_piece_ids = array(
      select line.piece_id
      from unnest(seals.piece_ids, seals.version_ids) with ordinality as line(piece_id, version_id, place)
      left join lateral (
        select decision from reviews where reviews.version_id = line.version_id
        order by reviews.at desc, reviews.id desc limit 1
      ) said on true
      where coalesce(said.decision, 'a-examiner') = 'a-examiner'
      order by line.place)
    where seals.grappe_id = ${grappeId}`)
}
