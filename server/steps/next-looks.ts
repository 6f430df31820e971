/** Rounds that come back to a grappe when it changed, or when time may have made something due in it. */
import { isNull, lte, or, type SQL, sql } from 'drizzle-orm'
import { grappes } from '../../schema/tables.ts'
import type { Database } from './ports.ts'

const LOOKS = {
  alert: { next: grappes.alertLookAt, revision: grappes.alertLookedRevision },
  digest: { next: grappes.digestLookAt, revision: grappes.digestLookedRevision },
  retention: { next: grappes.retentionLookAt, revision: grappes.retentionLookedRevision },
}

export interface NextLook {
  grappeId: string
  /** That was looked at: one that grew meanwhile is looked at again. */
  revision: number
  at: Date
}

/** Which grappes a round has to look at. */
export function isToLookAt(round: keyof typeof LOOKS, now: Date): SQL | undefined {
  const { next, revision } = LOOKS[round]
  return or(isNull(next), lte(next, now), sql`${revision} is distinct from ${grappes.revision}`)
}

/** Rows are taken in one order by all, so that two rounds never wait for each other. */
export async function noteNextLooks(
  db: Database,
  round: keyof typeof LOOKS,
  looks: readonly NextLook[],
): Promise<void> {
  if (looks.length === 0) return
  const { next, revision } = LOOKS[round]
  await db.execute(sql`with look as (
      select * from jsonb_to_recordset(${JSON.stringify(looks)}::jsonb)
        as look("grappeId" uuid, revision int, at timestamptz)
    ), taken as (
      select grappes.id from grappes join look on look."grappeId" = grappes.id order by grappes.id
      for update of grappes
    )
    update grappes
    set ${sql.identifier(next.name)} = look.at, ${sql.identifier(revision.name)} = look.revision
    from look join taken on taken.id = look."grappeId"
    where grappes.id = look."grappeId"`)
}
