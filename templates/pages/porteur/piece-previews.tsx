/** The document under control, and beside it an earlier version when one is asked for. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { StoredFile, Version } from '../../../server/domain/piece.ts'
import { Preview } from '../preview.tsx'

/** An earlier version with the document of it that is shown. */
export interface EarlierVersion {
  version: Version
  file: StoredFile
}

interface PreviewsProps {
  grappeId: string
  pieceId: string
  /** Number of the current version, and its document that is shown. */
  number: number
  shown: StoredFile
  earlier: readonly EarlierVersion[]
  compared: EarlierVersion | null
}

export function Previews(props: PreviewsProps): JSX.Element {
  const { grappeId, pieceId, number, shown, earlier, compared } = props
  const pageUrl = `${urlTo('piece', { grappe: grappeId, piece: pieceId })}?fichier=${shown.id}`
  const preview = (file: StoredFile) => (
    <Preview
      file={file}
      src={urlTo('previewFile', { grappe: grappeId, file: file.id })}
      downloadHref={urlTo('file', { grappe: grappeId, file: file.id })}
    />
  )
  if (compared === null) {
    return (
      <>
        {preview(shown)}
        {earlier.length === 0 ? null : (
          <p class="actions">
            {earlier.map(({ version }) => (
              <a key={version.id} href={`${pageUrl}&comparer=${version.id}`}>
                Comparer avec la version {version.number}
              </a>
            ))}
          </p>
        )}
      </>
    )
  }
  return (
    <>
      <p class="actions">
        <a href={pageUrl}>Ne plus comparer</a>
      </p>
      <div class="compare">
        <section aria-labelledby="avant">
          <h3 id="avant">Version {compared.version.number}, avant</h3>
          {compared.version.motive === null ? null : <p>Motif du refus : {compared.version.motive}</p>}
          {preview(compared.file)}
        </section>
        <section aria-labelledby="maintenant">
          <h3 id="maintenant">Version {number}, la dernière</h3>
          {preview(shown)}
        </section>
      </div>
    </>
  )
}
