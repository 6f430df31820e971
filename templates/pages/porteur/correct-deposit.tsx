/** What the porteur mends of a deposit: filed where it belongs, or taken out. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { currentVersion, type Piece, type StoredFile, type Version } from '../../../server/domain/piece.ts'
import { Csrf, ErrorSummary, type FieldError, Select } from '../components.tsx'
import { moment } from '../format.ts'
import { Layout, type PorteurFrame } from '../layout.tsx'
import { TakeOut } from '../take-out.tsx'
import { fileFacts } from '../versions.tsx'
import { GrappeNav, type GrappeTitle } from './grappe-nav.tsx'

interface CorrectProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  timeZone: string
  piece: Piece
  pieceName: string
  ownerName: string
  version: Version
  documents: readonly StoredFile[]
}

interface MoveProps extends CorrectProps {
  owners: readonly { id: string; name: string }[]
  definitions: readonly { code: string; name: string }[]
  /** As chosen so far. */
  chosen: { owner: string; code: string }
  errors: readonly FieldError[]
  /** Where it would go; null until that is chosen, and can be. */
  target: { piece: Piece; pieceName: string; ownerName: string } | null
}

export function MoveDepositPage(props: MoveProps): JSX.Element {
  const { piece, version, target } = props
  const { grappeId } = props.grappe
  const here = urlTo('moveVersion', { grappe: grappeId, piece: piece.id, version: version.id })
  return (
    <Frame {...props} title="Déplacer ce dépôt">
      <ErrorSummary errors={props.errors} />
      <h1>Déplacer ce dépôt</h1>
      <p class="lead">
        « {props.pieceName} » de {props.ownerName}, version {version.number}, déposée le{' '}
        {moment(version.depositedAt, props.timeZone)} par {version.depositedBy}.
      </p>
      <ul>
        {props.documents.map(file => (
          <li key={file.id}>
            {file.name} <span class="muted">{fileFacts(file).join(', ')}</span>
          </li>
        ))}
      </ul>
      {target === null ? null : <ConfirmMove {...props} target={target} here={here} />}
      <form method="get" action={here} class="card">
        <h2>{target === null ? 'Où doit-il aller ?' : 'Ou ailleurs'}</h2>
        <Select
          name="membre"
          label="Membre"
          value={props.chosen.owner}
          errors={props.errors}
          choices={props.owners.map(({ id, name }) => ({ value: id, label: name }))}
        />
        <Select
          name="code"
          label="Pièce"
          value={props.chosen.code}
          errors={props.errors}
          choices={props.definitions.map(({ code, name }) => ({ value: code, label: name }))}
        />
        <p class="actions">
          <button type="submit" class={target === null ? '' : 'secondary'}>
            Continuer
          </button>
          <a href={urlTo('piece', { grappe: grappeId, piece: piece.id })}>Ne rien déplacer</a>
        </p>
      </form>
    </Frame>
  )
}

function ConfirmMove({
  frame,
  target,
  here,
  piece,
  version,
}: MoveProps & { target: NonNullable<MoveProps['target']>; here: string }) {
  const replaced = currentVersion(target.piece)
  const left = piece.versions.at(-2)
  return (
    <form method="post" action={here} class="card">
      <h2>
        Vers « {target.pieceName} » de {target.ownerName} ?
      </h2>
      <ul>
        <li>
          {replaced === null
            ? 'Elle y devient la version actuelle, à contrôler.'
            : `Elle y remplace la version ${replaced.number}, qui reste dans l’historique.`}
        </li>
        <li>
          {left === undefined
            ? 'Ici, la pièce est de nouveau attendue.'
            : `Ici, la version ${left.number} redevient la dernière.`}
        </li>
        <li>Le journal garde le déplacement. Personne ne reçoit de message.</li>
      </ul>
      <Csrf token={frame.csrf} />
      <input type="hidden" name="vers" value={target.piece.id} />
      <button type="submit">Déplacer la version {version.number}</button>
    </form>
  )
}

interface TakeOutPageProps extends CorrectProps {
  staying: readonly StoredFile[]
  leaving: readonly StoredFile[]
  previous: Version | null
  fileId: string | null
}

export function TakeOutByPorteur(props: TakeOutPageProps): JSX.Element {
  const { frame, piece, version, fileId } = props
  const { grappeId } = props.grappe
  return (
    <Frame {...props} title="Retirer ce dépôt">
      <TakeOut
        {...props}
        action={urlTo('takeOutVersion', { grappe: grappeId, piece: piece.id, version: version.id })}
        backHref={urlTo('piece', { grappe: grappeId, piece: piece.id })}
      >
        <Csrf token={frame.csrf} />
        {fileId === null ? null : <input type="hidden" name="fichier" value={fileId} />}
      </TakeOut>
      <p class="muted">
        Le membre ne reçoit pas de message : il le voit sur sa page. Pour lui demander une correction,{' '}
        <a href={urlTo('piece', { grappe: grappeId, piece: piece.id })}>refusez plutôt la version</a>.
      </p>
    </Frame>
  )
}

function Frame({
  frame,
  grappe,
  title,
  children,
}: CorrectProps & { title: string; children: JSX.Element | Array<JSX.Element | null> }) {
  return (
    <Layout frame={frame} porteur={frame} title={title} banner={<GrappeNav grappe={grappe} current={null} />}>
      {children}
    </Layout>
  )
}
