/** The porteur's week: what came, what is missing, how long is left. */
import type { Day } from '../../server/domain/call.ts'
import { formatClosing, formatDaysLeft } from '../../server/domain/deadline.ts'
import { count } from '../pages/format.ts'
import { type Letter, letter } from './letter.ts'

interface Digest {
  grappe: string
  /** Address of the board. */
  board: string
  today: Day
  closesOn: Day | null
  /** Deposits of the last seven days. */
  deposits: number
  /** Deposited, and waiting for the porteur. */
  toControl: number
  /** Pieces that members are still to deposit or to correct. */
  missing: number
  late: number
  /** Those who owe the most first. */
  owing: readonly { ownerName: string; missing: number; late: number }[]
}

/** Enough to know whom to call; the board has them all. */
const SHOWN = 10

export function digestMail(about: Digest): Letter {
  const { grappe, today, closesOn, owing } = about
  const left = closesOn === null ? '' : `, ${formatDaysLeft(today, closesOn)}`
  return letter(
    `Votre semaine : ${count(about.missing, 'pièce manquante', 'pièces manquantes')}${left} – ${grappe}`,
    [
      'Bonjour,',
      `Où en est la grappe « ${grappe} » :`,
      {
        entries: [
          `${count(about.deposits, 'dépôt')} depuis sept jours`,
          `${count(about.toControl, 'pièce')} à contrôler`,
          `${count(about.missing, 'pièce')} à recevoir ou à corriger${about.late === 0 ? '' : `, dont ${about.late} en retard`}`,
          ...(closesOn === null
            ? []
            : [`L’appel ferme le ${formatClosing(closesOn)} : ${formatDaysLeft(today, closesOn)}`]),
        ].map(title => ({ title, details: [], target: null })),
      },
      ...(owing.length === 0
        ? ['Tout est déposé.']
        : [
            { heading: 'Qui doit encore déposer' },
            {
              entries: owing.slice(0, SHOWN).map(({ ownerName, missing, late }) => ({
                title: ownerName,
                details: [`${count(missing, 'pièce')}${late === 0 ? '' : `, dont ${late} en retard`}`],
                target: null,
              })),
            },
            ...(owing.length > SHOWN ? [`Et ${count(owing.length - SHOWN, 'autre')}.`] : []),
          ]),
      { button: 'Ouvrir le tableau', target: { address: about.board } },
    ],
  )
}
