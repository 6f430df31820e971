/** The photos of one PDF, each with its page number: other numbers make a new version of the same photos. */
import type { ComponentChildren, JSX } from 'preact'
import {
  type DocumentWithOriginals,
  documentsWithOriginals,
  type Version,
} from '../../server/domain/piece.ts'

/** Fields of the ranks: this, then the photo's id. */
export const RANK_PREFIX = 'page-'

interface PageOrderProps {
  version: Version | null
  /** Where the form of a document is sent, by the document's id. */
  actionOf: (documentId: string) => string
  /** Where a small picture of a photo is, by the photo's id. */
  thumbnailOf: (photoId: string) => string
  /** Hidden fields, such as the forgery token. */
  children?: ComponentChildren
}

export function PageOrder({ version, actionOf, thumbnailOf, children }: PageOrderProps): JSX.Element | null {
  const albums = version === null ? [] : documentsWithOriginals(version).filter(isAlbum)
  if (albums.length === 0) return null
  return (
    <section class="card" aria-labelledby="pages">
      <h2 id="pages">Ordre des pages</h2>
      <p class="hint">
        Donnez son numéro à chaque photo : le PDF est refait dans cet ordre, sans renvoyer les photos. La
        version actuelle reste dans l’historique.
      </p>
      {albums.map(({ document, originals }) => (
        <form key={document.id} method="post" action={actionOf(document.id)}>
          {children}
          <h3>{document.name}</h3>
          <ol class="page-order">
            {originals.map((photo, i) => (
              <li key={photo.id}>
                <img src={thumbnailOf(photo.id)} alt="" loading="lazy" width={96} height={128} />
                <label htmlFor={`${RANK_PREFIX}${photo.id}`}>« {photo.name} », page</label>{' '}
                <input
                  type="number"
                  class="short"
                  id={`${RANK_PREFIX}${photo.id}`}
                  name={`${RANK_PREFIX}${photo.id}`}
                  value={i + 1}
                  min={1}
                  max={originals.length}
                  required
                />
              </li>
            ))}
          </ol>
          <button type="submit" class="secondary">
            Réordonner les pages
          </button>
        </form>
      ))}
    </section>
  )
}

const isAlbum = ({ originals }: DocumentWithOriginals) => originals.length > 1
