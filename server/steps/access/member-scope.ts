/**
 * What a member's link may touch: the pieces of its own ESMS, of its OG and that OG's ESMS, or of the owners
 * that its person answers for. Nothing else, ever.
 */
import { and, asc, eq, inArray, isNull, or, type SQL, sql } from 'drizzle-orm'
import { contacts, esms, grappes, links, ogs, pieces, porteurs } from '../../../schema/tables.ts'
import type { Call, PieceDefinition } from '../../domain/call.ts'
import { concernOfSome, type OgSizes } from '../../domain/condition.ts'
import { byName } from '../../domain/dossier-names.ts'
import type { Esms, Og } from '../../domain/grappe.ts'
import type { Actor } from '../../domain/journal/entry.ts'
import { appliesToEsms, isSpared, type Piece } from '../../domain/piece.ts'
import type { Context } from '../ports.ts'
import { preparedOnce } from '../prepared-once.ts'
import { esmsOfRow } from '../read/read-grappe.ts'
import { readPieces } from '../read/read-pieces.ts'
import { storedCall } from '../read/stored-call.ts'
import { done, type Outcome, type Refusal, refuse } from '../refusals.ts'
import { judgeLink, type Link } from './links.ts'
import { personKey } from './people.ts'

export interface MemberScope {
  linkId: string
  grappeId: string
  grappeName: string
  call: Call
  /** Whether its porteur put the grappe away. */
  archived: boolean
  /**
   * Whose own pieces this link may see: that of an OG's link, those that a person answers for, none for an
   * ESMS' link.
   */
  ogs: readonly Og[]
  /** Members whose pieces this link may see, by name: its own, and those of its OG. */
  esms: readonly Esms[]
  /** The OG that carries the grappe, which is spared some pieces; null until chosen. */
  porteurOgId: string | null
  /** Of the whole grappe: how many members each OG has is a fact that conditions look at. */
  ogSizes: OgSizes
  /** Who deposits, as the journal says it. */
  actor: string
  /** Whether it is one person's link, for all that it answers for. */
  isPerson: boolean
  /** Whose link it is, when it was handed to somebody. */
  email: string | null
  /** Whom the link's holder writes to. */
  porteurEmail: string
}

/** Why a member changes nothing in a grappe put away, and whom it asks; null in a current one. */
export const refuseArchivedMember = ({
  archived,
  porteurEmail,
}: Pick<MemberScope, 'archived' | 'porteurEmail'>): { ok: false; refusal: Refusal } | null =>
  archived ? refuse('grappe-archived', { porteurEmail }) : null

/** One of the ids that the statement is given under this name. */
const isOneOf = (id: typeof ogs.id | typeof esms.id, name: string): SQL =>
  sql`${id} = any(${sql.placeholder(name)}::uuid[])`

const ownedWhere = (name: string, where: SQL | undefined) =>
  preparedOnce(db =>
    db
      .select({ og: { id: ogs.id, name: ogs.name, finessEj: ogs.finessEj }, esms })
      .from(ogs)
      .leftJoin(esms, and(eq(esms.ogId, ogs.id), isNull(esms.withdrawnOn)))
      .where(where)
      .orderBy(asc(ogs.name), asc(ogs.id), asc(esms.id))
      .prepare(name),
  )

/** One of each kind: asked for either of two lists, one of them empty, no index would serve. */
const ownedOgs = ownedWhere('owned_ogs', isOneOf(ogs.id, 'ogs'))
const ownedEsms = ownedWhere('owned_esms', isOneOf(esms.id, 'esms'))
const ownedBoth = ownedWhere('owned_both', or(isOneOf(ogs.id, 'ogs'), isOneOf(esms.id, 'esms')))

interface Owner {
  kind: 'og' | 'esms'
  id: string
}

