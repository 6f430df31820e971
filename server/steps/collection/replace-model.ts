/**
 * A porteur's own model in the place of one of the kit: sent and checked, tried on a member, taken, ended.
 * Nothing changes for anybody before it is taken.
 */
import { Readable } from 'node:stream'
import { and, eq, isNull } from 'drizzle-orm'
import { ownModels } from '../../../schema/tables.ts'
import { BYTES_PER_MB, displayName } from '../../domain/file-acceptance.ts'
import { isDiskFull } from '../../domain/full-disk.ts'
import { tagFlaws } from '../../domain/kit/check-tags.ts'
import { flawWords } from '../../domain/kit/flaw-words.ts'
import type { DocumentModel } from '../../domain/kit/models.ts'
import { MAX_MODEL_MB, type ModelFlaw, type OwnModel } from '../../domain/kit/own-model.ts'
import { printed, type ReadTag } from '../../domain/kit/print.ts'
import { valuesFor } from '../../domain/kit/values.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import type { Context, Database } from '../ports.ts'
import { ownModelOf } from '../read/read-own-models.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse, refuseFields } from '../refusals.ts'
import { type Kit, ownersWith } from './hand-out-kit.ts'

export interface SentModel {
  /** As the client sent it: any text at all. */
  name: string
  /** Cut at one byte more than a model may have. */
  bytes: Buffer
}

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
  const read = await readModel(context, kit, model, bytes)
  if (!read.ok)
    return refuseFields(
      Object.fromEntries(read.flaws.map((flaw, rank) => [`fichier.${rank + 1}`, flawWords(flaw)])),
    )
  const kept = await keepBytes(context, bytes)
  if (!kept.ok) return kept
  const values = {
    id: context.newId(),
    grappeId: scope.grappeId,
    model: model.code,
    fileName: displayName(name),
    sha256: kept.value,
    size: bytes.length,
    tags: read.tags,
    sentBy: porteurActor(scope).name,
    sentAt: context.now(),
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

/** Read, judged by the antivirus, and filled in once for the first member that it is for. */
async function readModel(
  context: Context,
  kit: Kit,
  model: DocumentModel,
  bytes: Buffer,
): Promise<{ ok: true; tags: ReadTag[] } | { ok: false; flaws: readonly ModelFlaw[] }> {
  if (bytes.length > MAX_MODEL_MB * BYTES_PER_MB) return { ok: false, flaws: [{ kind: 'too-large' }] }
  const { flaws: found, filled } = await context.ownModels.check(bytes)
  const flaws = [...found, ...tagFlaws(filled, model.scope)]
  if (flaws.length > 0) return { ok: false, flaws }
  const scanned = await scan(context, bytes)
  if (scanned !== null) return { ok: false, flaws: [scanned] }
  const [owner] = ownersWith(kit, model)
  if (owner !== undefined) {
    const tried = await context.ownModels.fill(bytes, printed(valuesFor(kit.facts, owner)))
    if (!tried.ok) return { ok: false, flaws: [{ kind: tried.why }] }
  }
  return { ok: true, tags: filled.flatMap(({ tags }) => tags) }
}

/** Null when it is clean, or when no antivirus is configured; one that does not answer is no yes. */
async function scan({ antivirus }: Context, bytes: Buffer): Promise<ModelFlaw | null> {
  if (antivirus === null) return null
  const answer = await antivirus.scan(Readable.from([bytes])).catch(() => null)
  if (answer?.scan === 'infecte') return { kind: 'infected', virus: answer.virus }
  return answer?.scan === 'sain' ? null : { kind: 'unscanned' }
}

/** Bytes first, row after: a row never points at bytes that a power cut could take away. */
async function keepBytes({ blobs }: Context, bytes: Buffer): Promise<Outcome<string>> {
  try {
    const staged = await blobs.stage(Readable.from([bytes]))
    await staged.publish()
    return done(staged.sha256)
  } catch (error) {
    if (error instanceof Error && isDiskFull(error)) return refuse('storage-full')
    throw error
  }
}

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
