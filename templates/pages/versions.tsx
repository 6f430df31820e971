/** The deposits of one piece, newest first, with what proves each of them. */
import type { ComponentChildren, JSX } from 'preact'
import { formatNameOf } from '../../server/domain/file-acceptance.ts'
import {
  documentsWithOriginals,
  type Scan,
  type StoredFile,
  type TakenOutVersion,
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
  /** All that was ever deposited, oldest first. */
  history: ReadonlyArray<Version | TakenOutVersion>
  timeZone: string
  /** Of its receipt as a PDF; none is offered when absent. */
  receiptHrefOf?: (version: Version) => string
  /** How the reader names the piece where a version was filed instead. */
  placeOf: (pieceId: string) => ComponentChildren
}

export function Versions({
  history,
  timeZone,
  receiptHrefOf,
  placeOf,
  ...files
}: VersionsProps): JSX.Element {
  return (
    <ol class="versions" reversed>
      {history.toReversed().map(version => (
        <li key={version.id}>
          <h3>
            Version {version.number}
            {'takenOutAt' in version ? ', retirée' : ''}
          </h3>
          <p>
            Déposée le {moment(version.depositedAt, timeZone)} par {version.depositedBy}.
            {version.decidedAt === null || version.decision === null
              ? ''
              : ` ${version.decision === 'acceptee' ? 'Acceptée' : 'Refusée'} ` +
                `le ${moment(version.decidedAt, timeZone)}.`}
          </p>
          {'takenOutAt' in version ? <TakenOut {...{ version, timeZone, placeOf }} /> : null}
          {version.motive === null ? null : <p class="muted">Motif : {version.motive}</p>}
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

function TakenOut({
  version: { takenOutAt, takenOutBy, movedToPieceId },
  timeZone,
  placeOf,
}: { version: TakenOutVersion } & Pick<VersionsProps, 'timeZone' | 'placeOf'>) {
  return (
    <p>
      <strong>
        Retirée le {moment(takenOutAt, timeZone)} par {takenOutBy}
      </strong>
      {movedToPieceId === null ? ' : elle ne compte plus.' : <> : classée dans {placeOf(movedToPieceId)}.</>}
    </p>
  )
}

/** The documents of a version, and the photos that they were made of. */
export function FileList({
  version,
  actsOf,
  ...files
}: FilesProps & {
  version: Pick<Version, 'files'>
  /** What can be done with a document. */
  actsOf?: (document: StoredFile, label: string) => ComponentChildren
}): JSX.Element {
  const documents = documentsWithOriginals(version)
  const labels = fileLabels(documents.map(({ document }) => document))
  return (
    <>
      <ul class="files">
        {documents.map(({ document, originals }, position) => (
          <li key={document.id}>
            <FileLine file={document} label={labels[position] ?? document.name} {...files} />
            {originals.length === 0 ? null : (
              <details>
                <summary>
                  {originals.length === 1 ? 'La photo d’origine' : `Les ${originals.length} photos d’origine`}
                </summary>
                <ul>
                  {originals.map(photo => (
                    <li key={photo.id}>
                      <FileLine file={photo} label={photo.name} {...files} />
                    </li>
                  ))}
                </ul>
              </details>
            )}
            {actsOf?.(document, labels[position] ?? document.name)}
          </li>
        ))}
      </ul>
      <details class="fingerprints">
        <summary>{version.files.length < 2 ? 'Empreinte SHA-256' : 'Empreintes SHA-256'}</summary>
        <ul>
          {version.files.map(file => (
            <li key={file.id}>
              {file.name} : <Fingerprint sha256={file.sha256} />
            </li>
          ))}
        </ul>
      </details>
    </>
  )
}

/** The name of each file; those that share one are numbered, in the order of the list. */
export function fileLabels(files: ReadonlyArray<Pick<StoredFile, 'name'>>): string[] {
  return files.map(({ name }, position) => {
    const rank = files.slice(0, position + 1).filter(other => other.name === name).length
    return files.filter(other => other.name === name).length < 2 ? name : `${name} (n° ${rank})`
  })
}

function FileLine({ file, label, antivirus, hrefOf }: FilesProps & { file: StoredFile; label: string }) {
  const scan = scanWords(file, antivirus)
  return (
    <>
      {withheld(file, antivirus) === null ? (
        <a href={hrefOf(file)} download>
          {label}
        </a>
      ) : (
        <strong>{label}</strong>
      )}{' '}
      <span class="muted">{fileFacts(file).join(', ')}</span>
      {scan === null ? null : (
        <>
          <br />
          <span class={file.scan === 'infecte' ? 'field-error' : 'muted'}>{scan}</span>
        </>
      )}
      {file.damagedAt === undefined ? null : (
        <>
          <br />
          <span class="field-error">
            Fichier abîmé sur le serveur : il n’est plus tel qu’il a été déposé. Redéposez-le, ou faites
            restaurer la sauvegarde par l’administrateur.
          </span>
        </>
      )}
    </>
  )
}

/** « PDF », « 3 pages », « 1,2 Mo » ; « photo JPEG », « 3 024 × 4 032 pixels », « 2 Mo ». */
export function fileFacts({ mediaType, pageCount, width, height, size, signature }: StoredFile): string[] {
  return [
    formatNameOf(mediaType),
    ...(pageCount === null ? [] : [count(pageCount, 'page')]),
    ...(width === null || height === null ? [] : [imageSize(width, height)]),
    fileSize(size),
    ...(signature === 'presente' ? ['signature électronique présente, non vérifiée'] : []),
  ]
}

const SCAN_WORDS: Readonly<Record<Exclude<Scan, 'non-analyse' | 'infecte'>, string>> = {
  sain: 'Antivirus : sain',
  'en-analyse': 'Antivirus : en cours d’analyse, le fichier s’ouvrira dès qu’il sera reconnu sain',
  'en-attente':
    'Antivirus : en attente, il ne répond pas pour l’instant ; ' +
    'le fichier s’ouvrira dès qu’il sera reconnu sain',
}

/** What the antivirus says; null where there is none, which the porteur's board says once. */
function scanWords({ scan, virus }: StoredFile, antivirus: boolean): string | null {
  if (scan === 'infecte') return `Antivirus : infecté (${virus}), mis à l’écart, personne ne peut l’ouvrir`
  if (!antivirus) return scan === 'sain' ? SCAN_WORDS.sain : null
  return SCAN_WORDS[scan === 'non-analyse' ? 'en-analyse' : scan]
}