/** Whom the person of a link answers for in the grappe; the tables are those of this query, not its joins. */
const ownersOfPerson = sql<Owner[]>`(
  select coalesce(json_agg(held), '[]') from (
    select 'og' as kind, ${ogs.id} as id from ${ogs}
    where ${ogs.grappeId} = ${grappes.id} and ${personKey(ogs.contactEmail)} = ${links.email}
    union
    select 'esms', ${esms.id} from ${esms}
    where ${esms.grappeId} = ${grappes.id} and ${esms.withdrawnOn} is null
      and ${personKey(esms.contactEmail)} = ${links.email}
    union
    select case when ${contacts.ogId} is null then 'esms' else 'og' end,
      coalesce(${contacts.ogId}, ${contacts.esmsId})
    from ${contacts} left join ${esms} on ${esms.id} = ${contacts.esmsId}
    where ${contacts.grappeId} = ${grappes.id} and ${esms.withdrawnOn} is null
      and ${personKey(contacts.email)} = ${links.email}
  ) held
)`

/**
 * A member's link with its grappe, of which only what a scope holds, and once: its row weighs a hundred times
 * one of a member.
 */
const linkWithGrappe = preparedOnce(db =>
  db
    .select({
      link: links,
      grappe: {
        id: grappes.id,
        name: grappes.name,
        call: grappes.call,
        archivedAt: grappes.archivedAt,
        porteurOgId: grappes.porteurOgId,
      },
      porteurEmail: porteurs.email,
      ogSizes: sql<Array<{ ogId: string; members: number }>>`(
        select coalesce(json_agg(json_build_object('ogId', sized.og_id, 'members', sized.members)), '[]')
        from (
          select og_id, count(*) as members from ${esms} counted
          where counted.grappe_id = ${grappes}.id and counted.withdrawn_on is null group by og_id
        ) sized
      )`,
      owners: sql<Owner[] | null>`case when ${links.kind} = 'personne' then ${ownersOfPerson} end`,
    })
    .from(links)
    .leftJoin(ogs, eq(ogs.id, links.ogId))
    .leftJoin(esms, eq(esms.id, links.esmsId))
    .leftJoin(grappes, eq(grappes.id, sql`coalesce(${ogs.grappeId}, ${esms.grappeId}, ${links.grappeId})`))
    .leftJoin(porteurs, eq(grappes.porteurId, porteurs.id))
    .where(eq(links.tokenHash, sql.placeholder('hash')))
    .prepare('member_link_by_token'),
)

/** Opens a member's or a person's link, in two queries. Reads only. */
export async function openMemberScope(context: Context, token: string): Promise<Outcome<MemberScope>> {
  const [row] = await linkWithGrappe(context.db).execute({ hash: context.tokens.hash(token) })
  const judged = judgeLink(row?.link, ['og', 'esms', 'personne'], context.now())
  if (!judged.ok) return judged
  const link = judged.value
  const owned = ownersOf(link, row?.owners ?? [])
  const asked = owned.ogs.length === 0 ? ownedEsms : owned.esms.length === 0 ? ownedOgs : ownedBoth
  const rows = await asked(context.db).execute(owned)
  const first = rows[0]
  if (first === undefined || row === undefined || row.grappe === null) return refuse('link-revoked')
  const { grappe, porteurEmail, ogSizes } = row
  const members = byName(rows.flatMap(each => (each.esms === null ? [] : [esmsOfRow(each.esms)])))
  const organisations = new Map(rows.map(({ og }) => [og.id, og]))
  const seen = byName([...organisations.values()].filter(({ id }) => owned.ogs.includes(id)))
  return done({
    linkId: link.id,
    grappeId: grappe.id,
    grappeName: grappe.name,
    call: storedCall(grappe.call),
    archived: grappe.archivedAt !== null,
    ogs: seen.map(({ id, name, finessEj }) => ({ id, name, finessEj })),
    esms: members,
    porteurOgId: grappe.porteurOgId,
    ogSizes: new Map(ogSizes.map(({ ogId, members }) => [ogId, members])),
    actor: link.kind === 'personne' ? link.label : (seen[0]?.name ?? members[0]?.name ?? first.og.name),
    isPerson: link.kind === 'personne',
    email: link.email,
    porteurEmail: porteurEmail ?? '',
  })
}

