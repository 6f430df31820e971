/**
 * Asks the antivirus about every model that it has not judged: those brought before it was configured, and
 * those that this server came with. Until then nothing is filled in from them.
 */
import { and, eq, isNull } from 'drizzle-orm'
import { callModels, ownModels } from '../../../schema/tables.ts'
import { systemActor } from '../../domain/journal/entry.ts'
import { MODELS } from '../../domain/kit/models.ts'
import type { Context, Database } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import type { ScanRun } from './scan-files.ts'

const ACTOR = systemActor('Antivirus')

export async function scanModels(context: Context): Promise<ScanRun> {
  const run: ScanRun = { clean: 0, infected: 0, fault: null }
  const { antivirus, blobs } = context
  if (antivirus === null) return run
  for (const sha256 of await listUnjudged(context.db)) {
    try {
      const answer = await antivirus.scan(await blobs.open(sha256))
      if (answer.scan === 'sain') {
        await recordClean(context, sha256)
        run.clean++
      } else if (answer.scan === 'infecte') {
        await recordInfected(context, sha256)
        await blobs.quarantine(sha256)
        run.infected++
      } else run.fault = new Error(`The antivirus will not judge the model ${sha256}: ${answer.reason}`)
    } catch (cause) {
      // It may be this one or all of them: the others are asked about all the same, a minute later again.
      run.fault = new Error(`The antivirus could not be asked about the model ${sha256}`, { cause })
    }
  }
  return run
}

const unjudgedOwn = and(isNull(ownModels.scannedAt), isNull(ownModels.endedAt))

async function listUnjudged(db: Database): Promise<string[]> {
  const own = await db.selectDistinct({ sha256: ownModels.sha256 }).from(ownModels).where(unjudgedOwn)
  const ofCalls = await db
    .select({ sha256: callModels.sha256 })
    .from(callModels)
    .where(isNull(callModels.scannedAt))
  return [...new Set([...own, ...ofCalls].map(({ sha256 }) => sha256))].toSorted()
}

async function recordClean({ db, now }: Context, sha256: string): Promise<void> {
  const seen = { scannedAt: now() }
  await db.update(ownModels).set(seen).where(eq(ownModels.sha256, sha256))
  await db.update(callModels).set(seen).where(eq(callModels.sha256, sha256))
}

/** The server's own takes the place of a porteur's; a call's is not here any more, and its pages say so. */
async function recordInfected({ db, now }: Context, sha256: string): Promise<void> {
  const at = now()
  await db.transaction(async tx => {
    await tx.delete(callModels).where(eq(callModels.sha256, sha256))
    const infected = and(eq(ownModels.sha256, sha256), isNull(ownModels.endedAt))
    // One that was only tried is forgotten, as when its porteur gives it up.
    await tx.delete(ownModels).where(and(infected, isNull(ownModels.takenAt)))
    await tx.update(ownModels).set({ infectedAt: at }).where(eq(ownModels.sha256, sha256))
    const ended = await tx.update(ownModels).set({ endedAt: at }).where(infected).returning()
    for (const { grappeId, model, fileName } of ended) {
      const title = MODELS.find(({ code }) => code === model)?.title ?? model
      const act = { kind: 'own-model-ended' as const, facts: { model, title, fileName } }
      await recordChange(tx, { grappeId, at, actor: ACTOR, act })
    }
  })
}
