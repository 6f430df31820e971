/** The dossiers that a reviewer who signed in by e-mail reads, in a fixed number of queries. */
import { and, asc, eq, inArray, sql } from 'drizzle-orm'
import { accesses, grappes, opinions, reviews, seals } from '../../../schema/tables.ts'
import type { HandedDossier, SealDigest } from '../../domain/handed-dossier.ts'
import { opinionOf } from '../../domain/review.ts'
import { linksReadBy, readerName } from '../access/reviewer-scope.ts'
import { addressesOf, findService } from '../access/services.ts'
import type { Context } from '../ports.ts'
import { readAssignments } from '../read/read-assignments.ts'
import { opinionOfRow } from '../read/read-reviews.ts'
import { storedCall } from '../read/stored-call.ts'

type PlanDigest = Pick<
  SealDigest,
  'verdict' | 'members' | 'pieces' | 'missing' | 'toExamine' | 'nextPieceId'
> & { porteurName: string | null }

/**
 * The plan is read once for all of them: it may be megabytes.
 *
 * @param email of the reviewer: a piece for which it noted a complement is examined.
 */
const planDigest = (email: string) => sql<PlanDigest>`(
  select jsonb_build_object(
    'porteurName', plan."porteurName",
    'verdict', plan.verdict ->> 'status',
    'members', (
      select count(*) from jsonb_array_elements(plan.members) member where member ->> 'withdrawnOn' is null),
    'missing', (select count(*) from jsonb_array_elements(plan.gaps) gap where (gap ->> 'required')::boolean),
    'pieces', (
      select count(*) from jsonb_array_elements(plan.rows) line
      where jsonb_array_length(line -> 'paths') > 0),
    'toExamine', coalesce(left_to.pieces, 0),
    'nextPieceId', left_to.first
  )
  from jsonb_to_record(${seals.plan})
    as plan("porteurName" text, verdict jsonb, members jsonb, gaps jsonb, rows jsonb),
  lateral (
    select count(*) as pieces, (array_agg(line ->> 'pieceId' order by place))[1] as first
    from jsonb_array_elements(plan.rows) with ordinality as lines(line, place)
    where jsonb_array_length(line -> 'paths') > 0 and coalesce((
      select reviews.decision from reviews where reviews.version_id = (line -> 'version' ->> 'id')::uuid
      order by reviews.at desc, reviews.id desc limit 1
    ), 'a-examiner') = 'a-examiner' and not exists (
      select 1 from complement_drafts draft
      where draft.piece_id = (line ->> 'pieceId')::uuid and draft.email = ${email}
    )
  ) left_to
)`

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
  const rows = await context.db
    .select({
      id: grappes.id,
      name: grappes.name,
      call: grappes.call,
      seal: { id: seals.id, number: seals.number, sealedAt: seals.sealedAt, complete: seals.complete },
      digest: planDigest(email),
    })
    .from(grappes)
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
    .where(inArray(grappes.id, ids))
  const opinionRows = await context.db
    .select({ opinion: opinions, sealNumber: seals.number })
    .from(opinions)
    .innerJoin(seals, eq(opinions.sealId, seals.id))
    .where(inArray(opinions.grappeId, ids))
    .orderBy(asc(opinions.at), asc(opinions.id))
  const openings = await context.db
    .selectDistinct({ sealId: accesses.sealId, actor: accesses.actor })
    .from(accesses)
    .where(and(inArray(accesses.grappeId, ids), eq(accesses.act, 'ouverture')))

  const asked = await context.db
    .selectDistinct({ sealId: reviews.sealId })
    .from(reviews)
    .where(and(inArray(reviews.grappeId, ids), eq(reviews.decision, 'complement')))
  const given = await assignmentsFor(context, email)
  return rows.map(({ id, name: grappeName, call: stored, seal, digest }): HandedDossier => {
    const call = storedCall(stored)
    const said = opinionRows.flatMap(({ opinion, sealNumber }) =>
      opinion.grappeId === id ? [opinionOfRow(opinion, sealNumber)] : [],
    )
    const by = readOf.get(id)
    const isBy = (actor: string) => by !== undefined && actor === readerName(by, email)
    const isOpened = openings.some(({ sealId, actor }) => sealId === seal?.id && isBy(actor))
    return {
      grappeId: id,
      name: grappeName,
      handedTo: by?.link.email ?? email,
      porteurName: seal === null ? null : digest.porteurName,
      callTitle: call.title,
      region: call.region,
      timeZone: call.timeZone,
      seal:
        seal === null
          ? null
          : {
              number: seal.number,
              sealedAt: seal.sealedAt.toISOString(),
              complete: seal.complete,
              verdict: digest.verdict,
              members: digest.members,
              pieces: digest.pieces,
              missing: digest.missing,
              toExamine: digest.toExamine,
              nextPieceId: digest.nextPieceId,
            },
      isNew: seal !== null && !isOpened,
      opinion: opinionOf(said, email) ?? said.at(-1) ?? null,
      isAsked: asked.some(({ sealId }) => sealId === seal?.id),
      assignment: given.get(id) ?? null,
    }
  })
}

/** Those of the reviewer's service; none without one. */
async function assignmentsFor({ db }: Pick<Context, 'db'>, email: string) {
  const service = await findService(db, email)
  return service === null
    ? new Map<string, never>()
    : await readAssignments(db, service.id, addressesOf(service))
}
