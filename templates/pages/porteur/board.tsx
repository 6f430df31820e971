/** The board of a grappe: who is missing, what, since when; then every member and every piece. */
import type { ComponentChildren, JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import {
  type Blocked,
  BOARD_STATES,
  type Board,
  type BoardFilter,
  type BoardLine,
  type BoardMatrix,
  type BoardState,
} from '../../../server/domain/board.ts'
import { formatClosing, formatDaysLeft } from '../../../server/domain/deadline.ts'
import type { DossierPlan, DossierRow } from '../../../server/domain/dossier-plan.ts'
import { Empty, Select, StateBadge } from '../components.tsx'
import { count, shortDay } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { GrappePage, type GrappeTitle } from './grappe-page.tsx'
import { VERDICT_WORDS } from './verdict.tsx'

/** Enough to know whom to call first; the others are one click away. */
const BLOCKED_SHOWN = 5

const FILTER_WORDS: Record<BoardState, string> = {
  retard: 'en retard',
  refusee: 'refusée',
  deposee: 'déposée, à contrôler',
  attendue: 'attendue',
  acceptee: 'acceptée',
  complement: 'complément demandé',
  'non-applicable': 'non applicable',
}

const COUNT_WORDS: Record<BoardState, [string, string]> = {
  retard: ['en retard', 'en retard'],
  refusee: ['refusée', 'refusées'],
  deposee: ['à contrôler', 'à contrôler'],
  attendue: ['attendue', 'attendues'],
  acceptee: ['acceptée', 'acceptées'],
  complement: ['complément demandé', 'compléments demandés'],
  'non-applicable': ['non applicable', 'non applicables'],
}

interface BoardProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  plan: DossierPlan
  board: Board
  filter: BoardFilter
}

export function BoardPage({ frame, grappe, plan, board, filter }: BoardProps): JSX.Element {
  const at = { grappe: grappe.grappeId }
  const isFiltered = filter.state !== null || filter.ogId !== null || filter.text.trim() !== ''
  const shown = board.grappe.lines.length + board.og.lines.length + board.esms.lines.length
  return (
    <GrappePage frame={frame} grappe={grappe} tab="board" title="Tableau des pièces" wide scripts={['board']}>
      <Glance at={at} plan={plan} board={board} />
      {board.esms.total === 0 ? (
        <Empty title="Aucun membre pour l’instant">
          <p>Ajoutez vos établissements et services : leurs pièces attendues apparaîtront ici.</p>
          <p>
            <a class="button" href={urlTo('members', at)}>
              Ajouter des membres
            </a>
          </p>
        </Empty>
      ) : (
        <>
          <BlockedPieces at={at} blocked={board.blocked} />
          <Filters at={at} plan={plan} filter={filter} isFiltered={isFiltered} />
          {shown === 0 ? (
            <Empty title="Aucune ligne ne correspond à ces filtres">
              <p>
                <a href={urlTo('board', at)}>Afficher tout le tableau</a>
              </p>
            </Empty>
          ) : null}
        </>
      )}
      <Matrix at={at} id="esms" title="ESMS" ownerTitle="ESMS" matrix={board.esms} />
      <Matrix at={at} id="og" title="Organismes gestionnaires" ownerTitle="OG" matrix={board.og} />
      <Matrix at={at} id="grappe" title="Grappe" ownerTitle="Grappe" matrix={board.grappe} />
    </GrappePage>
  )
}

type At = { grappe: string }

/** The whole situation before any table. */
function Glance({ at, plan, board }: { at: At; plan: DossierPlan; board: Board }) {
  const { requiredMissing, required, counts } = board
  return (
    <>
      <p class="lead">
        {requiredMissing === 0
          ? `Les ${count(required, 'pièce obligatoire', 'pièces obligatoires')} sont déposées. `
          : `Il manque ${count(requiredMissing, 'pièce obligatoire', 'pièces obligatoires')} sur ${required}. `}
        {plan.closesOn === null
          ? 'La date de clôture n’est pas connue.'
          : `Clôture ${formatClosing(plan.closesOn)} : ${formatDaysLeft(plan.today, plan.closesOn)}.`}
      </p>
      <AntivirusNote plan={plan} />
      <ul class="counts">
        <li class={`shape ${plan.verdict.status}`}>
          Éligibilité : <a href={urlTo('eligibility', at)}>{VERDICT_WORDS[plan.verdict.status]}</a>
        </li>
        {BOARD_STATES.map(state => (
          <li key={state}>
            <a href={`${urlTo('board', at)}?etat=${state}`} class={`etat ${state}`}>
              <strong>{counts[state]}</strong> {COUNT_WORDS[state][counts[state] < 2 ? 0 : 1]}
            </a>
          </li>
        ))}
      </ul>
    </>
  )
}

