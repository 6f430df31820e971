/**
 * Who comes, and where the grappe that it asks for stands, in one indexed read: all that tells whether what
 * was drawn of the grappe before still holds. Whoever goes further opens a scope.
 */
import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import {
  callVersions,
  colleagues,
  finessRegistry,
  grappes,
  journal,
  links,
  porteurs,
  sessions,
} from '../../../schema/tables.ts'
import { lowerRole } from '../../domain/role.ts'
import type { Context } from '../ports.ts'
import { preparedOnce } from '../prepared-once.ts'
import { judgeLink } from './links.ts'
import { noteSeen, PERSON, type Porteur } from './sign-in.ts'

/** What moves whenever the grappe, its call or the registry does; not what other grappes hold. */
export interface GrappeMarks {
  grappeId: string
  revision: number
  /**
   * Of its journal's last line, as the chain has it; null without one. A database that lost its last acts, by
   * a restore or a follower that was behind, comes again to the same revision, and never to this.
   */
  lineHash: string | null
  /** Of its call: in which the day is told. */
  timeZone: string
  /** The last version of the call that it answers; null for a call file. */
  callVersion: number | null
  /** When the FINESS registry was imported; null without one. */
  registryAt: string | null
}

/** A grappe of the porteur's own: somebody else's does not exist. */
export interface GrappeVisit {
  porteur: Porteur
  marks: GrappeMarks | null
}

const MARKS = {
  grappeId: grappes.id,
  revision: grappes.revision,
  lineHash: sql<string | null>`(
    select line.hash from ${journal} line where line.grappe_id = ${grappes}.id order by line.id desc limit 1
  )`,
  // As calls of before windows were several keep it too.
  timeZone: sql<string>`coalesce(${grappes.call} ->> 'timeZone', ${grappes.call} -> 'window' ->> 'timeZone')`,
  callVersion: sql<number | null>`(
    select max(last.number) from ${callVersions} last where last.call_id = ${grappes}.call_id
  )`,
  registryAt: sql<string | null>`(select imported_at::text from ${finessRegistry})`,
}

const ownGrappe = and(eq(grappes.id, sql.placeholder('grappe')), eq(grappes.porteurId, porteurs.id))

const bySession = preparedOnce(db =>
  db
    .select({ person: PERSON, sessionId: sessions.id, lastSeenAt: sessions.lastSeenAt, marks: MARKS })
    .from(sessions)
    .innerJoin(colleagues, and(eq(sessions.colleagueId, colleagues.id), isNull(colleagues.removedAt)))
    .innerJoin(porteurs, eq(colleagues.porteurId, porteurs.id))
    .leftJoin(grappes, ownGrappe)
    .where(
      and(eq(sessions.tokenHash, sql.placeholder('hash')), gt(sessions.expiresAt, sql.placeholder('now'))),
    )
    .prepare('visit_by_session'),
)

/** Null when the session is unknown or over, or when the person was removed. */
export async function findSessionVisit(
  context: Pick<Context, 'db' | 'tokens' | 'now'>,
  sessionToken: string,
  grappeId: string,
): Promise<GrappeVisit | null> {
  const hash = context.tokens.hash(sessionToken)
  const [row] = await bySession(context.db).execute({ hash, now: context.now(), grappe: grappeId })
  if (row === undefined) return null
  await noteSeen(context, row)
  return { porteur: { ...row.person, proof: 'session' }, marks: row.marks }
}

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
