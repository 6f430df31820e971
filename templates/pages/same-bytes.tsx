/**
 * What is said of a file that is deposited twice: to its member about its own pieces, to the porteur about
 * all.
 */
import type { JSX } from 'preact'
import { list } from './format.ts'

/** A document of this piece that another piece holds too. */
export interface TwinFile {
  fileName: string
  /** The other piece, as the reader knows it. */
  pieceName: string
  ownerName: string
  href: string
}

interface SameBytesProps {
  twins: readonly TwinFile[]
  /** Names of documents that come again within this version. */
  repeated: readonly string[]
  /** What the reader can do about it. */
  advice: string
}

export function SameBytes({ twins, repeated, advice }: SameBytesProps): JSX.Element | null {
  if (twins.length === 0 && repeated.length === 0) return null
  return (
    <div class="same-bytes" role="note">
      <p>
        <strong>Le même fichier est là deux fois.</strong>
      </p>
      <ul>
        {twins.map(({ fileName, pieceName, ownerName, href }) => (
          <li key={`${fileName} ${href}`}>
            « {fileName} » est aussi, à l’identique, dans{' '}
            <a href={href}>
              « {pieceName} » de {ownerName}
            </a>
            .
          </li>
        ))}
        {repeated.length === 0 ? null : (
          <li>
            {list([...new Set(repeated)].map(name => `« ${name} »`))} : le même contenu est plusieurs fois
            dans ce dépôt.
          </li>
        )}
      </ul>
      <p>{advice}</p>
    </div>
  )
}