/** Ids of what the link was given for, as things stand today. */
function ownersOf(link: Link, ofPerson: readonly Owner[]): { ogs: string[]; esms: string[] } {
  if (link.esmsId !== null) return { ogs: [], esms: [link.esmsId] }
  if (link.ogId !== null) return { ogs: [link.ogId], esms: [] }
  const ids = (kind: Owner['kind']) => ofPerson.filter(owner => owner.kind === kind).map(({ id }) => id)
  return { ogs: ids('og'), esms: ids('esms') }
}

/**
 * Who deposits on a piece of the scope: the member, and the person behind its link when its name is known.
 */
export function depositorOf(scope: MemberScope, piece: Pick<Piece, 'ogId' | 'esmsId'>): string {
  const owner = [...scope.esms, ...scope.ogs].find(({ id }) => id === (piece.esmsId ?? piece.ogId))
  if (!scope.isPerson || owner === undefined) return scope.actor
  return scope.actor === scope.email ? owner.name : `${owner.name} (${scope.actor})`
}

/** Whoever holds the link, as the journal names it. */
export const linkActor = ({ actor }: MemberScope): Actor => ({ name: actor, proof: 'link' })

/** The condition that every query of a member's link carries. */
export function ownPieces(scope: MemberScope): SQL {
  const ofOgs = inArray(
    pieces.ogId,
    scope.ogs.map(({ id }) => id),
  )
  const ofEsms = inArray(
    pieces.esmsId,
    scope.esms.map(({ id }) => id),
  )
  return or(ofOgs, ofEsms) ?? ofEsms
}

/** A piece that is expected of the link's owner today, with what is asked. */
export interface MemberPiece {
  piece: Piece
  definition: PieceDefinition
}

/**
 * The pieces expected of the link's owners, in the order of the call; those that no longer apply are left
 * out.
 */
export async function readMemberPieces(
  context: Pick<Context, 'db'>,
  scope: MemberScope,
): Promise<MemberPiece[]> {
  const recorded = await readPieces(context.db, scope.grappeId, ownPieces(scope))
  return scope.call.pieces.flatMap(definition =>
    recorded
      .filter(piece => piece.code === definition.code && isAsked(scope, definition, piece))
      .map(piece => ({ piece, definition })),
  )
}

/**
 * Pieces deposited by the link's owners that are not asked of them today: their facts changed since. Nothing
 * is lost.
 */
export async function readSetAside(context: Pick<Context, 'db'>, scope: MemberScope): Promise<MemberPiece[]> {
  const recorded = await readPieces(context.db, scope.grappeId, ownPieces(scope))
  return scope.call.pieces.flatMap(definition =>
    recorded
      .filter(piece => piece.code === definition.code && piece.versions.length > 0)
      .filter(piece => !isAsked(scope, definition, piece))
      .map(piece => ({ piece, definition })),
  )
}

/**
 * Whether the definition applies today to the piece's owner; while a fact is missing it may, and a deposit is
 * not refused.
 */
export function isAsked(scope: MemberScope, definition: PieceDefinition, piece: Piece): boolean {
  return concernOfPiece(scope, definition, piece) !== 'no'
}

/** Whether a fact that nobody gave would tell if it applies: the fact is asked for, not the piece. */
export function dependsOnFact(scope: MemberScope, { definition, piece }: MemberPiece): boolean {
  return concernOfPiece(scope, definition, piece) === 'unknown'
}

function concernOfPiece(scope: MemberScope, definition: PieceDefinition, piece: Piece) {
  if (isSpared(definition, piece.ogId, scope.porteurOgId)) return 'no'
  const answers = scope.esms
    .filter(esms => (piece.esmsId === null ? esms.ogId === piece.ogId : esms.id === piece.esmsId))
    .map(esms => appliesToEsms(definition, esms, scope.ogSizes))
  return concernOfSome(answers).concerned
}
