/**
 * The porteur adapts its grappe's copy of the call while it collects, and undoes it. What it does is told
 * before it is done; nothing that was deposited is ever removed.
 */
import { eq } from 'drizzle-orm'
import { readCall } from '../../../schema/contracts/call.ts'
import { grappes, pieces } from '../../../schema/tables.ts'
import { adapt, undoAdaptation, withOrder } from '../../domain/adaptation.ts'
import type { Call, CallModel } from '../../domain/call.ts'
import { type ChangeWords, changeWords } from '../../domain/call-changes.ts'
import { conditionFlaw } from '../../domain/condition.ts'
import { dayOf } from '../../domain/deadline.ts'
import { basisUnfit } from '../../domain/reported.ts'
import { isSame } from '../../domain/same-value.ts'
import { type WrittenCall, writtenCall } from '../../domain/written-call.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import { keepCall } from '../keep-call.ts'
import { keepCallModel, type SentModel } from '../keep-model.ts'
import type { Context, Database } from '../ports.ts'
import { type ToConfirm, toConfirm } from '../read/preview-call.ts'
import { unfitModels } from '../read/read-call-models.ts'
import { readSnapshot } from '../read/read-snapshot.ts'
import { storedCall } from '../read/stored-call.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse, refuseFields } from '../refusals.ts'
import { syncPieces } from './sync-pieces.ts'

/** What the porteur wants of its copy. */
export interface WantedAdaptation {
  /** From the copy as it is written to the one wanted, not checked yet: one piece differs, or their order. */
  change: (call: WrittenCall) => unknown
  /** Why: the text or the message of the ARS. The ARS reads it too. */
  basis: string
  /** What was shown before it was confirmed, as `CallPreview.seen`; null to show it first. */
  seen: string | null
}

export type AdaptedCall = ToConfirm | { kind: 'adapted'; words: ChangeWords; id: string }

/** Fields refused: those of a piece, by the contract's names, and `basis`. */
export async function adaptCall(
  context: Context,
  scope: PorteurScope,
  { change, basis, seen }: WantedAdaptation,
): Promise<Outcome<AdaptedCall>> {
  const snapshot = await readSnapshot(context, scope.grappeId)
  if (snapshot === null) return refuse('not-found')
  return await context.db.transaction(async (tx): Promise<Outcome<AdaptedCall>> => {
    const call = await lockCopy(tx, scope.grappeId)
    if (call === null) return refuse('not-found')
    const wanted = await checkWanted(tx, scope.grappeId, call, change(writtenCall(call)))
    if (!wanted.ok) return wanted
    const unfit = basisUnfit(basis, 'ce changement')
    if (unfit !== null) return refuseFields({ basis: unfit })
    const id = context.newId()
    const on = dayOf(context.now().toISOString(), call.timeZone)
    const adapted = adapt(call, wanted.value, { id, basis, on })
    if (adapted === null) return refuseFields({ name: 'Rien ne change : la pièce est déjà ainsi.' })
    const words = changeWords(adapted.adaptation.change, call)
    const asked = toConfirm(snapshot, { before: call, after: adapted.call, words }, seen)
    if (asked !== null) return done(asked)
    await keepCopy(tx, context, scope.grappeId, adapted.call)
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: porteurActor(scope),
      act: {
        kind: 'call-adapted',
        facts: { adaptationId: id, title: words.title, details: words.details, basis },
      },
    })
    return done({ kind: 'adapted', words, id })
  })
}

/**
 * Keeps a Word file for a piece of the copy, to be tried on a member, then put on the piece by `adaptCall`:
 * nothing changes for anybody before.
 */
export async function bringCopyModel(
  context: Context,
  scope: PorteurScope,
  piece: string,
  file: SentModel,
): Promise<Outcome<CallModel & { sha256: string }>> {
  if (scope.archivedOn !== null) return refuse('grappe-archived')
  const definition = scope.call.pieces.find(({ code }) => code === piece)
  if (definition === undefined) return refuse('not-found')
  return await keepCallModel(context, file, definition.scope)
}

/** @property codes in their order from then on. */
interface MovedPiece {
  name: string
  codes: readonly string[]
}

