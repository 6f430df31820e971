/** Control: the porteur accepts or refuses the version it looked at. */
import { eq } from 'drizzle-orm'
import type { DecisionBody } from '../../../schema/contracts/members.ts'
import { pieces, versions } from '../../../schema/tables.ts'
import { pieceFacts } from '../../domain/journal/subject.ts'
import { currentVersion, type Piece, scanOf } from '../../domain/piece.ts'
import { ownerOf } from '../access/owners.ts'
import { addressOfPiece, listAnswerers, type Person, writeToPeople } from '../access/people.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import type { Context, Database } from '../ports.ts'
import { definitionsOf } from '../read/read-piece.ts'
import { readPieces } from '../read/read-pieces.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse, refuseFields } from '../refusals.ts'

/**
 * Decides on the current version; deciding again changes the decision, which is how a mistake is undone.
 * A refusal needs a motive and is mailed, with the link of each, to everyone who answers for the piece; put
 * away, the grappe asks nothing of anybody.
 *
 * @returns `told`: those to whom a message was written, nobody but for a refusal.
 */
export async function decideOnPiece(
  context: Context,
  scope: PorteurScope,
  pieceId: string,
  body: DecisionBody,
): Promise<Outcome<{ decision: DecisionBody['decision']; told: readonly Person[] }>> {
  const motive = body.motive
  if (body.decision === 'refusee' && motive === null) {
    return refuseFields({
      motive: 'Indiquez pourquoi : la personne qui a déposé lira ce motif pour corriger sa pièce.',
    })
  }
  if (body.decision === 'refusee' && scope.archivedOn !== null) return refuse('grappe-archived')
  const now = context.now()
  const decided = await context.db.transaction(async tx => {
    await tx.select({ id: pieces.id }).from(pieces).where(eq(pieces.id, pieceId)).for('update')
    const [piece] = await readPieces(tx, scope.grappeId, eq(pieces.id, pieceId))
    if (piece === undefined) return refuse('not-found')
    const out = piece.takenOut.find(({ id }) => id === body.versionId)
    if (out !== undefined)
      return refuse('version-taken-out', { number: String(out.number), by: out.takenOutBy })
    const version = currentVersion(piece)
    if (version === null) return refuse('not-found')
    if (body.decision === 'acceptee' && scanOf(version) === 'infecte') return refuse('version-infected')
    if (version.id !== body.versionId) return refuse('version-superseded', { number: String(version.number) })

    const name = definitionsOf(scope).find(({ code }) => code === piece.code)?.name ?? piece.code
    await tx
      .update(versions)
      .set({ decision: body.decision, motive: body.decision === 'refusee' ? motive : null, decidedAt: now })
      .where(eq(versions.id, version.id))
    const owner = await ownerOf(tx, piece)
    let told: readonly Person[] = []
    if (body.decision === 'refusee' && motive !== null && owner !== null) {
      told = await writeRefusalMail(tx, context, scope, {
        piece,
        pieceName: name,
        ownerName: owner.name,
        motive,
        by: 'le porteur',
      })
    }
    const facts = {
      ...pieceFacts(pieceId, name, owner ?? { id: null, name: 'la grappe' }),
      versionId: version.id,
      number: version.number,
    }
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: now,
      actor: porteurActor(scope),
      act:
        body.decision === 'refusee' && motive !== null
          ? { kind: 'piece-refused', facts: { ...facts, motive } }
          : { kind: 'piece-accepted', facts },
    })
    return done({ decision: body.decision, told })
  })
  if (decided.ok) await context.jobs.kick('envois')
  return decided
}

/**
 * Tells everyone who answers for the piece why it is to be deposited again; to be called before
 * `recordChange`.
 *
 * @returns who is told.
 */
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
): Promise<Person[]> {
  const { piece, pieceName, ownerName, motive, by } = refusal
  const mail = context.mailTexts.pieceRefused({
    grappe: grappeName,
    owner: ownerName,
    piece: pieceName,
    address: addressOfPiece(piece.id),
    motive,
    by,
  })
  const people = await listAnswerers(tx, grappeId, piece)
  await writeToPeople(tx, context, grappeId, people, mail)
  return people
}
