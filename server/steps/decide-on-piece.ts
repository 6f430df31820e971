/** Control: the porteur accepts or refuses the version it looked at. */
import { eq } from 'drizzle-orm'
import type { DecisionBody } from '../../schema/contracts/members.ts'
import { pieces, versions } from '../../schema/tables.ts'
import { currentVersion, scanOf } from '../domain/piece.ts'
import { memberLink, type Owner, ownerOf } from './invite-members.ts'
import type { PorteurScope } from './porteur-scope.ts'
import type { Context, Database } from './ports.ts'
import { readPieces } from './read-grappe.ts'
import { recordChange } from './record-change.ts'
import { done, type Outcome, refuse, refuseFields } from './refusals.ts'
import { deliverMail, writeMail } from './send-mail.ts'

/**
 * Decides on the current version; deciding again changes the decision, which is how a mistake is undone.
 * A refusal needs a motive and is mailed, with its link, to the owner's contact.
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
    if (body.decision !== 'refusee' || motive === null || owner === null) return done(null)
    return done(
      await writeRefusalMail(tx, context, scope, { owner, pieceName: name, motive, by: 'le porteur' }),
    )
  })
  if (!decided.ok) return decided
  if (decided.value !== null) await deliverMail(context, decided.value)
  return done({ decision: body.decision })
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

/** Tells the owner's contact why its piece is to be deposited again. @returns null when it has no e-mail address. */
export async function writeRefusalMail(
  tx: Database,
  context: Context,
  scope: Pick<PorteurScope, 'grappeId' | 'grappeName'>,
  refusal: { owner: Owner; pieceName: string; motive: string; by: 'le porteur' | 'l’antivirus' },
): Promise<string | null> {
  const { owner, pieceName, motive, by } = refusal
  if (owner.email === null) return null
  const link = await memberLink(tx, context, scope, owner)
  return await writeMail(tx, context, {
    ...context.mailTexts.pieceRefused({
      grappe: scope.grappeName,
      owner: owner.name,
      piece: pieceName,
      motive,
      by,
    }),
    recipient: owner.email,
    grappeId: scope.grappeId,
    linkId: link.id,
  })
}
