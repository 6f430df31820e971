/** The calls that one may read: those of `templates/calls/`, one's own, those that an ARS has published. */
import { and, desc, eq, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm'
import { readCallTemplate, readDraftCall } from '../../../schema/contracts/call.ts'
import { calls, callVersions, grappes } from '../../../schema/tables.ts'
import type { CallTemplate } from '../../domain/call.ts'
import type { WrittenCall } from '../../domain/written-call.ts'
import type { Context } from '../ports.ts'
import { storedCall } from './stored-call.ts'

/** Whose calls: a porteur's, or those of the reviewer who reads mail at that address (lower case). */
export type CallOwner = { porteurId: string; email: string } | { reviewerEmail: string }

/** The condition that every query of one's own calls carries. */
export const ownedBy = (owner: CallOwner): SQL =>
  'porteurId' in owner ? eq(calls.porteurId, owner.porteurId) : eq(calls.reviewerEmail, owner.reviewerEmail)

export const ownerEmail = (owner: CallOwner): string =>
  'porteurId' in owner ? owner.email : owner.reviewerEmail

/** A call that one writes. */
export interface OwnCall {
  id: string
  code: string
  draft: WrittenCall
  /** Paths of the keys that this version does not know; kept. */
  unknownKeys: readonly string[]
  revision: number
  archivedAt: Date | null
  updatedAt: Date
  /** The last version published; null before. */
  published: { number: number; at: Date } | null
  /** Whether the draft says something else than that version. */
  isChanged: boolean
  /** Grappes that answer it. */
  grappes: number
}

/** The owner's calls, the last changed first; archived ones last. */
export async function listOwnCalls(
  { db }: Pick<Context, 'db'>,
  owner: CallOwner,
  id?: string,
): Promise<OwnCall[]> {
  const rows = await db
    .select({
      call: calls,
      number: callVersions.number,
      at: callVersions.publishedAt,
      isSame: sql<boolean | null>`${callVersions.call} = ${calls.draft}`,
      grappes: sql<number>`(select count(*)::int from ${grappes} where ${grappes.callId} = ${calls.id})`,
    })
    .from(calls)
    .leftJoin(callVersions, isLastOfCall)
    .where(and(ownedBy(owner), id === undefined ? undefined : eq(calls.id, id)))
    .orderBy(sql`${calls.archivedAt} is not null`, desc(calls.updatedAt), calls.id)
  return rows.map(
    ({ call, number, at, isSame, grappes: answering }): OwnCall => ({
      id: call.id,
      code: call.code,
      ...storedDraft(call.draft),
      revision: call.revision,
      archivedAt: call.archivedAt,
      updatedAt: call.updatedAt,
      published: number === null || at === null ? null : { number, at },
      isChanged: isSame !== true,
      grappes: answering,
    }),
  )
}

/** Looked up call by call: all the versions of all calls are never gathered. */
const isLastOfCall = and(
  eq(callVersions.callId, calls.id),
  sql`${callVersions.number} = (
    select max(published.number) from call_versions published where published.call_id = ${calls.id}
  )`,
)

/** @returns null when there is no such call, or it is somebody else's. */
export async function readOwnCall(
  context: Pick<Context, 'db'>,
  owner: CallOwner,
  id: string,
): Promise<OwnCall | null> {
  const [call] = await listOwnCalls(context, owner, id)
  return call ?? null
}

/** @throws when a stored draft no longer follows the contract: a fault of ours. */
export function storedDraft(value: unknown): { draft: WrittenCall; unknownKeys: readonly string[] } {
  const read = readDraftCall(value)
  if (read.ok) return { draft: read.call, unknownKeys: read.unknownKeys }
  throw new Error(`A stored draft cannot be read: ${JSON.stringify(read.problems)}`)
}

/** The porteur's grappes that answer this call and ask for this piece, by name; none for an ARS. */
export async function grappesFollowing(
  { db }: Pick<Context, 'db'>,
  owner: CallOwner,
  callId: string,
  piece: string,
): Promise<{ id: string; name: string }[]> {
  if (!('porteurId' in owner)) return []
  const rows = await db
    .select({ id: grappes.id, name: grappes.name, call: grappes.call })
    .from(grappes)
    .where(
      and(eq(grappes.callId, callId), eq(grappes.porteurId, owner.porteurId), isNull(grappes.archivedAt)),
    )
    .orderBy(grappes.name, grappes.id)
  return rows.flatMap(({ id, name, call }) =>
    storedCall(call).pieces.some(({ code }) => code === piece) ? [{ id, name }] : [],
  )
}

/** A call that a porteur may choose for a grappe. */
export interface OfferedCall {
  template: CallTemplate
  /** `livre`: one of `templates/calls/`. */
  origin: 'livre' | 'propre' | 'ars'
  /** The call written on screen and the version of it; null for one of `templates/calls/`. */
  callId: string | null
  version: number | null
  /** Who published it, an e-mail address; null for one of `templates/calls/`. */
  publishedBy: string | null
}

/** Those published by an ARS, then the porteur's own, then the shipped ones. None that is archived. */
export async function listOfferedCalls(
  context: Pick<Context, 'db' | 'calls'>,
  porteurId: string,
): Promise<OfferedCall[]> {
  const rows = await context.db
    .select({ id: calls.id, porteurId: calls.porteurId, version: callVersions })
    .from(calls)
    .innerJoin(callVersions, isLastOfCall)
    .where(and(isNull(calls.archivedAt), or(eq(calls.porteurId, porteurId), isNotNull(calls.reviewerEmail))))
    .orderBy(calls.title, calls.id)
  const written = rows.map(
    ({ id, porteurId: owner, version }): OfferedCall => ({
      template: storedTemplate(version.call),
      origin: owner === null ? 'ars' : 'propre',
      callId: id,
      version: version.number,
      publishedBy: version.publishedBy,
    }),
  )
  return [
    ...written.filter(({ origin }) => origin === 'ars'),
    ...written.filter(({ origin }) => origin === 'propre'),
    ...context.calls.map(
      (template): OfferedCall => ({
        template,
        origin: 'livre',
        callId: null,
        version: null,
        publishedBy: null,
      }),
    ),
  ]
}

/** @throws when a published version no longer follows the contract: a fault of ours. */
export function storedTemplate(value: unknown): CallTemplate {
  const read = readCallTemplate(value)
  if (read.ok) return read.call
  throw new Error(`A published call cannot be read: ${JSON.stringify(read.problems)}`)
}
