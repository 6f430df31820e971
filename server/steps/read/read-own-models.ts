/** The models that a porteur sent for one grappe. */
import { and, desc, eq, isNotNull, isNull } from 'drizzle-orm'
import { storedTags } from '../../../schema/contracts/own-models.ts'
import { ownModels } from '../../../schema/tables.ts'
import type { OwnModel } from '../../domain/kit/own-model.ts'
import type { Database } from '../ports.ts'

/** All of them, the last sent first: tried, in place and former ones. */
export async function readOwnModels(db: Database, grappeId: string): Promise<OwnModel[]> {
  const rows = await db
    .select()
    .from(ownModels)
    .where(eq(ownModels.grappeId, grappeId))
    .orderBy(desc(ownModels.sentAt), desc(ownModels.id))
  return rows.map(ownModelOf)
}

/** Those that documents are filled in from, by the model whose place they take. */
export async function modelsInPlace(db: Database, grappeId: string): Promise<Map<string, OwnModel>> {
  const rows = await db
    .select()
    .from(ownModels)
    .where(and(eq(ownModels.grappeId, grappeId), isNotNull(ownModels.takenAt), isNull(ownModels.endedAt)))
  return new Map(rows.map(row => [row.model, ownModelOf(row)]))
}

export function ownModelOf(row: typeof ownModels.$inferSelect): OwnModel {
  const { id, model, fileName, sha256, size, tags, sentBy, sentAt, scannedAt, takenAt, endedAt } = row
  return {
    id,
    model,
    fileName,
    sha256,
    size,
    tags: storedTags(tags),
    isJudged: scannedAt !== null,
    sentBy,
    sentAt: sentAt.toISOString(),
    takenAt: takenAt?.toISOString() ?? null,
    endedAt: endedAt?.toISOString() ?? null,
  }
}
