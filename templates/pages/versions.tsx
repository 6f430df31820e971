/** The deposits of one piece, newest first, with what proves each of them. */
import type { JSX } from 'preact'
import { formatNameOf } from '../../server/domain/file-acceptance.ts'
import {
  documentsWithOriginals,
  type Scan,
  type StoredFile,
  type Version,
  withheld,
} from '../../server/domain/piece.ts'
import { Fingerprint } from './components.tsx'
import { count, fileSize, imageSize, moment } from './format.ts'

interface FilesProps {
  /** Whether deposits go through an antivirus: nothing is then opened before it was found clean. */
  antivirus: boolean
  hrefOf: (file: StoredFile) => string
}

interface VersionsProps extends FilesProps {
  versions: readonly Version[]
  timeZone: string
  /** Of its receipt as a PDF; none is offered when absent. */
  receiptHrefOf?: (version: Version) => string
}

export function Versions({ versions, timeZone, receiptHrefOf, ...files }: VersionsProps): JSX.Element {
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
          {version.motive === null ? null : <p class="muted">Motif : {version.motive}</p>}
          <FileList version={version} {...files} />
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
  version,
  ...files
}: FilesProps & { version: Pick<Version, 'files'> }): JSX.Element {
  return (
    <ul class="files">
      {documentsWithOriginals(version).map(({ document, originals }) => (
        <li key={document.id}>
          <FileLine file={document} {...files} />
          {originals.length === 0 ? null : (
            <details>
              <summary>
                {originals.length === 1 ? 'La photo d’origine' : `Les ${originals.length} photos d’origine`}
              </summary>
              <ul>
                {originals.map(photo => (
                  <li key={photo.id}>
                    <FileLine file={photo} {...files} />
                  </li>
                ))}
              </ul>
            </details>
          )}
        </li>
      ))}
    </ul>
  )
}

function FileLine({ file, antivirus, hrefOf }: FilesProps & { file: StoredFile }) {
  const scan = scanWords(file, antivirus)
  return (
    <>
      {withheld(file, antivirus) === null ? (
        <a href={hrefOf(file)} download>
          {file.name}
        </a>
      ) : (
        <strong>{file.name}</strong>
      )}{' '}
      <span class="muted">{fileFacts(file).join(', ')}</span>
      {scan === null ? null : (
        <>
          <br />
          <span class={file.scan === 'infecte' ? 'field-error' : 'muted'}>{scan}</span>
        </>
      )}
      <br />
      <span class="muted">
        Empreinte SHA-256 : <Fingerprint sha256={file.sha256} />
      </span>
    </>
  )
}

/** « PDF », « 3 pages », « 1,2 Mo » ; « photo JPEG », « 3 024 × 4 032 pixels », « 2 Mo ». */
export function fileFacts({ mediaType, pageCount, width, height, size }: StoredFile): string[] {
  return [
    formatNameOf(mediaType),
    ...(pageCount === null ? [] : [count(pageCount, 'page')]),
    ...(width === null || height === null ? [] : [imageSize(width, height)]),
    fileSize(size),
  ]
}

const SCAN_WORDS: Readonly<Record<Exclude<Scan, 'non-analyse' | 'infecte'>, string>> = {
  sain: 'Antivirus : sain',
  'en-analyse': 'Antivirus : en cours d’analyse, le fichier s’ouvrira dès qu’il sera reconnu sain',
  'en-attente':
    'Antivirus : en attente, il ne répond pas pour l’instant ; le fichier s’ouvrira dès qu’il sera reconnu sain',
}

/** What the antivirus says; null where there is none, which the porteur's board says once. */
function scanWords({ scan, virus }: StoredFile, antivirus: boolean): string | null {
  if (scan === 'infecte') return `Antivirus : infecté (${virus}), mis à l’écart, personne ne peut l’ouvrir`
  if (!antivirus) return scan === 'sain' ? SCAN_WORDS.sain : null
  return SCAN_WORDS[scan === 'non-analyse' ? 'en-analyse' : scan]
}
