/**
 * The models of one grappe or of its call, and one of them tried on a member before it is taken. Reads only.
 */
import { kitDocumentName } from '../../domain/dossier-names.ts'
import { type DocumentModel, documentOfPiece } from '../../domain/kit/models.ts'
import type { BroughtModel, OwnModel } from '../../domain/kit/own-model.ts'
import { missingIn, printed } from '../../domain/kit/print.ts'
import { type KitOwner, type MissingFact, ownerKey, valuesFor } from '../../domain/kit/values.ts'
import type { Context } from '../ports.ts'
import { callModelsOf } from '../read/read-call-models.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { fillIn, type Kit, ownersWith } from './hand-out-kit.ts'

/** What stands in the place of one model. */
export interface ModelShelf {
  /** Null: that of this server. */
  inPlace: OwnModel | null
  /** Sent, and not taken yet. */
  tried: OwnModel | null
  /** The last ended first. */
  former: readonly OwnModel[]
}

export function shelfOf(all: readonly OwnModel[], { code }: DocumentModel): ModelShelf {
  const own = all.filter(({ model }) => model === code)
  return {
    inPlace: own.find(({ takenAt, endedAt }) => takenAt !== null && endedAt === null) ?? null,
    tried: own.find(({ takenAt }) => takenAt === null) ?? null,
    former: own
      .filter(({ endedAt }) => endedAt !== null)
      .toSorted((a, b) => (b.endedAt ?? '').localeCompare(a.endedAt ?? '')),
  }
}

/** The one that is asked for, else the first for whom the model is; null when it is for nobody. */
export function ownerToTry(kit: Kit, model: DocumentModel, asked: string): KitOwner | null {
  const owners = ownersWith(kit, model)
  return owners.find(owner => ownerKey(owner) === asked) ?? owners[0] ?? null
}

/** What it would show as missing. */
export const lackingIn = (kit: Kit, tried: OwnModel, owner: KitOwner): MissingFact[] =>
  missingIn(tried.tags, valuesFor(kit.facts, owner))

/** @returns not-found when nothing is tried, or for nobody. */
export async function fillTried(
  context: Context,
  kit: Kit,
  model: DocumentModel,
  { tried }: ModelShelf,
  asked: string,
): Promise<Outcome<{ fileName: string; bytes: Buffer }>> {
  const owner = ownerToTry(kit, model, asked)
  if (tried === null || owner === null) return refuse('not-found')
  const filled = await fillIn(context, tried, printed(valuesFor(kit.facts, owner)))
  return filled.ok
    ? done({ fileName: `Essai_${kitDocumentName(model.code, owner.name)}`, bytes: filled.value })
    : filled
}

/** What a call would bring for a piece of the grappe, on a member for whom it is asked. */
export interface CallTrial {
  model: DocumentModel
  brought: BroughtModel
  owners: readonly KitOwner[]
  /** Null when the piece is asked of nobody. */
  owner: KitOwner | null
  lacking: readonly MissingFact[]
}

/**
 * @param tried named by the bytes of a model that this server keeps.
 * @returns not-found when it keeps none such, or when the copy has no such piece.
 */
export async function callTrial(
  { db }: Pick<Context, 'db'>,
  kit: Kit,
  piece: string,
  tried: { fileName: string; sha256: string },
  asked: string,
): Promise<Outcome<CallTrial>> {
  const { call } = kit.facts
  const pieces = call.pieces.map(each => (each.code === piece ? { ...each, model: tried } : each))
  const definition = pieces.find(({ code }) => code === piece)
  const model = definition && documentOfPiece(definition)
  const brought = definition && (await callModelsOf(db, [definition])).get(tried.sha256)
  if (!model || brought === undefined) return refuse('not-found')
  const trying = { ...kit, facts: { ...kit.facts, call: { ...call, pieces } } }
  const owner = ownerToTry(trying, model, asked)
  const lacking = owner === null ? [] : missingIn(brought.tags, valuesFor(kit.facts, owner))
  return done({ model, brought, owners: ownersWith(trying, model), owner, lacking })
}

/** @returns not-found when it is for nobody. */
export async function fillCallTrial(
  context: Context,
  kit: Kit,
  { model, brought, owner }: CallTrial,
): Promise<Outcome<{ fileName: string; bytes: Buffer }>> {
  if (owner === null) return refuse('not-found')
  const filled = await fillIn(context, brought, printed(valuesFor(kit.facts, owner)))
  return filled.ok
    ? done({ fileName: `Essai_${kitDocumentName(model.code, owner.name)}`, bytes: filled.value })
    : filled
}
