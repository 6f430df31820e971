/** Finds one stored file within a scope; the bytes come from the store. */
import { and, eq, type SQL } from 'drizzle-orm'
import { files, pieces, versions } from '../../schema/tables.ts'
import type { StoredFile } from '../domain/piece.ts'
import type { Context } from './ports.ts'
import { fileOfRow } from './read-grappe.ts'

/**
 * @param within what the caller may see, such as `ownPieces(scope)`.
 * @returns null when there is no such file in this grappe within that scope.
 */
export async function readFile(
  context: Pick<Context, 'db'>,
  grappeId: string,
  fileId: string,
  within?: SQL,
): Promise<StoredFile | null> {
  const [row] = await context.db
    .select({ file: files })
    .from(files)
    .innerJoin(versions, eq(files.versionId, versions.id))
    .innerJoin(pieces, eq(versions.pieceId, pieces.id))
    .where(and(eq(files.id, fileId), eq(pieces.grappeId, grappeId), within))
  if (row === undefined) return null
  return fileOfRow(row.file)
}
