/**
 * Sealing: one act freezes which version of which piece goes where. The files are then read again before it
 * is offered.
 */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { and, desc, eq, max } from 'drizzle-orm'
import { grappes, sealedEntries, seals } from '../../../schema/tables.ts'
import { completenessOf, type DossierPlan, planDossier, unsettledRows } from '../../domain/dossier-plan.ts'
import { sealChanges, sealFigures, sealManifest } from '../../domain/seal.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import type { Context, Database, SealedFile, StagedBlob } from '../ports.ts'
import { readSnapshot } from '../read/read-snapshot.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { noteLeftToExamine } from './left-to-examine.ts'

/** Rows of one insert: PostgreSQL takes 65,535 values at most. */
const INSERT_ROWS = 2000

type SealedPlan = DossierPlan & { seal: NonNullable<DossierPlan['seal']> }

interface StagedFile {
  path: string
  blob: StagedBlob
}

/**
 * Freezes the dossier as it stands under the next number. What changes in the grappe from then on changes
 * nothing in it.
 *
 * @param acceptIncomplete whether the porteur was told that required pieces are missing, or that nobody knows
 *   whether some are owed, and goes on.
 */
export async function sealDossier(
  context: Context,
  scope: PorteurScope,
  { acceptIncomplete }: { acceptIncomplete: boolean },
): Promise<Outcome<{ number: number }>> {
  const snapshot = await readSnapshot(context, scope.grappeId, { exchanges: true })
  if (snapshot === null) return refuse('not-found')
  const number = await nextNumber(context.db, scope.grappeId)
  const frozen = planDossier(snapshot, number)
  if (frozen.entries.length === 0) return refuse('seal-empty')
  if (!frozen.complete && !acceptIncomplete) {
    return refuse('seal-incomplete', {
      count: String(frozen.gaps.filter(row => row.required).length),
      unknown: String(unsettledRows(frozen).length),
    })
  }

  const sealedBy = scope.porteur.email
  const manifest = sealManifest(frozen, number, sealedBy)
  const hash = createHash('sha256').update(manifest).digest('hex')
  const before = await lastSealed(context.db, scope.grappeId)
  const changes = before === null ? null : sealChanges(before.plan, frozen, before.number)
  const plan = { ...frozen, seal: { number, hash, sealedBy, changes } }
  const files = await context.dossiers.drawSealed(plan, manifest)
  const drawnBytes = files.reduce((sum, { bytes }) => sum + bytes.length, 0)
  const reservation = context.disk.reserve(() => drawnBytes)
  if (reservation === null) return refuse('storage-full')
  const drawn = await stageDrawn(context, files).finally(reservation.release)
  try {
    const sealed = await record(context, scope, plan, number, drawn)
    if (sealed.ok) await context.jobs.kick('scellement')
    return sealed
  } finally {
    // Of those that were published nothing is left to discard.
    for (const { blob } of drawn) await blob.discard()
  }
}

/**
 * Writes the version down; what was drawn for it becomes part of the store in the same act, or not at all.
 */
async function record(
  context: Context,
  scope: PorteurScope,
  plan: SealedPlan,
  number: number,
  drawn: readonly StagedFile[],
): Promise<Outcome<{ number: number }>> {
  const entries = [
    ...drawn.map(({ path, blob: { sha256, crc32, size } }) => ({ path, sha256, crc32, size, fileId: null })),
    ...plan.entries,
  ]
  const { length } = context.dossiers.sealed(entries, plan)
  const { hash, sealedBy } = plan.seal

  return await context.db.transaction(async (tx): Promise<Outcome<{ number: number }>> => {
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
      ...sealFigures(plan),
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
      actor: porteurActor(scope),
      act: {
        kind: 'seal-frozen',
        facts: {
          sealId,
          sealNumber: number,
          complete: plan.complete,
          completeness: completenessOf(plan),
          deposits: plan.entries.length,
          hash,
        },
      },
    })
    await noteLeftToExamine(tx, scope.grappeId)
    for (const { blob } of drawn) await blob.publish()
    return done({ number })
  })
}

/** Each file is read once for its own SHA-256, then the whole ZIP for its own. */
export function bytesToRead(entries: readonly Pick<SealedFile, 'size'>[], zipLength: number): number {
  return entries.reduce((sum, { size }) => sum + size, zipLength)
}

/**
 * Drawn once and kept as blobs like any piece: the same bytes at every download, whatever later versions
 * draw.
 */
async function stageDrawn(
  context: Context,
  files: readonly { path: string; bytes: Uint8Array }[],
): Promise<StagedFile[]> {
  const drawn: StagedFile[] = []
  try {
    for (const { path, bytes } of files) {
      drawn.push({ path, blob: await context.blobs.stage(Readable.from([bytes])) })
    }
    return drawn
  } catch (error) {
    for (const { blob } of drawn) await blob.discard()
    throw error
  }
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
