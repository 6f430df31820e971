/**
 * Files that the porteur has already: sent together, each proposed to a piece, filed once that is
 * confirmed.
 */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Day } from '../../../server/domain/call.ts'
import { formatDay } from '../../../server/domain/deadline.ts'
import { BYTES_PER_MB } from '../../../server/domain/file-acceptance.ts'
import type { Placed } from '../../../server/domain/filing/places.ts'
import { Csrf, type FieldError, Select } from '../components.tsx'
import { count, fileSize } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { DropZone, uploadHooks } from '../upload-field.tsx'
import { DataTable } from './data-table.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'

/** A file as the page shows it. */
interface ShownFile {
  id: string
  name: string
  folders: readonly string[]
  mail: { from: string | null; subject: string } | null
  size: number
  note: string | null
  isEnvelope: boolean
}

interface LooseFilesProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  files: ReadonlyArray<Placed<ShownFile>>
  /** How many there are beyond those shown. */
  more: number
  /** Until when the first of them is kept; null when there is none. */
  keptUntil: Day | null
  /** Ids of those to file by hand although a place is proposed. */
  elsewhere: readonly string[]
  owners: readonly { id: string; name: string }[]
  definitions: readonly { code: string; name: string }[]
  /** As chosen in the form that was refused. */
  chosen: { owner: string; code: string }
  errors: readonly FieldError[]
  /** Why nothing can be filed today: a sentence; null when it can. */
  closed: string | null
  /** Whether some files were begun and are not whole. */
  begun: boolean
  maxFileMb: number
  mostFiles: number
}

export function LooseFilesPage(props: LooseFilesProps): JSX.Element {
  const { frame, grappe, files, more, keptUntil, closed, errors } = props
  const byHand = (each: Placed<ShownFile>) => each.place === null || props.elsewhere.includes(each.file.id)
  const envelopes = files.filter(({ file }) => file.isEnvelope)
  const loose = files.filter(({ file }) => !file.isEnvelope)
  return (
    <GrappePage
      frame={frame}
      grappe={grappe}
      tab="board"
      title="Fichiers à classer"
      errors={errors}
      scripts={['upload']}
      wide
    >
      <p class="lead">
        Vous avez déjà des pièces, reçues par courriel ou dans un dossier partagé ? Envoyez-les ensemble :
        chaque fichier est proposé à la pièce et au membre que disent son nom, son dossier ou son message.
        Rien n’est déposé avant que vous ne le confirmiez.
      </p>
      {closed === null ? null : <p class="motive">{closed}</p>}
      {grappe.archivedOn ? null : <Sending {...props} />}
      {keptUntil === null ? null : (
        <p class="muted">
          {count(files.length + more, 'fichier attend', 'fichiers attendent')} ici, hors du dossier, sans être
          montrés à personne d’autre. Ce qui n’aura pas été classé sera effacé à partir du{' '}
          {formatDay(keptUntil)}.
        </p>
      )}
      <Envelopes {...props} files={envelopes} />
      <Proposed {...props} files={loose.filter(each => !byHand(each))} />
      <ByHand {...props} files={loose.filter(byHand)} />
      {more === 0 ? null : (
        <p>
          {count(more, 'autre fichier s’affichera', 'autres fichiers s’afficheront')} une fois ceux-ci
          classés.
        </p>
      )}
    </GrappePage>
  )
}

function Sending({ frame, grappe, begun, maxFileMb, mostFiles }: LooseFilesProps) {
  const at = { grappe: grappe.grappeId }
  return (
    <form
      method="post"
      encType="multipart/form-data"
      action={urlTo('looseFiles', at)}
      class="card"
      {...uploadHooks(frame, urlTo('looseUploads', at), begun)}
    >
      <Csrf token={frame.csrf} />
      <span class="visually-hidden" id="fichiers-nom">
        Fichiers à classer
      </span>
      <DropZone
        several
        aria-describedby="fichiers-aide"
        data-max-bytes={String(maxFileMb * BYTES_PER_MB)}
        data-several="oui"
        data-most-files={String(mostFiles)}
      />
      <p class="hint" id="fichiers-aide">
        Documents, photos, archives ZIP, messages enregistrés (.eml, .msg) : ce qu’une archive ou un message
        contient en est sorti. {count(mostFiles, 'fichier')} et {fileSize(maxFileMb * BYTES_PER_MB)} par
        fichier au plus.
      </p>
      <button type="submit">Envoyer</button>
    </form>
  )
}

const columns = ['Fichier', 'Pourquoi', 'Va à']

/** What did not open: it is told why, and can be tried again. */
function Envelopes({ frame, grappe, files }: LooseFilesProps) {
  if (files.length === 0) return null
  const at = { grappe: grappe.grappeId }
  return (
    <section aria-labelledby="fermes">
      <h2 id="fermes">{count(files.length, 'archive ou message', 'archives ou messages')} à ouvrir</h2>
      <form method="post" action={urlTo('openLooseFiles', at)}>
        <Csrf token={frame.csrf} />
        <DataTable
          label="Archives et messages à ouvrir"
          columns={['Fichier', 'Ce qui s’est passé']}
          rows={files.map(({ file, doubt }) => ({
            id: file.id,
            cells: [<Tick key="tick" at={at} file={file} isTicked={false} />, doubt],
          }))}
        />
        <p class="actions">
          <button type="submit">Les ouvrir de nouveau</button>
          <RemoveButton at={at} />
        </p>
      </form>
    </section>
  )
}

