/** Sealing: one act freezes which version of which piece goes where. The files are then read again before it is offered. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { and, desc, eq, max } from 'drizzle-orm'
import { grappes, sealedEntries, seals } from '../../schema/tables.ts'
import { type DossierPlan, planDossier } from '../domain/dossier-plan.ts'
import { sealChanges, sealManifest } from '../domain/seal.ts'
import type { PorteurScope } from './porteur-scope.ts'
import type { Context, Database, SealedFile } from './ports.ts'
import { readSnapshot } from './read-grappe.ts'
import { recordChange } from './record-change.ts'
import { done, type Outcome, refuse } from './refusals.ts'

/** Rows of one insert: PostgreSQL takes 65,535 values at most. */
const INSERT_ROWS = 2000

/**
 * Freezes the dossier as it stands under the next number. What changes in the grappe from then on changes nothing in it.
 *
 * @param acceptIncomplete whether the porteur was told that required pieces are missing, and goes on.
 */
export async function sealDossier(
  context: Context,
  scope: PorteurScope,
  { acceptIncomplete }: { acceptIncomplete: boolean },
): Promise<Outcome<{ number: number }>> {
  const snapshot = await readSnapshot(context, scope.grappeId)
  if (snapshot === null) return refuse('not-found')
  const number = await nextNumber(context.db, scope.grappeId)
  const frozen = planDossier(snapshot, number)
  if (frozen.entries.length === 0) return refuse('seal-empty')
  if (!frozen.complete && !acceptIncomplete) {
    return refuse('seal-incomplete', { count: String(frozen.gaps.filter(row => row.required).length) })
  }

  const sealedBy = scope.porteur.email
  const manifest = sealManifest(frozen, number, sealedBy)
  const hash = createHash('sha256').update(manifest).digest('hex')
  const before = await lastSealed(context.db, scope.grappeId)
  const changes = before === null ? null : sealChanges(before.plan, frozen, before.number)
  const plan: DossierPlan = { ...frozen, seal: { number, hash, sealedBy, changes } }
  const drawn = await keepDrawn(context, plan, manifest)
  const entries = [...drawn.map(file => ({ ...file, fileId: null })), ...plan.entries]
  const { length } = context.dossiers.sealed(entries, plan)

  const sealed = await context.db.transaction(async (tx): Promise<Outcome<{ number: number }>> => {
    // Two seals at the same moment wait here for each other: the second finds its number taken.
    await tx.select({ id: grappes.id }).from(grappes).where(eq(grappes.id, scope.grappeId)).for('update')
    const [running] = await tx
      .select({ id: seals.id })
      .from(seals)
      .where(and(eq(seals.grappeId, scope.grappeId), eq(seals.state, 'verification')))
    if (running !== undefined || (await nextNumber(tx, scope.grappeId)) !== number)
      return refuse('seal-running')

    const sealId = context.newId()
    await tx.insert(seals).values({
      id: sealId,
      grappeId: scope.grappeId,
      number,
      state: 'verification',
      sealedAt: new Date(plan.takenAt),
      sealedBy,
      plan,
      complete: plan.complete,
      sealHash: hash,
      zipLength: length,
      totalBytes: bytesToRead(entries, length),
    })
    const rows = entries.map((entry, position) => ({
      sealId,
      position,
      path: entry.path,
      sha256: entry.sha256,
      crc32: entry.crc32,
      size: entry.size,
      fileId: entry.fileId,
    }))
    for (let at = 0; at < rows.length; at += INSERT_ROWS) {
      await tx.insert(sealedEntries).values(rows.slice(at, at + INSERT_ROWS))
    }
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: sealedBy,
      event: `Version ${number} du dossier figée (${plan.complete ? 'complète' : 'INCOMPLÈTE'}, fichiers déposés : ${plan.entries.length}, sceau ${hash}) : ses fichiers sont relus avant qu’elle soit remise.`,
    })
    return done({ number })
  })
  if (sealed.ok) await context.jobs.kick('scellement')
  return sealed
}

/** Each file is read once for its own SHA-256, then the whole ZIP for its own. */
export function bytesToRead(entries: readonly Pick<SealedFile, 'size'>[], zipLength: number): number {
  return entries.reduce((sum, { size }) => sum + size, zipLength)
}

/** Drawn once and kept as blobs like any piece: the same bytes at every download, whatever later versions draw. */
async function keepDrawn(context: Context, plan: DossierPlan, manifest: string): Promise<SealedFile[]> {
  const drawn: SealedFile[] = []
  for (const { path, bytes } of await context.dossiers.drawSealed(plan, manifest)) {
    const blob = await context.blobs.stage(Readable.from([bytes]))
    await blob.publish()
    drawn.push({ path, sha256: blob.sha256, crc32: blob.crc32, size: blob.size })
  }
  return drawn
}

async function nextNumber(db: Database, grappeId: string): Promise<number> {
  const [row] = await db
    .select({ last: max(seals.number) })
    .from(seals)
    .where(eq(seals.grappeId, grappeId))
  return (row?.last ?? 0) + 1
}

async function lastSealed(
  db: Database,
  grappeId: string,
): Promise<{ number: number; plan: DossierPlan } | null> {
  const [row] = await db
    .select({ number: seals.number, plan: seals.plan })
    .from(seals)
    .where(and(eq(seals.grappeId, grappeId), eq(seals.state, 'scelle')))
    .orderBy(desc(seals.number))
    .limit(1)
  return row ?? null
}
