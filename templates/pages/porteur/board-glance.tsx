/** The whole situation in a line, before any table. */
import type { JSX } from 'preact'
import type { Board } from '../../../server/domain/board.ts'
import { formatClosing, formatDaysLeft } from '../../../server/domain/deadline.ts'
import type { BoardPlan } from '../../../server/domain/dossier-plan.ts'
import { count, shortDay } from '../format.ts'

export function Glance({ plan, board }: { plan: BoardPlan; board: Board }): JSX.Element {
  const { requiredMissing, toCorrect, required, unsettled } = board
  const { today, closesOn } = plan
  return (
    <p class="state">
      <strong>
        {requiredMissing === 0
          ? `Les ${count(required, 'pièce obligatoire', 'pièces obligatoires')} sont déposées. `
          : `Il manque ${count(requiredMissing, 'pièce obligatoire', 'pièces obligatoires')} ` +
            `sur ${required}${toCorrect === 0 ? '' : `, dont ${toCorrect} à corriger`}. `}
      </strong>
      {unsettled === 0
        ? null
        : `On ne sait pas encore si ${count(unsettled, 'autre est due', 'autres sont dues')} : ` +
          'il manque des faits. '}
      <NextDue {...{ plan, board }} />
      {closesOn === null
        ? 'La date de clôture n’est pas connue.'
        : `Clôture le ${formatClosing(closesOn)} : ${formatDaysLeft(today, closesOn)}.`}
    </p>
  )
}

/** The nearest day, when it is not the closing. */
function NextDue({ plan: { today, closesOn }, board: { nextDue } }: { plan: BoardPlan; board: Board }) {
  if (nextDue === null || nextDue.on === closesOn) return null
  return (
    `Échéance du ${shortDay(nextDue.on)} (${count(nextDue.pieces, 'pièce')}) : ` +
    `${formatDaysLeft(today, nextDue.on)}. `
  )
}

/** Whether anybody looks for viruses, and what still waits. */
export function AntivirusNote({ plan }: { plan: BoardPlan }): JSX.Element | null {
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
      Antivirus : {count(waiting, 'pièce attend', 'pièces attendent')} son contrôle ; d’ici là, leurs fichiers
      ne s’ouvrent pas et restent hors du dossier.
    </p>
  )
}
