/**
 * A porteur's link and a few deposited files, written through the store and the tables: no page is needed for
 * them.
 */
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { files, pieces, versions } from '../../schema/tables.ts'
import type { OpenContext } from '../../server/context.ts'
import { issueApiToken } from '../../server/steps/access/api-tokens.ts'
import { findOrCreatePorteur } from '../../server/steps/access/sign-in.ts'
import { createGrappe } from '../../server/steps/eligibility/create-grappe.ts'

/** @returns the SHA-256 of each file, in order of hash. */
export async function keepFiles(context: OpenContext, count: number): Promise<string[]> {
  const porteur = await findOrCreatePorteur(context.db, context, 'porteuse@exemple.fr')
  await issueApiToken(context, porteur, {
    label: 'essai',
    scope: 'administrer',
    days: 90,
  })
  const about = { name: 'Grappe d’essai', call: 'demonstration', example: null }
  const created = await createGrappe(context, porteur, about)
  if (!created.ok) throw new Error('no grappe')
  const pieceId = randomUUID()
  const versionId = randomUUID()
  const at = new Date()
  const { grappeId } = created.value
  await context.db.insert(pieces).values({ id: pieceId, grappeId, code: 'essai', scope: 'grappe' })
  const version = { id: versionId, pieceId, number: 1, depositedAt: at, depositedBy: 'essai' }
  await context.db.insert(versions).values(version)
  const hashes: string[] = []
  for (let position = 0; position < count; position++) {
    const blob = await context.blobs.stage(Readable.from([Buffer.from(`${versionId} ${position}`)]))
    await blob.publish()
    const { sha256, crc32, size } = blob
    const facts = { sha256, crc32, size, name: `${position}.pdf`, mediaType: 'application/pdf' }
    await context.db.insert(files).values({ id: randomUUID(), versionId, position, ...facts })
    hashes.push(sha256)
  }
  return hashes.sort()
}
