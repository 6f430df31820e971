/** The deposits of one piece, newest first, with what proves each of them. */
import type { JSX } from 'preact'
import { formatNameOf } from '../../server/domain/file-acceptance.ts'
import type { StoredFile, Version } from '../../server/domain/piece.ts'
import { Fingerprint } from './components.tsx'
import { fileSize, moment } from './format.ts'

interface VersionsProps {
  versions: readonly Version[]
  timeZone: string
  hrefOf: (file: StoredFile) => string
  /** Of its receipt as a PDF; none is offered when absent. */
  receiptHrefOf?: (version: Version) => string
}

export function Versions({ versions, timeZone, hrefOf, receiptHrefOf }: VersionsProps): JSX.Element {
  return (
    <ol class="versions" reversed>
      {versions.toReversed().map(version => (
        <li key={version.id}>
          <h3>Version {version.number}</h3>
          <p>
            Déposée {moment(version.depositedAt, timeZone)} par {version.depositedBy}.
            {version.decidedAt === null || version.decision === null
              ? ''
              : ` ${version.decision === 'acceptee' ? 'Acceptée' : 'Refusée'} ${moment(version.decidedAt, timeZone)}.`}
          </p>
          {version.motive === null ? null : <p class="muted">Motif : {version.motive}</p>}
          <FileList files={version.files} hrefOf={hrefOf} />
          {receiptHrefOf === undefined ? null : (
            <p>
              <a
                href={receiptHrefOf(version)}
                aria-label={`Accusé de dépôt de la version ${version.number}, PDF`}
              >
                Accusé de dépôt (PDF)
              </a>
            </p>
          )}
        </li>
      ))}
    </ol>
  )
}

export function FileList({
  files,
  hrefOf,
}: {
  files: readonly StoredFile[]
  hrefOf: (file: StoredFile) => string
}): JSX.Element {
  return (
    <ul class="files">
      {files.map(file => (
        <li key={file.id}>
          <a href={hrefOf(file)} download>
            {file.name}
          </a>{' '}
          <span class="muted">
            {formatNameOf(file.mediaType)}, {fileSize(file.size)}
          </span>
          <br />
          <span class="muted">
            Empreinte SHA-256 : <Fingerprint sha256={file.sha256} />
          </span>
        </li>
      ))}
    </ul>
  )
}