/** Moves a piece in the list, which numbers the files of the dossier: nobody is asked for anything else. */
export async function moveCallPiece(
  context: Context,
  scope: PorteurScope,
  code: string,
  step: 1 | -1,
): Promise<Outcome<MovedPiece>> {
  return await context.db.transaction(async (tx): Promise<Outcome<MovedPiece>> => {
    const call = await lockCopy(tx, scope.grappeId)
    const from = call?.pieces.findIndex(each => each.code === code) ?? -1
    const piece = call?.pieces[from]
    if (call === null || piece === undefined) return refuse('not-found')
    const others = call.pieces.flatMap(each => (each === piece ? [] : [each.code]))
    const codes = others.toSpliced(Math.max(0, from + step), 0, code)
    // First or last already: nothing moved, and nothing is told.
    if (codes[from] === code) return done({ name: piece.name, codes })
    const id = context.newId()
    const on = dayOf(context.now().toISOString(), call.timeZone)
    await keepCopy(tx, context, scope.grappeId, withOrder(call, codes, { id, basis: ORDER_BASIS, on }))
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: porteurActor(scope),
      act: {
        kind: 'call-adapted',
        facts: {
          adaptationId: id,
          title: `Pièce « ${piece.name} » ${step < 0 ? 'montée' : 'descendue'} d’un rang`,
          details: [],
          basis: ORDER_BASIS,
        },
      },
    })
    return done({ name: piece.name, codes })
  })
}

const ORDER_BASIS = 'ordre choisi par le porteur'

/** Puts back what an adaptation changed; what was deposited meanwhile stays in the history. */
export async function undoCallAdaptation(
  context: Context,
  scope: PorteurScope,
  id: string,
): Promise<Outcome<{ words: ChangeWords }>> {
  return await context.db.transaction(async (tx): Promise<Outcome<{ words: ChangeWords }>> => {
    const call = await lockCopy(tx, scope.grappeId)
    const adaptation = call?.adapted?.find(each => each.id === id)
    if (call === null || adaptation === undefined) return refuse('not-found')
    const words = changeWords(adaptation.change, call)
    const undone = undoAdaptation(call, id)
    if (undone === null) return refuse('adaptation-overtaken', { title: words.title })
    await keepCopy(tx, context, scope.grappeId, undone)
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: porteurActor(scope),
      act: { kind: 'adaptation-undone', facts: { adaptationId: id, title: words.title } },
    })
    return done({ words })
  })
}

export async function lockCopy(tx: Database, grappeId: string): Promise<Call | null> {
  const [row] = await tx
    .select({ call: grappes.call })
    .from(grappes)
    .where(eq(grappes.id, grappeId))
    .for('update')
  return row === undefined ? null : storedCall(row.call)
}

/** Pieces that the copy comes to expect are recorded; none is removed. */
export async function keepCopy(
  tx: Database,
  { newId }: Pick<Context, 'newId'>,
  grappeId: string,
  call: Call,
): Promise<void> {
  await keepCall(tx, grappeId, call)
  await syncPieces(tx, grappeId, newId)
}

async function checkWanted(
  tx: Database,
  grappeId: string,
  call: Call,
  value: unknown,
): Promise<Outcome<Call>> {
  const read = readCall(value)
  if (!read.ok) {
    // Of one piece: its own fields, named as the form names them.
    const told = read.problems.map(({ path: [list, , ...field], mend }): [string, string] => [
      list === 'pieces' ? field.join('.') || 'code' : 'name',
      `${mend.charAt(0).toUpperCase()}${mend.slice(1)}.`,
    ])
    return refuseFields(Object.fromEntries(told))
  }
  const known = new Map(call.pieces.map(piece => [piece.code, piece]))
  for (const piece of read.call.pieces) {
    const flaw = piece.condition === null ? null : conditionFlaw(piece.condition, read.call)
    if (flaw !== null) return refuseFields({ condition: `${flaw.charAt(0).toUpperCase()}${flaw.slice(1)}.` })
    if (!known.has(piece.code) && (await wasAsked(tx, grappeId, piece.code))) {
      return refuseFields({
        code:
          `« ${piece.code} » est le code d’une pièce retirée, dont les dépôts sont gardés : ` +
          'choisissez un autre code, ou annulez le retrait.',
      })
    }
  }
  for (const { rank, sentences } of await unfitModels(tx, read.call.pieces)) {
    const piece = read.call.pieces[rank]
    const held = known.get(piece?.code ?? '')
    // What the copy holds already is not this change's to mend.
    if (piece !== undefined && !(isSame(held?.model, piece.model) && held?.scope === piece.scope))
      return refuseFields({ model: sentences.join(' ') })
  }
  // Where a piece comes from is not the porteur's to say: what it changes is marked by itself.
  return done({
    ...read.call,
    pieces: read.call.pieces.map(piece => ({
      ...piece,
      provenance: known.get(piece.code)?.provenance ?? piece.provenance,
    })),
  })
}

async function wasAsked(tx: Database, grappeId: string, code: string): Promise<boolean> {
  const rows = await tx
    .select({ code: pieces.code })
    .from(pieces)
    .where(eq(pieces.grappeId, grappeId))
    .groupBy(pieces.code)
  return rows.some(row => row.code === code)
}
