/**
 * Who comes, and where the grappe that it asks for stands, in one indexed read: all that tells whether what
 * was drawn of the grappe before still holds. Whoever goes further opens a scope.
 */
import { and, eq, isNull, sql } from 'drizzle-orm'
import { colleagues, grappes, links, porteurs } from '../../../schema/tables.ts'
import { lowerRole } from '../../domain/role.ts'
import type { Context, Database } from '../ports.ts'
import { judgeLink } from './links.ts'
import { PERSON, type Porteur } from './sign-in.ts'

/** What moves whenever the grappe does. */
export interface GrappeMarks {
  grappeId: string
  revision: number
  /** Of its call: in which the day is told. */
  timeZone: string
}

/** A grappe of the porteur's own: somebody else's does not exist. */
export interface GrappeVisit {
  porteur: Porteur
  marks: GrappeMarks | null
}

const MARKS = {
  grappeId: grappes.id,
  revision: grappes.revision,
  // As calls of before windows were several keep it too.
  timeZone: sql<string>`coalesce(${grappes.call} ->> 'timeZone', ${grappes.call} -> 'window' ->> 'timeZone')`,
}

const ownGrappe = and(eq(grappes.id, sql.placeholder('grappe')), eq(grappes.porteurId, porteurs.id))

const byToken = preparedOnce(db =>
  db
    .select({ link: links, person: PERSON, marks: MARKS })
    .from(links)
    .innerJoin(colleagues, and(eq(links.colleagueId, colleagues.id), isNull(colleagues.removedAt)))
    .innerJoin(porteurs, eq(colleagues.porteurId, porteurs.id))
    .leftJoin(grappes, ownGrappe)
    .where(eq(links.tokenHash, sql.placeholder('hash')))
    .prepare('visit_by_token'),
)

/**
 * By an API token: it never does more than its person may now, nor more than it was made for.
 *
 * @param grappeId null when none is asked for.
 * @returns null when the token opens nothing any more, or when the person was removed.
 */
export async function findTokenVisit(
  context: Pick<Context, 'db' | 'tokens' | 'now'>,
  token: string,
  grappeId: string | null,
): Promise<(GrappeVisit & { linkId: string; lastUsedAt: Date | null; readsOnly: boolean }) | null> {
  const hash = context.tokens.hash(token)
  const [row] = await byToken(context.db).execute({ hash, grappe: grappeId })
  const judged = judgeLink(row?.link, ['porteur'], context.now())
  if (row === undefined || !judged.ok) return null
  const { id: linkId, lastUsedAt, scope } = judged.value
  const role = lowerRole(row.person.role, scope ?? 'administrer')
  const porteur: Porteur = { ...row.person, role, proof: 'token' }
  return { porteur, marks: row.marks, linkId, lastUsedAt, readsOnly: scope === 'lire' }
}

/** A statement built once for each database: building it costs as much as asking it. */
function preparedOnce<Statement>(prepare: (db: Database) => Statement): (db: Database) => Statement {
  const prepared = new WeakMap<Database, Statement>()
  return db => {
    const known = prepared.get(db) ?? prepare(db)
    prepared.set(db, known)
    return known
  }
}
