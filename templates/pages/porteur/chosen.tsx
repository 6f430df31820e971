/** Many pieces accepted at once: what is about to be, then what was not and why. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { Csrf } from '../components.tsx'
import { count } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { type At, boxOf } from './board-matrix.tsx'
import { DataTable } from './data-table.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'

interface Chosen {
  pieceId: string
  /** Null for a piece of the grappe. */
  ownerId: string | null
  code: string
  pieceName: string
  ownerName: string
  version: number | null
  depositedBy: string | null
  left: 'remplacee' | 'decidee' | 'introuvable' | null
}

interface ChosenProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  chosen: readonly Chosen[]
}

const LEFT_WORDS = {
  remplacee: 'Une version plus récente est arrivée : lisez-la, puis décidez.',
  decidee: 'Cette pièce est déjà décidée : rien n’a changé.',
  introuvable: 'Cette pièce n’est plus dans la grappe.',
} as const

export function ChosenPage({ frame, grappe, chosen }: ChosenProps): JSX.Element {
  const at = { grappe: grappe.grappeId }
  const ready = chosen.filter(({ left }) => left === null)
  return (
    <GrappePage frame={frame} grappe={grappe} tab="board" title="Accepter plusieurs pièces" wide>
      <Left at={at} chosen={chosen} title="ne seront pas acceptées" alone="ne sera pas acceptée" />
      {ready.length === 0 ? (
        <p>Aucune des pièces choisies ne peut être acceptée.</p>
      ) : (
        <>
          <h2 id="choisies">{count(ready.length, 'pièce choisie', 'pièces choisies')}</h2>
          <Pieces at={at} label="Pièces choisies" pieces={ready} />
        </>
      )}
      <form method="post" action={urlTo('acceptPieces', at)} class="actions">
        <Csrf token={frame.csrf} />
        <Boxes at={at} pieces={ready} />
        {ready.length === 0 ? null : (
          <button type="submit">
            Accepter {ready.length === 1 ? 'cette pièce' : `les ${ready.length} pièces choisies`}
          </button>
        )}
        <a href={urlTo('board', at)}>Revenir au tableau sans rien accepter</a>
      </form>
    </GrappePage>
  )
}

/** What was accepted, with a way back, and what was not. */
export function AcceptedPage({ frame, grappe, chosen }: ChosenProps): JSX.Element {
  const at = { grappe: grappe.grappeId }
  const accepted = chosen.filter(({ left }) => left === null)
  return (
    <GrappePage frame={frame} grappe={grappe} tab="board" title="Accepter plusieurs pièces" wide>
      <p class="notice" role="status">
        {accepted.length === 0
          ? 'Aucune pièce n’a été acceptée.'
          : `${count(accepted.length, 'pièce acceptée', 'pièces acceptées')}. Personne n’en est prévenu.`}
      </p>
      <Left at={at} chosen={chosen} title="n’ont pas été acceptées" alone="n’a pas été acceptée" />
      <form method="post" action={urlTo('undoAcceptance', at)} class="actions">
        <a class="button" href={urlTo('board', at)}>
          Revenir au tableau
        </a>
        {accepted.length === 0 ? null : (
          <>
            <Csrf token={frame.csrf} />
            <Boxes at={at} pieces={accepted} />
            <button type="submit" class="secondary">
              Annuler {accepted.length === 1 ? 'cette acceptation' : `ces ${accepted.length} acceptations`}
            </button>
          </>
        )}
      </form>
      {accepted.length === 0 ? null : (
        <>
          <h2>Acceptées</h2>
          <Pieces at={at} label="Pièces acceptées" pieces={accepted} />
        </>
      )}
    </GrappePage>
  )
}

/** The same choice, to be sent on. */
function Boxes({ at, pieces }: { at: At; pieces: readonly Chosen[] }) {
  return (
    <>
      {pieces.map(({ pieceId, ownerId, code, version }) => (
        <input key={pieceId} type="hidden" name="choix" value={boxOf(at, ownerId, code, version ?? 0)} />
      ))}
    </>
  )
}

function Left(props: { at: { grappe: string }; chosen: readonly Chosen[]; title: string; alone: string }) {
  const left = props.chosen.filter(piece => piece.left !== null)
  if (left.length === 0) return null
  return (
    <div class="errors" role="alert" tabindex={-1} autofocus>
      <h2>{count(left.length, `pièce ${props.alone}`, `pièces ${props.title}`)}</h2>
      <ul>
        {left.map(piece => (
          <li key={piece.pieceId}>
            {piece.left === 'introuvable' ? null : (
              <>
                <a href={urlTo('piece', { ...props.at, piece: piece.pieceId })}>
                  « {piece.pieceName} » de {piece.ownerName}
                </a>
                {' : '}
              </>
            )}
            {piece.left === null ? '' : LEFT_WORDS[piece.left]}
          </li>
        ))}
      </ul>
    </div>
  )
}

function Pieces(props: { at: { grappe: string }; label: string; pieces: readonly Chosen[] }) {
  return (
    <DataTable
      label={props.label}
      columns={['Membre', 'Pièce', 'Version', 'Déposée par']}
      rows={props.pieces.map(({ pieceId, pieceName, ownerName, version, depositedBy }) => ({
        id: pieceId,
        cells: [
          ownerName,
          <a key="piece" href={urlTo('piece', { ...props.at, piece: pieceId })}>
            {pieceName}
          </a>,
          version,
          depositedBy,
        ],
      }))}
    />
  )
}
