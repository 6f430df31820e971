/** Control: the porteur accepts or refuses the version it looked at. */
import { eq } from 'drizzle-orm'
import type { DecisionBody } from '../../schema/contracts/members.ts'
import { pieces, versions } from '../../schema/tables.ts'
import { currentVersion, type Piece, scanOf } from '../domain/piece.ts'
import { ownerOf } from './invite-members.ts'
import { addressOfPiece, listAnswerers, writeToPeople } from './people.ts'
import type { PorteurScope } from './porteur-scope.ts'
import type { Context, Database } from './ports.ts'
import { readPieces } from './read-grappe.ts'
import { recordChange } from './record-change.ts'
import { done, type Outcome, refuse, refuseFields } from './refusals.ts'

/**
 * Decides on the current version; deciding again changes the decision, which is how a mistake is undone.
 * A refusal needs a motive and is mailed, with the link of each, to everyone who answers for the piece.
 */
export async function decideOnPiece(
  context: Context,
  scope: PorteurScope,
  pieceId: string,
  body: DecisionBody,
): Promise<Outcome<{ decision: DecisionBody['decision'] }>> {
  const motive = body.motive
  if (body.decision === 'refusee' && motive === null) {
    return refuseFields({
      motive: 'Indiquez pourquoi : la personne qui a déposé lira ce motif pour corriger sa pièce.',
    })
  }
  const now = context.now()
  const decided = await context.db.transaction(async tx => {
    await tx.select({ id: pieces.id }).from(pieces).where(eq(pieces.id, pieceId)).for('update')
    const [piece] = await readPieces(tx, scope.grappeId, eq(pieces.id, pieceId))
    if (piece === undefined) return refuse('not-found')
    const version = currentVersion(piece)
    if (version === null) return refuse('not-found')
    if (body.decision === 'acceptee' && scanOf(version) === 'infecte') return refuse('version-infected')
    if (version.id !== body.versionId) return refuse('version-superseded', { number: String(version.number) })

    const name = scope.call.pieces.find(({ code }) => code === piece.code)?.name ?? piece.code
    await tx
      .update(versions)
      .set({ decision: body.decision, motive: body.decision === 'refusee' ? motive : null, decidedAt: now })
      .where(eq(versions.id, version.id))
    const owner = await ownerOf(tx, piece)
    if (body.decision === 'refusee' && motive !== null && owner !== null) {
      await writeRefusalMail(tx, context, scope, {
        piece,
        pieceName: name,
        ownerName: owner.name,
        motive,
        by: 'le porteur',
      })
    }
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: now,
      actor: scope.porteur.email,
      event: decisionEvent({
        pieceName: name,
        ownerName: owner?.name ?? 'la grappe',
        version: version.number,
        decision: body.decision,
        motive,
      }),
    })
    return done({ decision: body.decision })
  })
  if (decided.ok) await context.jobs.kick('envois')
  return decided
}

/** Tells everyone who answers for the piece why it is to be deposited again; to be called before `recordChange`. */
export async function writeRefusalMail(
  tx: Database,
  context: Context,
  { grappeId, grappeName }: Pick<PorteurScope, 'grappeId' | 'grappeName'>,
  refusal: {
    piece: Piece
    pieceName: string
    ownerName: string
    motive: string
    by: 'le porteur' | 'l’antivirus'
  },
): Promise<void> {
  const { piece, pieceName, ownerName, motive, by } = refusal
  const mail = context.mailTexts.pieceRefused({
    grappe: grappeName,
    owner: ownerName,
    piece: pieceName,
    address: addressOfPiece(piece.id),
    motive,
    by,
  })
  await writeToPeople(tx, context, grappeId, await listAnswerers(tx, grappeId, piece), mail)
}

/** The line of the journal. */
export function decisionEvent(about: {
  pieceName: string
  ownerName: string
  version: number
  decision: DecisionBody['decision']
  motive?: string | null
}): string {
  const { pieceName, ownerName, version, decision, motive } = about
  const decided = `« ${pieceName} » de ${ownerName}, version ${version}, ${decision === 'refusee' ? 'refusée' : 'acceptée'}.`
  return decision === 'refusee' ? `${decided} Motif : ${motive}` : decided
}
