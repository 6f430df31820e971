/**
 * A porteur's own model in the place of one of the kit: sent and checked, tried on a member, taken, ended.
 * Nothing changes for anybody before it is taken.
 */
import { and, eq, isNull } from 'drizzle-orm'
import { ownModels } from '../../../schema/tables.ts'
import { displayName } from '../../domain/file-acceptance.ts'
import type { DocumentModel } from '../../domain/kit/models.ts'
import type { OwnModel } from '../../domain/kit/own-model.ts'
import { printed } from '../../domain/kit/print.ts'
import { valuesFor } from '../../domain/kit/values.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import { judgeModel, keepModelBytes, type SentModel } from '../keep-model.ts'
import type { Context, Database } from '../ports.ts'
import { ownModelOf } from '../read/read-own-models.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { type Kit, ownersWith } from './hand-out-kit.ts'

/**
 * Keeps it to be tried, in the place of the one that was; all its flaws are told at once, and then nothing
 * changes.
 */
export async function sendModel(
  context: Context,
  scope: PorteurScope,
  kit: Kit,
  model: DocumentModel,
  { name, bytes }: SentModel,
): Promise<Outcome<OwnModel>> {
  if (scope.archivedOn !== null) return refuse('grappe-archived')
  const [owner] = ownersWith(kit, model)
  // Filled in once for the first member that it is for.
  const facts = owner === undefined ? null : printed(valuesFor(kit.facts, owner))
  const judged = await judgeModel(context, bytes, model.scope, facts)
  if (!judged.ok) return judged
  const kept = await keepModelBytes(context, bytes)
  if (!kept.ok) return kept
  const values = {
    id: context.newId(),
    grappeId: scope.grappeId,
    model: model.code,
    fileName: displayName(name),
    sha256: kept.value,
    size: bytes.length,
    tags: judged.value.flatMap(({ tags }) => tags),
    sentBy: porteurActor(scope).name,
    sentAt: context.now(),
    scannedAt: context.antivirus === null ? null : context.now(),
  }
  return await context.db.transaction(async (tx): Promise<Outcome<OwnModel>> => {
    await tx.delete(ownModels).where(and(isOf(scope, model), isNull(ownModels.takenAt)))
    const [row] = await tx.insert(ownModels).values(values).onConflictDoNothing().returning()
    // Two were sent at the same moment: the other one is the one that is tried.
    return row === undefined ? refuse('model-superseded') : done(ownModelOf(row))
  })
}

const isOf = ({ grappeId }: PorteurScope, { code }: DocumentModel) =>
  and(eq(ownModels.grappeId, grappeId), eq(ownModels.model, code))

/** From now on every document of this model is filled in from it; taken twice, it is taken once. */
export async function takeModel(
  context: Context,
  scope: PorteurScope,
  model: DocumentModel,
  id: string,
): Promise<Outcome<OwnModel>> {
  if (scope.archivedOn !== null) return refuse('grappe-archived')
  const at = context.now()
  return await context.db.transaction(async (tx): Promise<Outcome<OwnModel>> => {
    const row = await lockOne(tx, scope, model, id)
    if (row === undefined || row.endedAt !== null) return refuse('model-superseded')
    if (row.takenAt !== null) return done(ownModelOf(row))
    const others = await tx.select().from(ownModels).where(isOf(scope, model)).for('update')
    for (const other of others.filter(({ takenAt, endedAt }) => takenAt !== null && endedAt === null)) {
      await tx.update(ownModels).set({ endedAt: at }).where(eq(ownModels.id, other.id))
    }
    await tx.update(ownModels).set({ takenAt: at }).where(eq(ownModels.id, id))
    const { fileName, sha256 } = row
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at,
      actor: porteurActor(scope),
      act: {
        kind: 'own-model-taken',
        facts: { model: model.code, title: model.title, fileName, sha256 },
      },
    })
    return done(ownModelOf({ ...row, takenAt: at }))
  })
}

/** Back to the model of this server; one that was only tried is forgotten. */
export async function endModel(
  context: Context,
  scope: PorteurScope,
  model: DocumentModel,
  id: string,
): Promise<Outcome<{ wasTaken: boolean }>> {
  if (scope.archivedOn !== null) return refuse('grappe-archived')
  const at = context.now()
  return await context.db.transaction(async (tx): Promise<Outcome<{ wasTaken: boolean }>> => {
    const row = await lockOne(tx, scope, model, id)
    if (row === undefined || row.endedAt !== null) return refuse('model-superseded')
    if (row.takenAt === null) {
      await tx.delete(ownModels).where(eq(ownModels.id, id))
      return done({ wasTaken: false })
    }
    await tx.update(ownModels).set({ endedAt: at }).where(eq(ownModels.id, id))
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at,
      actor: porteurActor(scope),
      act: {
        kind: 'own-model-ended',
        facts: { model: model.code, title: model.title, fileName: row.fileName },
      },
    })
    return done({ wasTaken: true })
  })
}

async function lockOne(tx: Database, scope: PorteurScope, model: DocumentModel, id: string) {
  const [row] = await tx
    .select()
    .from(ownModels)
    .where(and(isOf(scope, model), eq(ownModels.id, id)))
    .for('update')
  return row
}
