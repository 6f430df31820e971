/** The porteur's week: what came, what is missing, how long is left. */
import type { Day } from '../../server/domain/call.ts'
import { formatClosing, formatDaysLeft } from '../../server/domain/deadline.ts'
import type { DatesAhead } from '../../server/domain/relance.ts'
import { count } from '../pages/format.ts'
import { type Letter, letter, STOP_DIGEST } from './letter.ts'

interface Digest {
  grappe: string
  /** Address of the board. */
  board: string
  today: Day
  /** Of the pieces that members are still to deposit or to correct. */
  ahead: DatesAhead
  /** Deposits of the last seven days. */
  deposits: number
  /** Deposited, and waiting for the porteur. */
  toControl: number
  late: number
  /** Those who owe the most first. */
  owing: readonly { ownerName: string; missing: number; late: number; questions: number }[]
}

/** The next day in the subject: the nearest that presses, which is not always the closing. */
function nextDay({ today, ahead: { nearestOn } }: Digest): string {
  return nearestOn === null ? '' : `, ${formatDaysLeft(today, nearestOn)}`
}

/** The nearest day with what is due on it, then the closing; one line when they are the same. */
function daysOf({ today, ahead: { nearestOn, dueFirst, closesOn } }: Digest): string[] {
  const nearest =
    nearestOn === null || nearestOn === closesOn
      ? []
      : [`Prochain dernier jour, pour ${count(dueFirst, 'pièce')} : ${formatClosing(nearestOn)}`]
  const closing =
    closesOn === null
      ? []
      : [`L’appel ferme le ${formatClosing(closesOn)} : ${formatDaysLeft(today, closesOn)}`]
  return [...nearest, ...closing]
}

/** « 3 pièces manquantes, 4 questions sans réponse ». */
function owedWords({ pieces, questions }: DatesAhead): string {
  const missing = count(pieces, 'pièce manquante', 'pièces manquantes')
  return questions === 0 ? missing : `${missing}, ${count(questions, 'question')} sans réponse`
}

/** Enough to know whom to call; the board has them all. */
const SHOWN = 10

export function digestMail(about: Digest): Letter {
  const { grappe, owing, ahead } = about
  return letter(`Votre semaine : ${owedWords(ahead)}${nextDay(about)} ` + `– ${grappe}`, [
    'Bonjour,',
    `Où en est la grappe « ${grappe} » :`,
    {
      entries: [
        `${count(about.deposits, 'dépôt')} depuis sept jours`,
        `${count(about.toControl, 'pièce')} à contrôler`,
        `${count(ahead.pieces, 'pièce')} à recevoir ou à corriger` +
          `${about.late === 0 ? '' : `, dont ${about.late} en retard`}`,
        ...(ahead.questions === 0 ? [] : [`${count(ahead.questions, 'question')} sans réponse`]),
        ...daysOf(about),
      ].map(title => ({ title, details: [], target: null })),
    },
    ...(owing.length === 0
      ? ['Tout est déposé, et chacun a répondu.']
      : [
          {
            heading:
              ahead.questions === 0 ? 'Qui doit encore déposer' : 'Qui doit encore déposer ou répondre',
          },
          {
            entries: owing.slice(0, SHOWN).map(({ ownerName, missing, late, questions }) => ({
              title: ownerName,
              details: [
                ...(missing === 0
                  ? []
                  : [`${count(missing, 'pièce')}${late === 0 ? '' : `, dont ${late} en retard`}`]),
                ...(questions === 0 ? [] : [`${count(questions, 'question')} sans réponse`]),
              ],
              target: null,
            })),
          },
          ...(owing.length > SHOWN ? [`Et ${count(owing.length - SHOWN, 'autre')}.`] : []),
        ]),
    { button: 'Ouvrir le tableau', target: { address: about.board } },
    STOP_DIGEST,
  ])
}
