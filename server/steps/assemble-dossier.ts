/** Draws the dossier of a grappe as it stands: one plan, from which both the ZIP and the workbook come. */
import type { Readable } from 'node:stream'
import { type DossierPlan, planDossier } from '../domain/dossier-plan.ts'
import type { Context } from './ports.ts'
import { readSnapshot } from './read-grappe.ts'

export interface Dossier {
  plan: DossierPlan
  archive(): Promise<Readable>
  workbook(): Promise<Buffer>
}

/** @returns null when there is no such grappe. */
export async function assembleDossier(context: Context, grappeId: string): Promise<Dossier | null> {
  const snapshot = await readSnapshot(context, grappeId)
  if (snapshot === null) return null
  const plan = planDossier(snapshot)
  return {
    plan,
    archive: () => context.dossiers.archive(plan, sha256 => context.blobs.open(sha256)),
    workbook: () => context.dossiers.workbook(plan),
  }
}
