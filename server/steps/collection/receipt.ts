/** Receipts of deposits: read again at any time, and mailed once to whoever deposited. */
import { eq } from 'drizzle-orm'
import { grappes } from '../../../schema/tables.ts'
import type { PieceDefinition } from '../../domain/call.ts'
import type { Piece, Version } from '../../domain/piece.ts'
import { type Receipt, receiptOf } from '../../domain/receipt.ts'
import type { MemberScope } from '../access/member-scope.ts'
import { ownerOf } from '../access/owners.ts'
import { addressOfPiece, listAnswerers, writeToPeople } from '../access/people.ts'
import { writeMail } from '../access/send-mail.ts'
import type { Context, Database } from '../ports.ts'
import { storedCall } from '../read/stored-call.ts'

interface Deposited {
  piece: Piece
  definition: PieceDefinition
  version: Version
}

/** The receipt of a version that was found within the reader's scope. */
export async function readReceipt(
  db: Database,
  grappeId: string,
  { piece, definition, version }: Deposited,
): Promise<Receipt> {
  const [grappe] = await db
    .select({ name: grappes.name, call: grappes.call })
    .from(grappes)
    .where(eq(grappes.id, grappeId))
  if (grappe === undefined) throw new Error('A receipt is read from a grappe that is not there')
  const { title, fictional, timeZone } = storedCall(grappe.call)
  const owner = await ownerOf(db, piece)
  return receiptOf(
    { name: grappe.name, callTitle: title, fictional, timeZone },
    owner?.name ?? grappe.name,
    piece,
    definition,
    version,
  )
}

/**
 * Writes the receipt of a deposit, in its transaction and before `recordChange`: to the person whose link
 * deposited, or to the piece's main contact when the link was handed to nobody in particular.
 */
export async function writeReceipt(
  tx: Database,
  context: Context,
  member: MemberScope,
  deposited: Deposited,
): Promise<void> {
  const { grappeId, email, linkId } = member
  const receipt = await readReceipt(tx, grappeId, deposited)
  const mail = context.mailTexts.receipt({ receipt, address: addressOfPiece(receipt.pieceId) })
  if (email !== null) {
    await writeMail(tx, context, { ...mail, recipient: email, grappeId, linkId })
    return
  }
  const answerers = await listAnswerers(tx, grappeId, deposited.piece)
  const owner = await ownerOf(tx, deposited.piece)
  const main = answerers.find(person => person.email === owner?.email?.toLowerCase()) ?? answerers[0]
  await writeToPeople(tx, context, grappeId, main === undefined ? [] : [main], mail)
}
