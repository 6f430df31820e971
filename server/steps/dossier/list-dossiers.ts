/** The dossiers that a reviewer who signed in by e-mail reads, in a fixed number of queries. */
import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { accesses, complementDrafts, grappes, opinions, reviews, seals } from '../../../schema/tables.ts'
import { groupBy } from '../../domain/group-by.ts'
import type { HandedDossier } from '../../domain/handed-dossier.ts'
import { opinionOf } from '../../domain/review.ts'
import { linksReadBy, readerName } from '../access/reviewer-scope.ts'
import { addressesOf, findService } from '../access/services.ts'
import type { Context } from '../ports.ts'
import { readAssignments } from '../read/read-assignments.ts'
import { opinionOfRow } from '../read/read-reviews.ts'

/** As one value: hundreds of parameters cost more to write down than their rows to find. */
const among = (column: PgColumn, ids: readonly string[]) => sql`${column} = any(${`{${ids.join()}}`}::uuid[])`

/**
 * What is left to examine in some of these versions, for this reviewer alone: a piece for which it noted a
 * complement is examined.
 *
 * @param email of the reviewer.
 */
async function leftButNoted(
  { db }: Pick<Context, 'db'>,
  grappeIds: readonly string[],
  email: string,
): Promise<Map<string, readonly string[]>> {
  const noted = await db
    .select({ grappeId: complementDrafts.grappeId, pieceId: complementDrafts.pieceId })
    .from(complementDrafts)
    .where(and(among(complementDrafts.grappeId, grappeIds), eq(complementDrafts.email, email)))
  if (noted.length === 0) return new Map()
  const notedPieces = new Set(noted.map(({ pieceId }) => pieceId))
  const rows = await db
    .select({ id: seals.id, leftPieceIds: seals.leftPieceIds })
    .from(seals)
    .where(inArray(seals.grappeId, [...new Set(noted.map(({ grappeId }) => grappeId))]))
  return new Map(
    rows.map(({ id, leftPieceIds }) => [id, leftPieceIds.filter(each => !notedPieces.has(each))]),
  )
}

/** Of the grappe's own copy of its call, opened once a row and not read whole. */
const called = sql`lateral (
  select title, region, coalesce("timeZone", "window" ->> 'timeZone') as time_zone
  from jsonb_to_record(${grappes.call}) as call(title text, region text, "timeZone" text, "window" jsonb)
) as called`
const call = {
  title: sql<string>`called.title`,
  region: sql<string | null>`called.region`,
  /** A call of before windows were several has it in its one window. */
  timeZone: sql<string>`called.time_zone`,
}

const summary = {
  id: seals.id,
  number: seals.number,
  sealedAt: seals.sealedAt,
  complete: seals.complete,
  porteurName: seals.porteurName,
  verdict: seals.verdict,
  members: seals.members,
  missing: seals.missing,
  pieces: sql<number>`cardinality(${seals.pieceIds})`,
  toExamine: sql<number>`cardinality(${seals.leftPieceIds})`,
  nextPieceId: sql<string | null>`(${seals.leftPieceIds})[1]`,
}

/**
 * Those handed to it, and those handed to a colleague of its service: one for each grappe, whatever the
 * number of its links; in no order.
 */
export async function listHandedDossiers(context: Context, email: string): Promise<HandedDossier[]> {
  const read = await linksReadBy(context, email)
  // The first is the one by which the dossier is opened, and gives the reviewer's name.
  const readOf = new Map(read.toReversed().map(each => [each.link.grappeId ?? '', each]))
  const ids = [...readOf.keys()].filter(id => id !== '')
  if (ids.length === 0) return []
  const rows = await readListed(context, ids)
  const leftOf = await leftButNoted(context, ids, email)
  const opinionRows = await context.db
    .select({ opinion: opinions, sealNumber: seals.number })
    .from(opinions)
    .innerJoin(seals, eq(opinions.sealId, seals.id))
    .where(among(opinions.grappeId, ids))
    .orderBy(asc(opinions.at), asc(opinions.id))
  const openings = await context.db
    .selectDistinct({ sealId: accesses.sealId, actor: accesses.actor })
    .from(accesses)
    .where(and(among(accesses.grappeId, ids), eq(accesses.act, 'ouverture')))

  const asked = await context.db
    .selectDistinct({ sealId: reviews.sealId })
    .from(reviews)
    .where(and(among(reviews.grappeId, ids), sql`${reviews.decision} = 'complement'`))
  const given = await assignmentsFor(context, email)
  const opinionsOf = groupBy(opinionRows, ({ opinion }) => opinion.grappeId)
  const openedBy = new Set(openings.map(({ sealId, actor }) => `${sealId} ${actor}`))
  const askedIn = new Set(asked.map(({ sealId }) => sealId))
  return rows.map(({ id, name: grappeName, call: { title, region, timeZone }, seal }): HandedDossier => {
    const said = (opinionsOf.get(id) ?? []).map(({ opinion, sealNumber }) =>
      opinionOfRow(opinion, sealNumber),
    )
    const by = readOf.get(id)
    const left = leftOf.get(seal?.id ?? '')
    const isOpened = by !== undefined && openedBy.has(`${seal?.id} ${readerName(by, email)}`)
    return {
      grappeId: id,
      name: grappeName,
      handedTo: by?.link.email ?? email,
      porteurName: seal?.porteurName ?? null,
      callTitle: title,
      region,
      timeZone,
      seal:
        seal === null
          ? null
          : {
              number: seal.number,
              sealedAt: seal.sealedAt.toISOString(),
              complete: seal.complete,
              verdict: seal.verdict,
              members: seal.members,
              pieces: seal.pieces,
              missing: seal.missing,
              toExamine: left?.length ?? seal.toExamine,
              nextPieceId: left === undefined ? seal.nextPieceId : (left[0] ?? null),
            },
      isNew: seal !== null && !isOpened,
      opinion: opinionOf(said, email) ?? said.at(-1) ?? null,
      isAsked: seal !== null && askedIn.has(seal.id),
      assignment: given.get(id) ?? null,
    }
  })
}

/** Each with its last sealed version. */
async function readListed({ db }: Pick<Context, 'db'>, ids: readonly string[]) {
  return await db
    .select({
      id: grappes.id,
      name: grappes.name,
      call,
      seal: summary,
    })
    .from(grappes)
    .innerJoin(called, sql`true`)
    .leftJoin(
      seals,
      and(
        eq(seals.grappeId, grappes.id),
        sql`${seals.number} = (
          select max(offered.number) from seals offered
          where offered.grappe_id = ${grappes.id} and offered.state = 'scelle'
        )`,
      ),
    )
    .where(among(grappes.id, ids))
}

/** Those of the reviewer's service; none without one. */
async function assignmentsFor({ db }: Pick<Context, 'db'>, email: string) {
  const service = await findService(db, email)
  return service === null
    ? new Map<string, never>()
    : await readAssignments(db, service.id, addressesOf(service))
}
