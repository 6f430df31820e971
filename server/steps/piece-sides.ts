/** The two who meet on a piece: its member, by a link, and the porteur, signed in. */
import { eq } from 'drizzle-orm'
import { pieces } from '../../schema/tables.ts'
import { urlTo } from '../../schema/urls.ts'
import type { PieceDefinition } from '../domain/call.ts'
import type { MessageSide } from '../domain/message.ts'
import type { Piece } from '../domain/piece.ts'
import { ownerOf } from './invite-members.ts'
import { isAsked, type MemberScope, ownPieces } from './member-scope.ts'
import { addressOfPiece, listAnswerers, writeToPeople } from './people.ts'
import type { PorteurScope } from './porteur-scope.ts'
import type { AboutPiece, Context, Database, MailText } from './ports.ts'
import { readPiece } from './read-piece.ts'
import { writeMail } from './send-mail.ts'

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

/** Who acts, as the journal and the thread say it. */
export function actorOf(side: PieceSide): string {
  return side.by === 'member' ? side.member.actor : side.porteur.porteur.email
}

export function messageSideOf(side: PieceSide): MessageSide {
  return side.by === 'member' ? 'membre' : 'porteur'
}

/** Locks a piece that this side may see, so that two acts on it at once come one after the other; null when it may not. */
export async function lockPiece(tx: Database, side: PieceSide, pieceId: string): Promise<SeenPiece | null> {
  const within = side.by === 'member' ? ownPieces(side.member) : undefined
  await tx.select({ id: pieces.id }).from(pieces).where(eq(pieces.id, pieceId)).for('update')
  const found = await readPiece({ db: tx }, scopeOf(side), pieceId, within)
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
  const recipient = side.member.porteurEmail
  return [await writeMail(tx, context, { ...mail, recipient, grappeId, linkId: null })]
}
