/** Owners × pieces: one state per cell, and a box to choose each piece that waits for control. */
import type { ComponentChildren, JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { type BoardLine, type BoardMatrix, boardState, searchedToo } from '../../../server/domain/board.ts'
import { awaitedWords, type DossierPlan, type DossierRow } from '../../../server/domain/dossier-plan.ts'
import { damagedDocuments } from '../../../server/domain/piece.ts'
import { matrixClass, STATE_WORDS } from '../components.tsx'
import { count, shortDay } from '../format.ts'
import type { DrawPart } from '../part.ts'
import { declarationsUrl } from './to-dos.tsx'

export type At = { grappe: string }

/** Id of the form that the boxes belong to, wherever they are on the page. */
export const CHOICE_FORM = 'lot'

interface MatrixProps {
  at: At
  id: string
  title: string
  ownerTitle: string
  matrix: BoardMatrix
  verdict: DossierPlan['verdict']
  part: DrawPart
}

/** Names the column that few members' pieces share. */
const RARE = 'Pièces de quelques membres'

export function Matrix(props: MatrixProps): JSX.Element | null {
  const { at, id, title, ownerTitle, matrix, verdict, part } = props
  const { columns, rare, lines, total } = matrix
  if (columns.length + rare.length === 0 || lines.length === 0) return null
  const namesOg = new Set(lines.map(({ owner }) => (owner.scope === 'esms' ? owner.ogName : null))).size > 1
  return (
    <section>
      <h2 id={id}>
        {title}{' '}
        <span class="muted" data-shown-lines={total}>
          {lines.length === total ? total : `${lines.length} sur ${total}`}
        </span>
      </h2>
      <div class="scroll whole">
        <table class={matrixClass(columns.length + Math.sign(rare.length))} aria-labelledby={id}>
          <thead>
            <tr>
              <th scope="col">{ownerTitle}</th>
              {columns.map((definition, column) => (
                <Head
                  key={definition.code}
                  definition={definition}
                  cells={lines.map(({ cells }) => cells[column] ?? null)}
                />
              ))}
              {rare.length === 0 ? null : (
                <th scope="col">
                  {RARE}
                  <ChooseAll cells={lines.flatMap(line => line.rare)} of={RARE} side="column" />
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {lines.map(line => {
              const { owner, ogId, cells, rare: few } = line
              const shared = [at.grappe, verdict, namesOg, ogId, contactsKey(line)]
              const from = [...shared, ...columns, null, ...rare, null, ...cells, null, ...few]
              return part(owner, 'line', from, () => (
                <Line at={at} line={line} matrix={matrix} verdict={verdict} namesOg={namesOg} />
              ))
            })}
          </tbody>
        </table>
      </div>
    </section>
  )
}

/** What a line shows of its people, as one value. */
export const contactsKey = ({ contacts }: Pick<BoardLine, 'contacts'>): string =>
  JSON.stringify(contacts.map(({ name, email }) => [name, email]))

function Head({
  definition: { name, required, deadlineOn },
  cells,
}: {
  definition: BoardMatrix['columns'][number]
  cells: ReadonlyArray<DossierRow | null>
}) {
  return (
    <th scope="col" abbr={name}>
      {name}
      {required ? null : <span class="optional"> (facultatif)</span>}
      {deadlineOn === null ? null : <span class="optional"> avant le {shortDay(deadlineOn)} inclus</span>}
      <ChooseAll cells={cells} of={name} side="column" />
    </th>
  )
}

interface LineProps {
  at: At
  line: BoardLine
  matrix: BoardMatrix
  /** For the names of the declarations that a piece waits for. */
  verdict: DossierPlan['verdict']
  /** Whether the OG is worth naming: not when all have the same. */
  namesOg: boolean
}

function Line({ at, line, matrix, verdict, namesOg }: LineProps) {
  const { owner, ogId, cells, states } = line
  return (
    <tr
      data-line={lineOf(owner)}
      data-state={states.join(' ')}
      {...(namesOg || owner.scope === 'og' ? { 'data-og': ogId ?? '' } : {})}
      data-text={searchedToo(line)}
    >
      <th scope="row">
        <OwnerLink at={at} owner={owner} /> {namesOg ? <span class="optional">{owner.ogName}</span> : null}
        <ChooseAll cells={[...cells, ...line.rare]} of={owner.name} side="row" />
      </th>
      {cells.map((row, column) => {
        const { name = '' } = matrix.columns[column] ?? {}
        return row === null ? (
          <td key={name} />
        ) : (
          <td key={name} data-label={name}>
            <Cell at={at} row={row} verdict={verdict} />
          </td>
        )
      })}
      {matrix.rare.length === 0 ? null : (
        <td>
          {line.rare.map(row => (
            <div key={row.code}>
              {row.pieceName} : <Cell at={at} row={row} verdict={verdict} />
            </div>
          ))}
        </td>
      )}
    </tr>
  )
}

/** What tells a line from the others, on the board and wherever else its owner is named. */
export const lineOf = ({ scope, id }: BoardLine['owner']): string => `${scope} ${id ?? ''}`

/** A line opens its member. */
export function OwnerLink({
  at,
  owner: { scope, id, name },
}: {
  at: At
  owner: BoardLine['owner']
}): JSX.Element {
  if (id === null) return <>{name}</>
  const url = scope === 'og' ? urlTo('editOg', { ...at, og: id }) : urlTo('editEsms', { ...at, esms: id })
  return <a href={url}>{name}</a>
}

/** One state in a word, a shape and a colour. */
function Cell({ at, row, verdict }: { at: At; row: DossierRow; verdict: DossierPlan['verdict'] }) {
  const state = boardState(row)
  if (state === 'inconnue') return <Awaits at={at} row={row} verdict={verdict} />
  const words =
    state === 'facultative' && row.state === 'attendue'
      ? 'facultative'
      : state === 'retard' && row.state === 'attendue'
        ? 'en retard'
        : STATE_WORDS[row.state]
  // What was refused or is asked again stays so, be it optional or late.
  const look = row.state === 'attendue' ? state : row.state
  const badge = { class: `etat ${look}` }
  return (
    <>
      <Choose at={at} row={row} />
      {row.pieceId === null ? (
        <span {...badge}>{words}</span>
      ) : (
        <a {...badge} href={urlTo('pieceOf', { ...at, owner: row.owner.id ?? at.grappe, code: row.code })}>
          {words}
        </a>
      )}
      {row.late && row.state !== 'attendue' ? <span class="etat flag">en retard</span> : null}
      {damagedDocuments(row.version).length > 0 ? <span class="etat flag">fichier abîmé</span> : null}
    </>
  )
}

/** What a piece waits for before anybody knows whether it is owed, and the way to where that is given. */
export function Awaits({
  at,
  row,
  verdict,
}: {
  at: At
  row: DossierRow
  verdict: DossierPlan['verdict']
}): JSX.Element {
  return (
    <a class="etat inconnue" href={factUrl(at, row)}>
      attend : {awaitedWords(row, { verdict })}
    </a>
  )
}

/** A member's facts are in its record, answers with the declarations; an OG's piece waits for its members. */
function factUrl(at: At, { awaits = [], owner }: DossierRow): string {
  const [first] = awaits
  if (first?.fact === 'declaration') return declarationsUrl(at)
  if (owner.scope !== 'esms' || owner.id === null) return urlTo('members', at)
  return `${urlTo('editEsms', { ...at, esms: owner.id })}#${first?.fact ?? 'domaine'}`
}

/**
 * What a box sends: whose piece, which one and the version looked at, in the words of its line and column.
 * Ids of pieces and versions would weigh more than all the rest of a board.
 */
export const boxOf = (at: At, ownerId: string | null, code: string, version: number): string =>
  `${ownerId ?? at.grappe} ${code} ${version}`

function Choose({ at, row }: { at: At; row: DossierRow }) {
  const { pieceId, version, state, code, pieceName, owner } = row
  if (state !== 'deposee' || pieceId === null || version === null) return null
  return (
    <input
      type="checkbox"
      name="choix"
      value={boxOf(at, owner.id, code, version.number)}
      form={CHOICE_FORM}
      aria-label={`Choisir « ${pieceName} » de ${owner.name}, version ${version.number}`}
    />
  )
}

/** Shown by the script that makes it work; a single piece has its own box. */
function ChooseAll(props: { cells: ReadonlyArray<DossierRow | null>; of: string; side: 'row' | 'column' }) {
  const waiting = props.cells.filter(row => row?.state === 'deposee').length
  if (waiting < 2) return null
  return (
    <label class="choose-all">
      <input type="checkbox" form={CHOICE_FORM} data-choose-all={props.side} />
      <span>
        {waiting} à contrôler<span class="visually-hidden"> : tout choisir, {props.of}</span>
      </span>
    </label>
  )
}

/** What the script says of the boxes, by how many are chosen. */
const CHOICE_WORDS = {
  none: [
    '{n} pièce attend votre contrôle : cochez celles que vous avez lues.',
    '{n} pièces attendent votre contrôle : cochez celles que vous avez lues.',
  ],
  some: '{chosen} sur {n}. Une page les récapitule avant d’accepter.',
  button: [
    'Accepter les pièces choisies',
    'Accepter la pièce choisie',
    'Accepter les {chosen} pièces choisies',
  ],
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
      data-choice={JSON.stringify(CHOICE_WORDS)}
    >
      <input type="hidden" name="csrf" value={csrf} />
      <button type="submit">Accepter les pièces choisies</button>
      <p class="muted" data-choice-told>
        {count(waiting, 'pièce attend', 'pièces attendent')} votre contrôle : cochez celles que vous avez
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
