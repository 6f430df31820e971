/** The models of one grappe, and one of them tried on a member before it is taken. Reads only. */
import { kitDocumentName } from '../../domain/dossier-names.ts'
import type { DocumentModel } from '../../domain/kit/models.ts'
import type { OwnModel } from '../../domain/kit/own-model.ts'
import { missingIn, printed } from '../../domain/kit/print.ts'
import { type KitOwner, type MissingFact, ownerKey, valuesFor } from '../../domain/kit/values.ts'
import type { Context } from '../ports.ts'
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
