/** The whole situation before any table, and whom to call first. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { type Blocked, BOARD_STATES, type Board, type BoardState } from '../../../server/domain/board.ts'
import { formatClosing, formatDaysLeft } from '../../../server/domain/deadline.ts'
import type { DossierPlan, DossierRow } from '../../../server/domain/dossier-plan.ts'
import { STATE_WORDS } from '../components.tsx'
import { count } from '../format.ts'
import { type At, PieceLink } from './board-matrix.tsx'
import { VERDICT_WORDS } from './verdict.tsx'

/** Enough to know whom to call first; the others are one click away. */
const BLOCKED_SHOWN = 5

const COUNT_WORDS: Record<BoardState, [string, string]> = {
  retard: ['en retard', 'en retard'],
  refusee: ['refusée', 'refusées'],
  deposee: ['à contrôler', 'à contrôler'],
  attendue: ['attendue', 'attendues'],
  acceptee: ['acceptée', 'acceptées'],
  complement: ['complément demandé', 'compléments demandés'],
  'non-applicable': ['non applicable', 'non applicables'],
}

export function Glance({ at, plan, board }: { at: At; plan: DossierPlan; board: Board }): JSX.Element {
  const { requiredMissing, required, counts } = board
  return (
    <>
      <p class="lead">
        {requiredMissing === 0
          ? `Les ${count(required, 'pièce obligatoire', 'pièces obligatoires')} sont déposées. `
          : `Il manque ${count(requiredMissing, 'pièce obligatoire', 'pièces obligatoires')} sur ${required}. `}
        {plan.closesOn === null
          ? 'La date de clôture n’est pas connue.'
          : `Clôture ${formatClosing(plan.closesOn)} : ${formatDaysLeft(plan.today, plan.closesOn)}.`}
      </p>
      <AntivirusNote plan={plan} />
      <ul class="counts">
        <li class={`shape ${plan.verdict.status}`}>
          Éligibilité : <a href={urlTo('eligibility', at)}>{VERDICT_WORDS[plan.verdict.status]}</a>
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

export function BlockedPieces({ at, blocked }: { at: At; blocked: readonly Blocked[] }): JSX.Element {
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
                        {' : '}
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
          {count(others, 'autre est dans ce cas', 'autres sont dans ce cas')} :{' '}
          <a href={`${urlTo('board', at)}?etat=retard`}>voir ce qui est en retard</a>,{' '}
          <a href={`${urlTo('board', at)}?etat=refusee`}>voir ce qui est refusé</a>.
        </p>
      ) : null}
    </section>
  )
}

function sinceWords({ late, state }: DossierRow, sinceDays: number): string {
  const since = sinceDays === 0 ? 'aujourd’hui' : `depuis ${count(sinceDays, 'jour')}`
  const asked = state === 'attendue' ? '' : STATE_WORDS[state]
  if (!late) return `${asked} ${since}`
  return asked === '' ? `en retard ${since}` : `${asked}, en retard ${since}`
}
