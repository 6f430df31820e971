/**
 * Puts the pages of a document made of photos in another order: a new version, from the photos as they were
 * sent.
 */
import { currentVersion, documentsWithOriginals, type StoredFile, withheld } from '../../domain/piece.ts'
import type { PieceSide } from '../access/piece-sides.ts'
import type { Context } from '../ports.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import type { DepositTarget } from './find-deposit-target.ts'
import { remakePdf } from './prepare-files.ts'
import { recordVersion, type VersionFile } from './receive-document.ts'

/**
 * @param documentId a document of the current version.
 * @param rankOf the rank asked for each of its photos, by id; those without one, or with the same one, keep
 * their order.
 */
export async function reorderPages(
  context: Context,
  scope: PieceSide,
  target: DepositTarget,
  documentId: string,
  rankOf: ReadonlyMap<string, number>,
): Promise<Outcome<{ number: number }>> {
  const current = currentVersion(target.piece)
  const found = current && documentsWithOriginals(current).find(({ document }) => document.id === documentId)
  if (current === null || !found || found.originals.length < 2) return refuse('not-found')
  const reason = found.originals.map(file => withheld(file, context.antivirus !== null)).find(Boolean)
  if (reason) return refuse(`file-${reason}`)

  const rank = (file: StoredFile) => rankOf.get(file.id) ?? found.originals.indexOf(file) + 1
  const pages = found.originals.toSorted((a, b) => rank(a) - rank(b))
  const { document, blob } = await remakePdf(context, pages)
  await blob.publish()
  const remade: VersionFile[] = [{ ...document, role: 'document' }, ...pages]
  const files: VersionFile[] = [...current.files]
  files.splice(current.files.indexOf(found.document), remade.length, ...remade)
  const recorded = await recordVersion(context, scope, target, piece =>
    currentVersion(piece)?.id === current.id ? files : null,
  )
  if (!recorded.ok) return recorded
  if (context.antivirus !== null) await context.jobs.kick('antivirus')
  return done({ number: recorded.value.version.number })
}
