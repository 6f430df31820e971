/** Which lines of the board to show; a form, so that it works without any script. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { BOARD_STATES, type BoardFilter, type BoardState } from '../../../server/domain/board.ts'
import type { DossierPlan } from '../../../server/domain/dossier-plan.ts'
import { Select } from '../components.tsx'
import type { At } from './board-matrix.tsx'

const FILTER_WORDS: Record<BoardState, string> = {
  retard: 'en retard',
  refusee: 'refusée',
  deposee: 'déposée, à contrôler',
  attendue: 'attendue',
  acceptee: 'acceptée',
  complement: 'complément demandé',
  'non-applicable': 'non applicable',
}

interface FiltersProps {
  at: At
  plan: DossierPlan
  filter: BoardFilter
  isFiltered: boolean
}

export function Filters({ at, plan, filter, isFiltered }: FiltersProps): JSX.Element {
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
