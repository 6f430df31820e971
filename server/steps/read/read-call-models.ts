/** The Word files that calls bring, by their bytes. */
import { inArray } from 'drizzle-orm'
import { storedParts } from '../../../schema/contracts/own-models.ts'
import { callModels } from '../../../schema/tables.ts'
import type { CallModel, PieceDefinition } from '../../domain/call.ts'
import { tagFlaws } from '../../domain/kit/check-tags.ts'
import { flawWords } from '../../domain/kit/flaw-words.ts'
import type { KeptModel } from '../../domain/kit/own-model.ts'
import type { Database } from '../ports.ts'

type Bringing = Pick<PieceDefinition<unknown>, 'code' | 'scope' | 'model'>

/** Those that these pieces bring and that this server has, by their SHA-256. */
export async function callModelsOf(
  db: Database,
  pieces: readonly Pick<Bringing, 'model'>[],
): Promise<Map<string, KeptModel>> {
  const hashes = [...new Set(pieces.flatMap(({ model }) => model?.sha256 ?? []))]
  // Most calls bring none.
  if (hashes.length === 0) return new Map()
  const rows = await db.select().from(callModels).where(inArray(callModels.sha256, hashes))
  return new Map(
    rows.map(({ sha256, fileName, size, parts: stored, scannedAt }) => {
      const parts = storedParts(stored)
      const tags = parts.flatMap(each => each.tags)
      return [sha256, { sha256, fileName, size, parts, tags, isJudged: scannedAt !== null }]
    }),
  )
}

/** Why the model of each piece cannot be filled in, as sentences, by the rank of the piece. */
export async function unfitModels(
  db: Database,
  pieces: readonly Bringing[],
): Promise<{ rank: number; sentences: readonly string[] }[]> {
  const kept = await callModelsOf(db, pieces)
  return pieces.flatMap(({ model, scope }, rank) => {
    const sentences = model === undefined ? [] : flawsOf(model, kept.get(model.sha256 ?? ''), scope)
    return sentences.length === 0 ? [] : [{ rank, sentences }]
  })
}

/** Its tags were checked for the scope that the piece had when it was sent. */
function flawsOf(
  { fileName }: CallModel,
  kept: KeptModel | undefined,
  scope: PieceDefinition['scope'],
): string[] {
  return kept === undefined
    ? [`Le modèle « ${fileName} » n’est pas sur ce serveur : envoyez-le, ou retirez-le de la pièce.`]
    : tagFlaws(kept.parts, scope).map(flawWords)
}
