/** Finds one stored file that may be read, within a scope; the bytes come from the store. */
import { and, eq, type SQL } from 'drizzle-orm'
import { files, pieces, versions } from '../../../schema/tables.ts'
import { type StoredFile, withheld } from '../../domain/piece.ts'
import type { Context } from '../ports.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { fileOfRow } from './read-pieces.ts'

/**
 * @param within what the caller may see, such as `ownPieces(scope)`.
 * @returns refused when there is no such file in this grappe within that scope, and when it is given to
 * nobody.
 */
export async function readFile(
  context: Pick<Context, 'db' | 'antivirus'>,
  grappeId: string,
  fileId: string,
  within?: SQL,
): Promise<Outcome<StoredFile>> {
  const [row] = await context.db
    .select({ file: files })
    .from(files)
    .innerJoin(versions, eq(files.versionId, versions.id))
    .innerJoin(pieces, eq(versions.pieceId, pieces.id))
    .where(and(eq(files.id, fileId), eq(pieces.grappeId, grappeId), within))
  if (row === undefined) return refuse('not-found')
  const file = fileOfRow(row.file)
  const reason = withheld(file, context.antivirus !== null)
  return reason === null ? done(file) : refuse(`file-${reason}`, { name: file.name, virus: file.virus ?? '' })
}
