/** PDF and pictures shown in place. What they may do is limited by the policy they are sent with. */
import type { JSX } from 'preact'
import type { StoredFile } from '../../server/domain/piece.ts'

interface PreviewProps {
  /** Only files that browsers show. */
  files: readonly StoredFile[]
  hrefOf: (file: StoredFile) => string
}

export function Preview({ files, hrefOf }: PreviewProps): JSX.Element | null {
  if (files.length === 0) return null
  return (
    <section aria-labelledby="apercu" data-preview>
      <h2 id="apercu">Aperçu</h2>
      {files.map(file => (
        <figure class="preview" key={file.id}>
          <figcaption>
            <a href={hrefOf(file)}>{file.name}</a>
          </figcaption>
          {file.mediaType === 'application/pdf' ? (
            <iframe src={hrefOf(file)} title={`Aperçu de ${file.name}`} loading="lazy" />
          ) : (
            <img src={hrefOf(file)} alt={`Aperçu de ${file.name}`} loading="lazy" />
          )}
        </figure>
      ))}
    </section>
  )
}
