/** Control of many pieces at once: the porteur accepts the versions that it chose on the board. */
import { and, asc, eq, inArray } from 'drizzle-orm'
import type { AcceptanceBody } from '../../schema/contracts/members.ts'
import { esms, ogs, pieces, versions } from '../../schema/tables.ts'
import { currentVersion, type Piece, pieceState } from '../domain/piece.ts'
import { decisionEvent } from './decide-on-piece.ts'
import type { PorteurScope } from './porteur-scope.ts'
import type { Context, Database } from './ports.ts'
import { readPieces } from './read-grappe.ts'
import { recordChanges } from './record-change.ts'

/** `remplacee`: a newer version has come. `decidee`: the porteur, or the ARS, has decided meanwhile. */
export type LeftReason = 'remplacee' | 'decidee' | 'introuvable'

/** A chosen piece as it is now; names are empty for one that is not in the grappe. */
export interface ChosenPiece {
  pieceId: string
  versionId: string
  pieceName: string
  ownerName: string
  /** Number of the current version; null when there is none. */
  version: number | null
  depositedBy: string | null
  /** Null when it can be accepted. */
  left: LeftReason | null
}

/** What accepting these versions would do. Changes nothing. */
export async function reviewChoice(
  context: Pick<Context, 'db'>,
  scope: PorteurScope,
  choice: AcceptanceBody,
): Promise<ChosenPiece[]> {
  return await readChoice(context.db, scope, choice)
}

/**
 * Accepts every chosen version that is still the current one and waits for a decision; the others are left as they
 * are and told. Sending the same choice twice accepts nothing twice.
 */
export async function acceptPieces(
  context: Pick<Context, 'db' | 'now'>,
  scope: PorteurScope,
  choice: AcceptanceBody,
): Promise<ChosenPiece[]> {
  const now = context.now()
  return await context.db.transaction(async tx => {
    // Always in the same order: two choices that overlap wait for each other instead of blocking each other.
    await tx
      .select({ id: pieces.id })
      .from(pieces)
      .where(and(eq(pieces.grappeId, scope.grappeId), inArray(pieces.id, idsOf(choice))))
      .orderBy(asc(pieces.id))
      .for('update')
    const chosen = await readChoice(tx, scope, choice)
    const accepted = chosen.filter(({ left }) => left === null)
    if (accepted.length === 0) return chosen
    await tx
      .update(versions)
      .set({ decision: 'acceptee', motive: null, decidedAt: now })
      .where(
        inArray(
          versions.id,
          accepted.map(({ versionId }) => versionId),
        ),
      )
    await recordChanges(
      tx,
      scope.grappeId,
      accepted.map(({ pieceName, ownerName, version }) => ({
        at: now,
        actor: scope.porteur.email,
        event: decisionEvent({ pieceName, ownerName, version: version ?? 0, decision: 'acceptee' }),
      })),
    )
    return chosen
  })
}

const idsOf = (choice: AcceptanceBody) => [...new Set(choice.pieces.map(({ pieceId }) => pieceId))]

async function readChoice(db: Database, scope: PorteurScope, choice: AcceptanceBody): Promise<ChosenPiece[]> {
  const found = await readPieces(db, scope.grappeId, inArray(pieces.id, idsOf(choice)))
  const pieceOf = new Map(found.map(piece => [piece.id, piece]))
  const nameOf = new Map(
    [
      ...(await db.select({ id: ogs.id, name: ogs.name }).from(ogs).where(eq(ogs.grappeId, scope.grappeId))),
      ...(await db
        .select({ id: esms.id, name: esms.name })
        .from(esms)
        .where(eq(esms.grappeId, scope.grappeId))),
    ].map(({ id, name }) => [id, name]),
  )
  const definitionName = new Map(scope.call.pieces.map(({ code, name }) => [code, name]))
  // A piece chosen twice is accepted once.
  const wanted = new Map(choice.pieces.map(({ pieceId, versionId }) => [pieceId, versionId]))
  return [...wanted].map(([pieceId, versionId]): ChosenPiece => {
    const piece = pieceOf.get(pieceId)
    if (piece === undefined) {
      const unknown = { pieceName: '', ownerName: '', version: null, depositedBy: null }
      return { pieceId, versionId, ...unknown, left: 'introuvable' }
    }
    const version = currentVersion(piece)
    return {
      pieceId,
      versionId,
      pieceName: definitionName.get(piece.code) ?? piece.code,
      ownerName: nameOf.get(piece.esmsId ?? piece.ogId ?? '') ?? scope.grappeName,
      version: version?.number ?? null,
      depositedBy: version?.depositedBy ?? null,
      left: whyLeft(piece, versionId),
    }
  })
}

function whyLeft(piece: Piece, versionId: string): LeftReason | null {
  const version = currentVersion(piece)
  if (version === null || !piece.versions.some(({ id }) => id === versionId)) return 'introuvable'
  if (version.id !== versionId) return 'remplacee'
  return pieceState(piece) === 'deposee' ? null : 'decidee'
}
