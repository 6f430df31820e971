/** The files of one member in a sealed version, as a ZIP made on the spot. */
import type { Readable } from 'node:stream'
import type { Context } from '../ports.ts'
import { readSealedPlan } from '../read/read-seals.ts'
import { provenOpen } from '../read/stored-bytes.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { refuseDamaged } from './assemble-dossier.ts'
import type { ReadSeal } from './review-piece.ts'

export interface MemberArchive {
  /** Without extension. */
  fileName: string
  memberName: string
  /** Fails before its first byte, naming the pieces, when stored bytes are missing or cut short. */
  open(): Promise<Readable>
}

/**
 * @param ownerId of the OG or ESMS; null for the grappe itself.
 * @returns a refusal when that version holds no file of this member.
 */
export async function memberArchive(
  context: Pick<Context, 'db' | 'blobs' | 'dossiers'>,
  seal: ReadSeal,
  ownerId: string | null,
): Promise<Outcome<MemberArchive>> {
  const plan = await readSealedPlan(context, seal.id)
  const owner = plan.owners.find(({ id }) => id === ownerId)
  const entries = plan.entries.filter(({ path }) => owner && path.startsWith(`${owner.folder}/`))
  if (owner === undefined || entries.length === 0) return refuse('not-found')
  return done({
    fileName: `${plan.name}_${owner.folder.split('/').at(-1)}`,
    memberName: owner.name,
    async open() {
      await refuseDamaged(context, entries)
      return await context.dossiers.excerpt({ ...plan, entries }, provenOpen(context.blobs))
    },
  })
}
