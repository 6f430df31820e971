/** The two who meet on a piece: its member, by a link, and the porteur, signed in. */
import { eq, type SQL } from 'drizzle-orm'
import { pieces } from '../../../schema/tables.ts'
import { urlTo } from '../../../schema/urls.ts'
import type { PieceDefinition } from '../../domain/call.ts'
import type { Actor } from '../../domain/journal/entry.ts'
import { type PieceFacts, pieceFacts } from '../../domain/journal/subject.ts'
import type { MessageSide } from '../../domain/message.ts'
import type { Piece } from '../../domain/piece.ts'
import type { AboutPiece, Context, Database, MailText } from '../ports.ts'
import { readPiece } from '../read/read-piece.ts'
import { depositorOf, isAsked, linkActor, type MemberScope, ownPieces } from './member-scope.ts'
import { ownerOf } from './owners.ts'
import { addressOfPiece, listAnswerers, writeToPeople } from './people.ts'
import { type PorteurScope, porteurActor } from './porteur-scope.ts'
import { writeToPorteur } from './send-mail.ts'

export type PieceSide = { by: 'member'; member: MemberScope } | { by: 'porteur'; porteur: PorteurScope }

export interface SeenPiece {
  piece: Piece
  definition: PieceDefinition
  /** Of the ESMS or OG; null for a piece of the grappe itself. */
  ownerName: string | null
}

export function scopeOf(side: PieceSide): MemberScope | PorteurScope {
  return side.by === 'member' ? side.member : side.porteur
}

/** Who acts, as the journal says it; on a piece that is given, a person's link acts for the piece's owner. */
export function actorOf(side: PieceSide, piece?: Pick<Piece, 'ogId' | 'esmsId'>): Actor {
  if (side.by === 'porteur') return porteurActor(side.porteur)
  const holder = linkActor(side.member)
  return piece === undefined ? holder : { ...holder, name: depositorOf(side.member, piece) }
}

/** What the journal keeps of a piece. */
export function factsOf(side: PieceSide, { piece, definition, ownerName }: SeenPiece): PieceFacts {
  const { grappeName } = scopeOf(side)
  const owner = { id: piece.esmsId ?? piece.ogId, name: ownerName ?? grappeName }
  return pieceFacts(piece.id, definition.name, owner)
}

export function messageSideOf(side: PieceSide): MessageSide {
  return side.by === 'member' ? 'membre' : 'porteur'
}

/** A piece that this side may see; null when it may not. */
export async function readPieceOf(
  context: Pick<Context, 'db'>,
  side: PieceSide,
  pieceId: string,
): Promise<{ piece: Piece; definition: PieceDefinition } | null> {
  return await readPiece(context, scopeOf(side), pieceId, withinOf(side))
}

/** The pieces that this side may see, as a query asks for them; undefined: all those of the grappe. */
export function withinOf(side: PieceSide): SQL | undefined {
  return side.by === 'member' ? ownPieces(side.member) : undefined
}

/**
 * Locks a piece that this side may see, so that two acts on it at once come one after the other; null when it
 * may not.
 */
export async function lockPiece(tx: Database, side: PieceSide, pieceId: string): Promise<SeenPiece | null> {
  await tx.select({ id: pieces.id }).from(pieces).where(eq(pieces.id, pieceId)).for('update')
  const found = await readPieceOf({ db: tx }, side, pieceId)
  if (found === null) return null
  const owner = await ownerOf(tx, found.piece)
  return { ...found, ownerName: owner?.name ?? null }
}

/** Whether a member's piece is asked for today; the porteur may speak of any. */
export function isOpenTo(side: PieceSide, { piece, definition }: SeenPiece): boolean {
  return side.by === 'porteur' || isAsked(side.member, definition, piece)
}

/** What a mail to the other side is about, with the piece's address as its reader opens it. */
export function aboutOf(
  context: Context,
  side: PieceSide,
  { piece, definition, ownerName }: SeenPiece,
): AboutPiece {
  const { grappeId, grappeName } = scopeOf(side)
  return {
    grappe: grappeName,
    owner: ownerName ?? grappeName,
    piece: definition.name,
    address:
      side.by === 'porteur'
        ? addressOfPiece(piece.id)
        : context.publicUrl() + urlTo('piece', { grappe: grappeId, piece: piece.id }),
  }
}

/**
 * Writes a mail to the other side: to the porteur, or to everyone who answers for the piece.
 *
 * @returns the mails written; none when nobody's address is known.
 */
export async function writeToOtherSide(
  tx: Database,
  context: Context,
  side: PieceSide,
  { piece }: SeenPiece,
  mail: MailText,
): Promise<string[]> {
  const { grappeId } = scopeOf(side)
  if (side.by === 'porteur') {
    return await writeToPeople(tx, context, grappeId, await listAnswerers(tx, grappeId, piece), mail)
  }
  return (await writeToPorteur(tx, context, grappeId, mail)).map(({ id }) => id)
}
