/** Control of many pieces at once: the porteur accepts the versions that it chose on the board. */
import { and, asc, desc, eq, inArray } from 'drizzle-orm'
import type { AcceptanceBody } from '../../../schema/contracts/members.ts'
import { esms, ogs, pieces, seals, versions } from '../../../schema/tables.ts'
import type { Act } from '../../domain/journal/entry.ts'
import { pieceFacts } from '../../domain/journal/subject.ts'
import { currentVersion, type Piece, pieceState } from '../../domain/piece.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import type { Context, Database } from '../ports.ts'
import { definitionsOf } from '../read/read-piece.ts'
import { readPieces } from '../read/read-pieces.ts'
import { recordChanges } from '../record-change.ts'

/** `remplacee`: a newer version has come. `decidee`: the porteur, or the ARS, has decided meanwhile. */
export type LeftReason = 'remplacee' | 'decidee' | 'introuvable'

/** A chosen piece as it is now; names are empty for one that is not in the grappe. */
export interface ChosenPiece {
  pieceId: string
  versionId: string
  /** Null for a piece of the grappe. */
  ownerId: string | null
  code: string
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
 * Accepts every chosen version that is still the current one and waits for a decision; the others are left as
 * they are and told. Sending the same choice twice accepts nothing twice.
 */
export async function acceptPieces(
  context: Pick<Context, 'db' | 'now'>,
  scope: PorteurScope,
  choice: AcceptanceBody,
): Promise<ChosenPiece[]> {
  const now = context.now()
  return await context.db.transaction(async tx => {
    await lockChoice(tx, scope, choice)
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
      accepted.map(({ pieceId, versionId, ownerId, pieceName, ownerName, version }) => {
        const facts = pieceFacts(pieceId, pieceName, { id: ownerId, name: ownerName })
        const act: Act = { kind: 'piece-accepted', facts: { ...facts, versionId, number: version ?? 0 } }
        return { at: now, actor: porteurActor(scope), act }
      }),
    )
    return chosen
  })
}

/** `scellee`: a sealed version holds it as accepted. `redecidee`: it was decided again, or replaced. */
export type KeptReason = 'scellee' | 'redecidee'

export interface UndonePiece {
  pieceId: string
  versionId: string
  pieceName: string
  ownerName: string
  /** Why it stays accepted; null when it waits for control again. */
  kept: KeptReason | null
}

/**
 * Takes back acceptances, one by one: what was decided again since, or sealed as accepted, stays as it is and
 * is told. Nobody was written to when it was accepted, so nobody is now.
 */
export async function undoAcceptance(
  context: Pick<Context, 'db' | 'now'>,
  scope: PorteurScope,
  choice: AcceptanceBody,
): Promise<UndonePiece[]> {
  const now = context.now()
  return await context.db.transaction(async tx => {
    const locked = await lockChoice(tx, scope, choice)
    const found = new Map(
      (await readPieces(tx, scope.grappeId, inArray(pieces.id, idsOf(choice)))).map(piece => [
        piece.id,
        piece,
      ]),
    )
    const [seal] = await tx
      .select({ at: seals.sealedAt })
      .from(seals)
      .where(eq(seals.grappeId, scope.grappeId))
      .orderBy(desc(seals.sealedAt))
      .limit(1)
    const all = await readChoice(tx, scope, choice)
    const chosen = all.map(({ pieceId, versionId, pieceName, ownerName }): UndonePiece => {
      const piece = found.get(pieceId)
      const version = piece === undefined ? null : currentVersion(piece)
      const isAccepted =
        piece !== undefined &&
        version?.id === versionId &&
        pieceState(piece) === 'acceptee' &&
        !version.review
      const kept: KeptReason | null = !isAccepted
        ? 'redecidee'
        : seal !== undefined && (version.decidedAt ?? '') <= seal.at.toISOString()
          ? 'scellee'
          : null
      return { pieceId, versionId, pieceName, ownerName, kept }
    })
    const undone = chosen.filter(({ kept }) => kept === null)
    if (undone.length === 0) return chosen
    await tx
      .update(versions)
      .set({ decision: null, motive: null, decidedAt: null })
      .where(
        inArray(
          versions.id,
          undone.map(({ versionId }) => versionId),
        ),
      )
    const ownerOf = new Map(locked.map(({ id, ogId, esmsId }) => [id, esmsId ?? ogId]))
    await recordChanges(
      tx,
      scope.grappeId,
      undone.map(({ pieceId, versionId, pieceName, ownerName }) => {
        const facts = pieceFacts(pieceId, pieceName, { id: ownerOf.get(pieceId) ?? null, name: ownerName })
        const number = all.find(each => each.pieceId === pieceId)?.version ?? 0
        const act: Act = { kind: 'acceptance-undone', facts: { ...facts, versionId, number } }
        return { at: now, actor: porteurActor(scope), act }
      }),
    )
    return chosen
  })
}

/** Chosen, and no more in the grappe. */
export const GONE: ChosenPiece = {
  pieceId: '',
  versionId: '',
  ownerId: null,
  code: '',
  pieceName: '',
  ownerName: '',
  version: null,
  depositedBy: null,
  left: 'introuvable',
}

/** Always in the same order: two choices that overlap wait for each other instead of blocking each other. */
async function lockChoice(tx: Database, scope: PorteurScope, choice: AcceptanceBody) {
  return await tx
    .select({ id: pieces.id, ogId: pieces.ogId, esmsId: pieces.esmsId })
    .from(pieces)
    .where(and(eq(pieces.grappeId, scope.grappeId), inArray(pieces.id, idsOf(choice))))
    .orderBy(asc(pieces.id))
    .for('update')
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
  const definitionName = new Map(definitionsOf(scope).map(({ code, name }) => [code, name]))
  // A piece chosen twice is accepted once.
  const wanted = new Map(choice.pieces.map(({ pieceId, versionId }) => [pieceId, versionId]))
  return [...wanted].map(([pieceId, versionId]): ChosenPiece => {
    const piece = pieceOf.get(pieceId)
    if (piece === undefined) return { ...GONE, pieceId, versionId }
    const version = currentVersion(piece)
    return {
      pieceId,
      versionId,
      ownerId: piece.esmsId ?? piece.ogId,
      code: piece.code,
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
