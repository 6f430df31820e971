/** The file field of a deposit form, for members and porteurs alike; `assets/upload.js` makes it livelier. */
import type { JSX } from 'preact'
import type { PieceDefinition } from '../../server/domain/call.ts'
import {
  acceptedExtensions,
  BYTES_PER_MB,
  formatList,
  MAX_FILES_PER_DEPOSIT,
  mayChooseSeveral,
} from '../../server/domain/file-acceptance.ts'
import { documentsOf, isUsable, type StoredFile, type Version } from '../../server/domain/piece.ts'
import { assetUrl, type Frame } from './layout.tsx'
import { fileFacts, fileLabels } from './versions.tsx'

/**
 * What the script needs of the form: where its uploads go, the script of their protocol, and whether some
 * were begun before, which it takes up at once.
 */
export function uploadHooks(frame: Frame, uploads: string, isBegun: boolean) {
  return {
    'data-upload': uploads,
    'data-tus': assetUrl(frame, 'tus.min.js'),
    ...(isBegun ? { 'data-begun': true } : {}),
  }
}

interface UploadFieldProps {
  definition: Pick<PieceDefinition, 'severalFiles' | 'formats' | 'maxFileMb'>
  label: string
  /** What was wrong with the files just sent; null otherwise. */
  error: string | null
}

/**
 * The zone and its words for a mouse are there without the script, which alone makes them true: CSS shows
 * them then.
 */
export function UploadField({ definition, label, error }: UploadFieldProps): JSX.Element {
  const { severalFiles, formats, maxFileMb } = definition
  const several = mayChooseSeveral(definition)
  return (
    <div class={error === null ? 'field' : 'field invalid'}>
      <span class="visually-hidden" id="fichiers-nom">
        {label}
      </span>
      {error === null ? null : (
        <p class="field-error" id="fichiers-erreur">
          {error}
        </p>
      )}
      <DropZone
        several={several}
        aria-describedby={error === null ? 'fichiers-aide' : 'fichiers-aide fichiers-erreur'}
        {...(error === null ? {} : { 'aria-invalid': true as const })}
        accept={acceptedExtensions(formats).join(',')}
        data-max-bytes={String(maxFileMb * BYTES_PER_MB)}
        data-formats={formats.join(',')}
        data-several={severalFiles ? 'oui' : 'non'}
        data-most-files={String(MAX_FILES_PER_DEPOSIT)}
      />
      <p class="hint" id="fichiers-aide">
        {formatList(formats)}, {maxFileMb} Mo au plus
        {severalFiles ? ' par fichier, plusieurs à la fois si besoin' : ''}.
        {formats.includes('pdf')
          ? ' Des photos de téléphone conviennent : elles deviennent un seul PDF, une page par photo.'
          : ''}
      </p>
    </div>
  )
}

/**
 * Where files are chosen or dropped, named by `#fichiers-nom`. What the script reads of the input is given
 * to it as it is: see `assets/upload.js`.
 */
export function DropZone({ several, ...input }: { several: boolean } & JSX.IntrinsicElements['input']) {
  return (
    <div class="drop" data-drop>
      <input
        type="file"
        id="fichiers"
        name="fichiers"
        multiple={several}
        aria-labelledby="fichiers-nom fichiers-bouton"
        data-upload-input
        {...input}
      />
      <label class="button secondary" htmlFor="fichiers" id="fichiers-bouton">
        {several ? 'Choisir des fichiers' : 'Choisir un fichier'}
      </label>
      {several ? (
        <button type="button" class="link" data-choose-folder>
          Choisir un dossier
        </button>
      ) : null}
      <p class="drop-words">
        {several
          ? 'ou glissez ici vos fichiers ou un dossier, ou collez-les (Ctrl + V)'
          : 'ou glissez ici votre fichier, ou collez-le (Ctrl + V)'}
      </p>
      <p class="drop-chosen" data-chosen hidden />
    </div>
  )
}

interface KeepFilesProps {
  definition: Pick<PieceDefinition, 'severalFiles'>
  /** The current version. */
  version: Version | null
  /** Ids of its documents that are ticked. */
  kept: readonly string[]
}

/** File by file, what goes along into the next version; a new deposit replaces all of it otherwise. */
export function KeepFiles({ definition, version, kept }: KeepFilesProps): JSX.Element | null {
  if (version === null) return null
  const documents = documentsOf(version)
  const labels = fileLabels(documents)
  if (!definition.severalFiles) {
    return (
      <p>
        Votre fichier remplacera {documents.map(({ name }) => `« ${name} »`).join(', ')}, qui reste dans
        l’historique.
      </p>
    )
  }
  return (
    <fieldset class="field keep">
      <legend>Votre dépôt remplace la version {version.number}. Que garder avec lui ?</legend>
      {documents.map((file, position) => (
        <div key={file.id} class="choice">
          <input
            type="checkbox"
            id={`garder-${file.id}`}
            name="garder"
            value={file.id}
            checked={kept.includes(file.id)}
            disabled={!isUsable(file)}
          />
          <label htmlFor={`garder-${file.id}`}>
            {labels[position]} <span class="muted">{keptFacts(file)}</span>
          </label>
        </div>
      ))}
    </fieldset>
  )
}

const keptFacts = (file: StoredFile) =>
  isUsable(file)
    ? fileFacts(file).join(', ')
    : `${file.scan === 'infecte' ? 'infecté' : 'abîmé sur le serveur'} : ne peut pas être gardé`
