/**
 * The same bytes deposited twice, most often one file chosen for two pieces by mistake: said, never
 * refused.
 */
import { currentVersion, documentsOf, type Piece, type Version } from './piece.ts'

/** A document of a piece that another piece holds today. */
export interface Twin {
  fileName: string
  elsewhere: Piece
}

/** @param pieces those that the reader may see. */
export function twinsOf(piece: Pick<Piece, 'id' | 'versions'>, pieces: readonly Piece[]): Twin[] {
  const own = currentDocuments(piece)
  return pieces
    .filter(({ id }) => id !== piece.id)
    .flatMap(elsewhere => {
      const theirs = new Set(currentDocuments(elsewhere).map(({ sha256 }) => sha256))
      return own.filter(({ sha256 }) => theirs.has(sha256)).map(({ name }) => ({ fileName: name, elsewhere }))
    })
}

/** Names of the documents that come again, under any name, within one version. */
export function repeatedIn(version: Pick<Version, 'files'> | null): string[] {
  const documents = version === null ? [] : documentsOf(version)
  return documents
    .filter(({ sha256 }, position) => documents.findIndex(each => each.sha256 === sha256) < position)
    .map(({ name }) => name)
}

function currentDocuments(piece: Pick<Piece, 'versions'>) {
  const version = currentVersion(piece)
  return version === null ? [] : documentsOf(version)
}
