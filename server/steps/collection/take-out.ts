/**
 * Takes out what was deposited by mistake: a whole version, or one of its files, as long as nobody has
 * decided on it. It stays in the history; the dossier, the board and the mails go on without it.
 */
import { eq } from 'drizzle-orm'
import { versions } from '../../../schema/tables.ts'
import {
  currentVersion,
  documentsWithOriginals,
  historyOf,
  isDecided,
  type Piece,
  type Version,
} from '../../domain/piece.ts'
import { actorOf, factsOf, lockPiece, type PieceSide, scopeOf } from '../access/piece-sides.ts'
import type { Context, Database } from '../ports.ts'
import { readPiece } from '../read/read-piece.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { type DepositTarget, findDepositTarget } from './find-deposit-target.ts'
import { recordVersion } from './receive-document.ts'

/** What is left once something was taken out. */
export interface TakenOut {
  /** Of the version that it was taken out of. */
  number: number
  /** Name of the file; null when the whole version was. */
  fileName: string | null
  /** The version that counts now: one made of the other files, or an earlier one; null when none is left. */
  current: Version | null
}

/**
 * @param documentId one document of the version; null for all of it. Its last one takes the version along.
 */
export async function takeOut(
  context: Context,
  side: PieceSide,
  pieceId: string,
  versionId: string,
  documentId: string | null,
): Promise<Outcome<TakenOut>> {
  const target = await findDepositTarget(context, side, pieceId)
  if (!target.ok) return target
  const taken = await context.db.transaction(async (tx): Promise<Outcome<TakenOut>> => {
    const seen = await lockPiece(tx, side, pieceId)
    if (seen === null) return refuse('not-found')
    const found = removableVersion(seen.piece, versionId)
    if (!found.ok) return found
    const version = found.value
    const { number } = version
    const documents = documentsWithOriginals(version)
    const out = documents.find(({ document }) => document.id === documentId)
    if (documentId !== null && out === undefined) return refuse('not-found')
    const by = actorOf(side, seen.piece)
    if (out === undefined || documents.length === 1) {
      await markTakenOut(tx, context, version.id, { by: by.name, movedToPieceId: null })
      await recordChange(tx, {
        grappeId: scopeOf(side).grappeId,
        at: context.now(),
        actor: by,
        act: { kind: 'version-taken-out', facts: { ...factsOf(side, seen), versionId, number } },
      })
      const left = await readPiece({ db: tx }, scopeOf(side), pieceId)
      return done({ number, fileName: null, current: left && currentVersion(left.piece) })
    }
    const made = await withoutDocument({ ...context, db: tx }, side, target.value, version, out.document.id)
    if (!made.ok) return made
    // It would otherwise count again once the version made of its other files is taken out.
    await markTakenOut(tx, context, version.id, { by: by.name, movedToPieceId: null })
    return done({ number, fileName: out.document.name, current: made.value })
  })
  if (taken.ok && context.antivirus !== null) await context.jobs.kick('antivirus')
  return taken
}

async function withoutDocument(
  context: Context,
  side: PieceSide,
  target: DepositTarget,
  version: Version,
  documentId: string,
): Promise<Outcome<Version>> {
  const together = documentsWithOriginals(version)
  const without = together.find(({ document }) => document.id === documentId)?.document
  const left = together
    .filter(({ document }) => document.id !== documentId)
    .flatMap(({ document, originals }) => [document, ...originals])
  if (without === undefined) return refuse('not-found')
  const made = await recordVersion(context, side, target, () => left, { without })
  return made.ok ? done(made.value.version) : made
}

/** The current version, when it may still be taken out. */
export function removableVersion(piece: Piece, versionId: string): Outcome<Version> {
  const current = currentVersion(piece)
  const wanted = historyOf(piece).find(({ id }) => id === versionId)
  if (wanted === undefined) return refuse('not-found')
  const number = String(wanted.number)
  if ('takenOutAt' in wanted) return refuse('version-taken-out', { number, by: wanted.takenOutBy })
  if (wanted.id !== current?.id)
    return refuse('version-replaced', { number, current: String(current?.number ?? '') })
  return isDecided(wanted) ? refuse('version-decided', { number }) : done(wanted)
}

export async function markTakenOut(
  tx: Database,
  { now }: Pick<Context, 'now'>,
  versionId: string,
  { by, movedToPieceId }: { by: string; movedToPieceId: string | null },
): Promise<void> {
  await tx
    .update(versions)
    .set({ takenOutAt: now(), takenOutBy: by, movedToPieceId })
    .where(eq(versions.id, versionId))
}
