/** What a member's link may touch: the pieces of its own ESMS, or of its OG and that OG's ESMS. Nothing else, ever. */
import { and, asc, eq, inArray, isNull, or, type SQL } from 'drizzle-orm'
import { esms, grappes, ogs, pieces, porteurs } from '../../schema/tables.ts'
import type { Call, PieceDefinition } from '../domain/call.ts'
import type { Esms, Og } from '../domain/grappe.ts'
import { appliesToEsms, type Piece } from '../domain/piece.ts'
import { findLink } from './links.ts'
import type { Context } from './ports.ts'
import { esmsOfRow, readPieces } from './read-grappe.ts'
import { done, type Outcome, refuse } from './refusals.ts'
import { storedCall } from './stored-call.ts'

export interface MemberScope {
  linkId: string
  grappeId: string
  grappeName: string
  call: Call
  /** The OG of the link, or the one that runs the ESMS. */
  og: Og
  /** The ESMS of the link; null for an OG's link. */
  esmsId: string | null
  /** Members whose pieces this link may see, by name: one for an ESMS, those of the OG otherwise. */
  esms: readonly Esms[]
  /** Who deposits, as the journal says it. */
  actor: string
  /** Whom the link's holder writes to. */
  porteurEmail: string
}

/** Opens a member's link. Reads only. */
export async function openMemberScope(context: Context, token: string): Promise<Outcome<MemberScope>> {
  const found = await findLink(context, token, ['og', 'esms'])
  if (!found.ok) return found
  const link = found.value
  const ofLink = link.esmsId === null ? eq(ogs.id, link.ogId ?? '') : eq(esms.id, link.esmsId)
  const rows = await context.db
    .select({ grappe: grappes, og: ogs, esms, porteurEmail: porteurs.email })
    .from(ogs)
    .innerJoin(grappes, eq(ogs.grappeId, grappes.id))
    .innerJoin(porteurs, eq(grappes.porteurId, porteurs.id))
    .leftJoin(esms, and(eq(esms.ogId, ogs.id), isNull(esms.withdrawnOn)))
    .where(ofLink)
    .orderBy(asc(esms.name), asc(esms.id))
  const first = rows[0]
  if (first === undefined) return refuse('link-revoked')
  const members = rows.flatMap(row => (row.esms === null ? [] : [esmsOfRow(row.esms)]))
  return done({
    linkId: link.id,
    grappeId: first.grappe.id,
    grappeName: first.grappe.name,
    call: storedCall(first.grappe.call),
    og: { id: first.og.id, name: first.og.name, finessEj: first.og.finessEj },
    esmsId: link.esmsId,
    esms: members,
    actor: link.esmsId === null ? first.og.name : (members[0]?.name ?? first.og.name),
    porteurEmail: first.porteurEmail,
  })
}

/** The condition that every query of a member's link carries. */
export function ownPieces(scope: MemberScope): SQL {
  const ofEsms = inArray(
    pieces.esmsId,
    scope.esms.length > 0 ? scope.esms.map(({ id }) => id) : [scope.og.id],
  )
  const ofOg = eq(pieces.ogId, scope.og.id)
  return scope.esmsId === null ? (or(ofOg, ofEsms) ?? ofOg) : ofEsms
}

/** A piece that is expected of the link's owner today, with what is asked. */
export interface MemberPiece {
  piece: Piece
  definition: PieceDefinition
}

/** The pieces expected of the link's owners, in the order of the call; those that no longer apply are left out. */
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

/** Whether the definition applies today to the piece's owner. */
export function isAsked(scope: MemberScope, definition: PieceDefinition, piece: Piece): boolean {
  return scope.esms
    .filter(esms => piece.esmsId === null || esms.id === piece.esmsId)
    .some(esms => appliesToEsms(definition, esms))
}
