/** A deposited document shown inside our page. */
import type { JSX } from 'preact'
import type { StoredFile } from '../../server/domain/piece.ts'

interface PreviewProps {
  file: Pick<StoredFile, 'name' | 'mediaType'>
  /** Where the document is sent to be shown in place. */
  src: string
  /** Where it is sent to be saved. */
  downloadHref: string
}

/** Opens a PDF at the width of its frame: for Chromium's viewer, then for Firefox'. */
const PAGE_WIDTH = '#navpanes=0&view=FitH&zoom=page-width'

/**
 * An image is an `img`, which never runs anything. A PDF is framed without the `sandbox` attribute: with it,
 * whatever it allows, Chromium shows a blank frame. The sandbox travels with the document instead (see
 * `sendFile`).
 */
export function Preview({ file, src, downloadHref }: PreviewProps): JSX.Element {
  return (
    <>
      <div class="preview" data-preview>
        {file.mediaType.startsWith('image/') ? (
          <img src={src} alt={`Aperçu de « ${file.name} »`} loading="lazy" />
        ) : (
          <iframe src={`${src}${PAGE_WIDTH}`} title={`Aperçu de « ${file.name} »`} loading="lazy" />
        )}
      </div>
      <p class="actions">
        <a href={src} target="_blank" rel="noopener">
          Ouvrir « {file.name} » dans un nouvel onglet
        </a>
        <a href={downloadHref} download>
          Télécharger
        </a>
      </p>
    </>
  )
}