/** Said once, above everything: whether anybody looks for viruses, and what still waits. */
function AntivirusNote({ plan }: { plan: DossierPlan }) {
  const waiting = plan.rows.filter(row => row.awaitsScan).length
  if (!plan.antivirus) {
    return (
      <p class="muted">
        Antivirus : aucun n’est configuré sur ce serveur, les fichiers déposés ne sont pas analysés.
      </p>
    )
  }
  if (waiting === 0) return null
  return (
    <p class="muted">
      Antivirus : {count(waiting, 'pièce attend', 'pièces attendent')} son contrôle ; d’ici là, leurs fichiers
      ne s’ouvrent pas et restent hors du dossier.
    </p>
  )
}

function BlockedPieces({ at, blocked }: { at: At; blocked: readonly Blocked[] }) {
  if (blocked.length === 0) return <p>Rien n’est en retard ni refusé.</p>
  const others = blocked.length - BLOCKED_SHOWN
  return (
    <section>
      <h2 id="bloque">Qui manque, quoi, depuis quand</h2>
      <section class="scroll" tabindex={0} aria-labelledby="bloque">
        <table class="data">
          <thead>
            <tr>
              <th scope="col">Qui</th>
              <th scope="col">Quoi, depuis quand</th>
            </tr>
          </thead>
          <tbody>
            {blocked.slice(0, BLOCKED_SHOWN).map(({ owner, pieces }) => (
              <tr key={owner.folder}>
                <th scope="row">{owner.name}</th>
                <td>
                  <ul>
                    {pieces.map(({ row, sinceDays }) => (
                      <li key={row.code}>
                        <PieceLink at={at} row={row}>
                          {row.pieceName}
                        </PieceLink>
                        {' : '}
                        {sinceWords(row, sinceDays)}
                      </li>
                    ))}
                  </ul>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {others > 0 ? (
        <p>
          {count(others, 'autre est dans ce cas', 'autres sont dans ce cas')} :{' '}
          <a href={`${urlTo('board', at)}?etat=retard`}>voir ce qui est en retard</a>,{' '}
          <a href={`${urlTo('board', at)}?etat=refusee`}>voir ce qui est refusé</a>.
        </p>
      ) : null}
    </section>
  )
}

function sinceWords({ late, state }: DossierRow, sinceDays: number): string {
  const days = count(sinceDays, 'jour')
  if (!late) return sinceDays === 0 ? 'refusée aujourd’hui' : `refusée depuis ${days}`
  return state === 'refusee' ? `refusée, en retard depuis ${days}` : `en retard depuis ${days}`
}

interface FiltersProps {
  at: At
  plan: DossierPlan
  filter: BoardFilter
  isFiltered: boolean
}

function Filters({ at, plan, filter, isFiltered }: FiltersProps) {
  return (
    <form method="get" action={urlTo('board', at)} class="filters" aria-label="Filtres" data-board-filter>
      <Select
        name="etat"
        label="État"
        value={filter.state ?? ''}
        empty="Tous les états"
        errors={[]}
        choices={BOARD_STATES.map(state => ({ value: state, label: FILTER_WORDS[state] }))}
      />
      <Select
        name="og"
        label="OG"
        value={filter.ogId ?? ''}
        empty="Tous les OG"
        errors={[]}
        choices={plan.owners.flatMap(({ scope, id, name }) =>
          scope === 'og' && id !== null ? [{ value: id, label: name }] : [],
        )}
      />
      <div class="field">
        <label htmlFor="texte">Nom ou FINESS</label>
        <input id="texte" name="texte" type="search" value={filter.text} autocomplete="off" />
      </div>
      <button type="submit" class="secondary">
        Filtrer
      </button>
      {isFiltered ? (
        <a class="button secondary" href={urlTo('board', at)}>
          Tout afficher
        </a>
      ) : null}
      <p role="status" data-board-count />
    </form>
  )
}

interface MatrixProps {
  at: At
  id: string
  title: string
  ownerTitle: string
  matrix: BoardMatrix
}

function Matrix({ at, id, title, ownerTitle, matrix }: MatrixProps) {
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
              {columns.map(({ code, name, required, deadlineOn }) => (
                <th scope="col" key={code}>
                  {name}
                  {required ? null : <span class="optional"> (facultatif)</span>}
                  {deadlineOn === null ? null : (
                    <span class="optional"> avant le {shortDay(deadlineOn)} inclus</span>
                  )}
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
    <tr data-state={states.join(' ')} data-og={ogId ?? ''} data-text={searchText}>
      <th scope="row">
        {owner.name}
        {owner.scope === 'esms' ? <div class="optional">{owner.ogName}</div> : null}
      </th>
      {cells.map((row, column) => {
        const name = columns[column]?.name ?? ''
        return (
          <td key={name} data-label={name}>
            {row === null ? (
              <span class="muted">sans objet</span>
            ) : (
              <PieceLink at={at} row={row}>
                <StateBadge state={row.state} late={row.late} />
              </PieceLink>
            )}
          </td>
        )
      })}
    </tr>
  )
}

function PieceLink({ at, row, children }: { at: At; row: DossierRow; children: ComponentChildren }) {
  return row.pieceId === null ? (
    <span>{children}</span>
  ) : (
    <a href={urlTo('piece', { ...at, piece: row.pieceId })}>{children}</a>
  )
}
