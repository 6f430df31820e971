/** Which lines to show: the counters by state, then by OG or by name. Works without any script. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { BOARD_STATES, type Board, type BoardFilter, type BoardState } from '../../../server/domain/board.ts'
import type { BoardPlan } from '../../../server/domain/dossier-plan.ts'
import { VERDICT_WORDS } from '../../../server/domain/eligibility.ts'
import { Select } from '../components.tsx'
import { count } from '../format.ts'
import type { At } from './board-matrix.tsx'

const COUNT_WORDS: Record<BoardState, [string, string]> = {
  retard: ['en retard', 'en retard'],
  complement: ['complément demandé', 'compléments demandés'],
  refusee: ['refusée', 'refusées'],
  deposee: ['à contrôler', 'à contrôler'],
  attendue: ['attendue', 'attendues'],
  acceptee: ['acceptée', 'acceptées'],
  'non-applicable': ['non applicable', 'non applicables'],
  inconnue: ['attend un fait', 'attendent un fait'],
  facultative: ['facultative', 'facultatives'],
}

/** The same board filtered in another way. */
export function boardAddress(at: At, { state, ogId, text }: BoardFilter): string {
  const kept = Object.entries({ etat: state, og: ogId, texte: text }).filter(
    (entry): entry is [string, string] => entry[1] !== null && entry[1] !== '',
  )
  const query = new URLSearchParams(kept).toString()
  return `${urlTo('board', at)}${query === '' ? '' : `?${query}`}`
}

/** How many pieces are in each state; each leads to the lines that hold one. */
export function Counters(props: { at: At; plan: BoardPlan; board: Board; filter: BoardFilter }): JSX.Element {
  const { at, plan, board, filter } = props
  const { counts, expected } = board
  const shown = BOARD_STATES.filter(state => counts[state] > 0 || state === filter.state)
  const counter = (state: BoardState | null) => ({
    href: boardAddress(at, { ...filter, state }),
    'data-board-state': state ?? '',
    ...(filter.state === state ? { 'aria-current': 'true' as const } : {}),
  })
  return (
    <ul class="counts">
      <li class={`shape ${plan.verdict.status}`}>
        Éligibilité : <a href={urlTo('eligibility', at)}>{VERDICT_WORDS[plan.verdict.status]}</a>
      </li>
      <li>
        <a class="etat tout" {...counter(null)}>
          <strong>{expected}</strong> {expected < 2 ? 'pièce' : 'pièces'}
        </a>
      </li>
      {shown.map(state => (
        <li key={state}>
          <a class={`etat ${state}`} {...counter(state)}>
            <strong>{counts[state]}</strong> {COUNT_WORDS[state][counts[state] < 2 ? 0 : 1]}
          </a>
        </li>
      ))}
    </ul>
  )
}

export function Filters({ at, plan, filter }: { at: At; plan: BoardPlan; filter: BoardFilter }): JSX.Element {
  const ogs = plan.owners.flatMap(({ scope, id, name }) =>
    scope === 'og' && id !== null ? [{ value: id, label: name }] : [],
  )
  const isFiltered = boardAddress(at, filter) !== urlTo('board', at)
  return (
    <form
      method="get"
      action={urlTo('board', at)}
      class="filters one-line"
      aria-label="Filtres"
      data-board-filter
    >
      <input type="hidden" name="etat" value={filter.state ?? ''} />
      {ogs.length < 2 ? null : (
        <Select
          name="og"
          label="OG"
          value={filter.ogId ?? ''}
          empty={`Les ${count(ogs.length, 'OG', 'OG')}`}
          errors={[]}
          choices={ogs}
        />
      )}
      <div class="field">
        <label htmlFor="texte">Nom, FINESS ou contact</label>
        <input id="texte" name="texte" type="search" value={filter.text} autocomplete="off" />
      </div>
      <button type="submit" class="secondary">
        Filtrer
      </button>
      <a class="button secondary" href={urlTo('board', at)} hidden={!isFiltered} data-board-all>
        Tout afficher
      </a>
      <p role="status" data-board-count />
    </form>
  )
}