/** Where a place is proposed. Ticked when nothing speaks against it. */
function Proposed({ frame, grappe, files, closed }: LooseFilesProps) {
  if (files.length === 0) return null
  const at = { grappe: grappe.grappeId }
  return (
    <section aria-labelledby="reconnus">
      <h2 id="reconnus">{count(files.length, 'fichier reconnu', 'fichiers reconnus')}</h2>
      <form method="post" action={urlTo('fileLooseFiles', at)}>
        <Csrf token={frame.csrf} />
        <DataTable
          label="Fichiers reconnus"
          columns={columns}
          rows={files.map(({ file, place, reasons, doubt }) => ({
            id: file.id,
            cells: [
              <Tick key="tick" at={at} file={file} isTicked={doubt === null} to={place?.pieceId} />,
              <>
                {reasons.join(', ')}
                {doubt === null ? null : (
                  <>
                    <br />
                    <strong>{doubt}.</strong>
                  </>
                )}
              </>,
              <>
                {place === null ? null : (
                  <a href={urlTo('piece', { ...at, piece: place.pieceId })}>{place.pieceName}</a>
                )}
                <br />
                <span class="muted">{place?.ownerName}</span>{' '}
                <a href={`${urlTo('looseFiles', at)}?ailleurs=${file.id}#a-la-main`}>Classer ailleurs</a>
              </>,
            ],
          }))}
        />
        <p class="actions">
          {closed === null ? <button type="submit">Déposer les fichiers cochés</button> : null}
          <RemoveButton at={at} />
        </p>
      </form>
    </section>
  )
}

function ByHand({
  frame,
  grappe,
  files,
  elsewhere,
  owners,
  definitions,
  chosen,
  errors,
  closed,
}: LooseFilesProps) {
  if (files.length === 0) return null
  const at = { grappe: grappe.grappeId }
  return (
    <section aria-labelledby="a-la-main">
      <h2 id="a-la-main">{count(files.length, 'fichier à classer', 'fichiers à classer')} à la main</h2>
      <form method="post" action={urlTo('fileLooseFilesTo', at)}>
        <Csrf token={frame.csrf} />
        <DataTable
          label="Fichiers à classer à la main"
          columns={['Fichier', 'Ce qui manque']}
          rows={files.map(({ file, reasons, doubt, place }) => ({
            id: file.id,
            cells: [
              <Tick key="tick" at={at} file={file} isTicked={elsewhere.includes(file.id)} />,
              <>
                {place === null || file.note !== null ? `${doubt}.` : 'À classer ailleurs.'}
                {reasons.length === 0 ? null : <span class="muted"> Reconnu : {reasons.join(', ')}.</span>}
              </>,
            ],
          }))}
        />
        {closed === null ? (
          <div class="card">
            <p>Cochez des fichiers, dites où ils vont :</p>
            <Select
              name="membre"
              label="Membre"
              value={chosen.owner}
              errors={errors}
              empty="Choisissez"
              choices={owners.map(({ id, name }) => ({ value: id, label: name }))}
            />
            <Select
              name="piece"
              label="Pièce"
              value={chosen.code}
              errors={errors}
              empty="Choisissez"
              choices={definitions.map(({ code, name }) => ({ value: code, label: name }))}
            />
            <button type="submit">Déposer les fichiers cochés</button>
          </div>
        ) : null}
        <p class="actions">
          <RemoveButton at={at} />
        </p>
      </form>
    </section>
  )
}

function Tick(props: {
  at: { grappe: string }
  file: ShownFile
  isTicked: boolean
  to?: string | undefined
}) {
  const { at, file, isTicked, to } = props
  const { id, name, folders, mail, size } = file
  const origin = [folders.join(' / '), mail?.from ? `de ${mail.from}` : '', fileSize(size)].filter(Boolean)
  return (
    <>
      <span class="choice">
        <input
          type="checkbox"
          id={`fichier-${id}`}
          name="fichier"
          value={to === undefined ? id : `${id}.${to}`}
          checked={isTicked}
        />
        <label htmlFor={`fichier-${id}`}>
          {name} <span class="muted">{origin.join(', ')}</span>
        </label>
      </span>
      {file.isEnvelope ? null : (
        <a href={urlTo('looseFile', { ...at, upload: id })} target="_blank" rel="noreferrer">
          Voir <span class="visually-hidden">{name}, dans un nouvel onglet</span>
        </a>
      )}
    </>
  )
}

/** Removes from here only: nothing of it is in the grappe. */
const RemoveButton = ({ at }: { at: { grappe: string } }) => (
  <button type="submit" class="secondary" formAction={urlTo('removeLooseFiles', at)}>
    Retirer d’ici les fichiers cochés
  </button>
)
