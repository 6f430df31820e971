/** Owners × pieces: one state per cell, and a box to choose each piece that waits for control. */
import type { ComponentChildren, JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { BoardLine, BoardMatrix } from '../../../server/domain/board.ts'
import type { DossierRow } from '../../../server/domain/dossier-plan.ts'
import { StateBadge } from '../components.tsx'
import { count, shortDay } from '../format.ts'

export type At = { grappe: string }

/** Id of the form that the boxes belong to, wherever they are on the page. */
export const CHOICE_FORM = 'lot'

interface MatrixProps {
  at: At
  id: string
  title: string
  ownerTitle: string
  matrix: BoardMatrix
}

export function Matrix({ at, id, title, ownerTitle, matrix }: MatrixProps): JSX.Element | null {
  const { columns, lines, total } = matrix
  if (columns.length === 0 || lines.length === 0) return null
  return (
    <section>
      <h2 id={id}>
        {title} <span class="muted">{lines.length === total ? total : `${lines.length} sur ${total}`}</span>
      </h2>
      <section class="scroll" tabindex={0} aria-labelledby={id}>
        <table class="matrix">
          <thead>
            <tr>
              <th scope="col">{ownerTitle}</th>
              {columns.map(({ code, name, required, deadlineOn }, column) => (
                <th scope="col" key={code} abbr={name}>
                  {name}
                  {required ? null : <span class="optional"> (facultatif)</span>}
                  {deadlineOn === null ? null : (
                    <span class="optional"> avant le {shortDay(deadlineOn)} inclus</span>
                  )}
                  <ChooseAll
                    cells={lines.map(({ cells }) => cells[column] ?? null)}
                    of={name}
                    side="column"
                  />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map(line => (
              <Line key={line.owner.folder} at={at} line={line} columns={columns} />
            ))}
          </tbody>
        </table>
      </section>
    </section>
  )
}

function Line({ at, line, columns }: { at: At; line: BoardLine; columns: BoardMatrix['columns'] }) {
  const { owner, ogId, cells, states, searchText } = line
  return (
    <tr
      data-line={`${owner.scope} ${owner.id ?? ''}`}
      data-state={states.join(' ')}
      data-og={ogId ?? ''}
      data-text={searchText}
    >
      <th scope="row">
        {owner.name}
        {owner.scope === 'esms' ? <div class="optional">{owner.ogName}</div> : null}
        <ChooseAll cells={cells} of={owner.name} side="row" />
      </th>
      {cells.map((row, column) => {
        const name = columns[column]?.name ?? ''
        return (
          <td key={name} data-label={name}>
            {row === null ? (
              <span class="muted">sans objet</span>
            ) : (
              <>
                <Choose row={row} />
                <PieceLink at={at} row={row}>
                  <StateBadge state={row.state} late={row.late} />
                </PieceLink>
              </>
            )}
          </td>
        )
      })}
    </tr>
  )
}

function Choose({ row: { pieceId, version, state, pieceName, owner } }: { row: DossierRow }) {
  if (state !== 'deposee' || pieceId === null || version === null) return null
  return (
    <input
      type="checkbox"
      name="choix"
      value={`${pieceId}.${version.id}`}
      form={CHOICE_FORM}
      aria-label={`Choisir « ${pieceName} » de ${owner.name}, version ${version.number}`}
    />
  )
}

/** Shown by the script that makes it work; a single piece has its own box. */
function ChooseAll(props: { cells: ReadonlyArray<DossierRow | null>; of: string; side: 'row' | 'column' }) {
  const waiting = props.cells.filter(row => row?.state === 'deposee').length
  if (waiting < 2) return null
  return (
    <label class="choose-all">
      <input type="checkbox" data-choose-all={props.side} />
      <span>
        {waiting} à contrôler<span class="visually-hidden"> : tout choisir, {props.of}</span>
      </span>
    </label>
  )
}

/** Where the pieces chosen go; told by the script how many they are. */
export function ChoiceForm({ at, csrf, waiting }: { at: At; csrf: string; waiting: number }): JSX.Element {
  return (
    <form
      id={CHOICE_FORM}
      class="choice-bar"
      method="post"
      action={urlTo('chosenPieces', at)}
      aria-label="Accepter plusieurs pièces"
      hidden={waiting === 0}
      data-choice
    >
      <input type="hidden" name="csrf" value={csrf} />
      <button type="submit">Accepter les pièces choisies</button>
      <p class="muted" data-choice-told>
        {count(waiting, 'pièce attend', 'pièces attendent')} votre contrôle : cochez celles que vous avez
        lues. Une page les récapitule avant d’accepter.
      </p>
    </form>
  )
}

export function PieceLink({
  at,
  row,
  children,
}: {
  at: At
  row: DossierRow
  children: ComponentChildren
}): JSX.Element {
  return row.pieceId === null ? (
    <span>{children}</span>
  ) : (
    <a href={urlTo('piece', { ...at, piece: row.pieceId })}>{children}</a>
  )
}
