/** The file field of a deposit form, the same for members and porteurs; `assets/upload.js` makes it livelier. */
import type { JSX } from 'preact'
import type { PieceDefinition } from '../../server/domain/call.ts'
import {
  acceptedExtensions,
  BYTES_PER_MB,
  formatList,
  mayChooseSeveral,
} from '../../server/domain/file-acceptance.ts'
import { assetUrl, type Frame } from './layout.tsx'

/** What the script needs of the form: where its uploads go, and the script of their protocol. */
export function uploadHooks(frame: Frame, uploads: string) {
  return { 'data-upload': uploads, 'data-tus': assetUrl(frame, 'tus.min.js') }
}

interface UploadFieldProps {
  definition: Pick<PieceDefinition, 'severalFiles' | 'formats' | 'maxFileMb'>
  label: string
  /** Said after the formats and the size. */
  hint?: string
  /** What was wrong with the files just sent; null otherwise. */
  error: string | null
}

export function UploadField({ definition, label, hint = '', error }: UploadFieldProps): JSX.Element {
  const { severalFiles, formats, maxFileMb } = definition
  return (
    <div class={error === null ? 'field' : 'field invalid'}>
      <label htmlFor="fichiers">{label}</label>
      <p class="hint" id="fichiers-aide">
        {formatList(formats)}, {maxFileMb} Mo au plus
        {severalFiles ? ' par fichier, plusieurs à la fois si besoin' : ''}.
        {formats.includes('pdf')
          ? ' Des photos de téléphone conviennent : elles deviennent un seul PDF, une page par photo.'
          : ''}
        {hint}
      </p>
      {error === null ? null : (
        <p class="field-error" id="fichiers-erreur">
          {error}
        </p>
      )}
      <input
        type="file"
        id="fichiers"
        name="fichiers"
        multiple={mayChooseSeveral(definition)}
        accept={acceptedExtensions(formats).join(',')}
        aria-describedby={error === null ? 'fichiers-aide' : 'fichiers-aide fichiers-erreur'}
        {...(error === null ? {} : { 'aria-invalid': true as const })}
        data-upload-input
        data-max-bytes={String(maxFileMb * BYTES_PER_MB)}
        data-formats={formats.join(',')}
        data-several={severalFiles ? 'oui' : 'non'}
      />
    </div>
  )
}
