/** Draws the dossier of a grappe as it stands: one plan, from which both the ZIP and the workbook come. */
import type { Readable } from 'node:stream'
import { type DossierEntry, type DossierPlan, planDossier } from '../../domain/dossier-plan.ts'
import type { Context } from '../ports.ts'
import { listMarked } from '../read/damaged-blobs.ts'
import { readSnapshot } from '../read/read-snapshot.ts'
import { damageOf, provenOpen } from '../read/stored-bytes.ts'
import { done, type Outcome, refuse } from '../refusals.ts'

export interface Dossier {
  plan: DossierPlan
  /** Fails before its first byte, naming the pieces, when stored bytes are missing or cut short. */
  archive(): Promise<Readable>
  workbook(): Promise<Buffer>
}

/** Pieces whose stored bytes are not there any more: nothing is sent rather than a dossier without them. */
export class DamagedDossier extends Error {
  readonly entries: readonly DossierEntry[]

  constructor(entries: readonly DossierEntry[]) {
    super(
      'Stored bytes are missing or cut short: ' +
        `${entries.map(({ path, sha256 }) => `${path} (${sha256})`).join(', ')}`,
    )
    this.entries = entries
  }
}

export async function assembleDossier(context: Context, grappeId: string): Promise<Outcome<Dossier>> {
  const snapshot = await readSnapshot(context, grappeId, { exchanges: true })
  if (snapshot === null) return refuse('not-found')
  const plan = planDossier(snapshot)
  return done({
    plan,
    async archive() {
      await refuseDamaged(context, plan.entries)
      return await context.dossiers.archive(plan, provenOpen(context.blobs))
    },
    workbook: () => context.dossiers.workbook(plan),
  })
}

/** @throws DamagedDossier naming every entry whose stored bytes are not all there, or known to be altered. */
export async function refuseDamaged(
  context: Pick<Context, 'db' | 'blobs'>,
  entries: readonly DossierEntry[],
): Promise<void> {
  const damaged: DossierEntry[] = []
  const marked = await listMarked(context.db)
  for (const entry of entries) {
    const isThere = (await context.blobs.size(entry.sha256)) === entry.size
    const isStillMarked = isThere && marked.has(entry.sha256) && (await damageOf(context, entry)) !== null
    if (!isThere || isStillMarked) damaged.push(entry)
  }
  if (damaged.length > 0) throw new DamagedDossier(damaged)
}
