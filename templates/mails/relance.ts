/**
 * The reminder: what one person still owes for all its establishments, each piece with its motive, its last
 * day and its link.
 */
import type { Day } from '../../server/domain/call.ts'
import { daysLeft, formatClosing, formatDay, formatDaysLeft } from '../../server/domain/deadline.ts'
import {
  datesAhead,
  type OwedAnswers,
  type OwedPiece,
  type RelanceKind,
} from '../../server/domain/relance.ts'
import { count } from '../pages/format.ts'
import { type Entry, type Letter, LINK, letter } from './letter.ts'
import { hello, quoted } from './plain-words.ts'

interface Relance {
  grappe: string
  call: string
  contactName: string | null
  /** The porteur's own words; null for none. */
  intro: string | null
  kind: RelanceKind
  /** When it was to leave: its kind counts from there. */
  dueOn: Day
  today: Day
  /** The most urgent first. */
  pieces: readonly OwedPiece[]
  /** Members with something to answer; there is at least one piece or one of these. */
  answers: readonly OwedAnswers[]
}

export function relanceMail(about: Relance): Letter {
  const { pieces, answers, intro, today } = about
  const asked = answers.reduce((sum, { questions }) => sum + questions, 0)
  return letter(`${subjectOf(about)} – ${about.grappe}`, [
    hello(about.contactName),
    ...(intro === null ? [] : [`Le porteur de la grappe « ${about.grappe} » vous écrit :`, { quote: intro }]),
    ...(pieces.length === 0
      ? []
      : [
          `Pour la grappe « ${about.grappe} » (appel « ${about.call} »), ` +
            `il manque encore ${pieces.length === 1 ? 'cette pièce' : `ces ${pieces.length} pièces`} :`,
          { entries: pieces.map(piece => entryOf(piece, today)) },
        ]),
    ...(asked === 0
      ? []
      : [
          pieces.length === 0
            ? `Pour la grappe « ${about.grappe} » (appel « ${about.call} »), ` +
              `il manque encore votre réponse à ${questionsWords(asked)}. Vous seul pouvez répondre :`
            : `Il manque aussi votre réponse à ${questionsWords(asked)} :`,
          { entries: answers.map(answersEntry) },
        ]),
    { button: pieces.length === 0 ? 'Répondre' : 'Déposer vos pièces', target: LINK },
    'Ce lien est personnel : il ouvre vos pièces sans mot de passe. Si vous venez de ' +
      `${pieces.length === 0 ? 'répondre' : 'déposer'}, ce message a croisé votre ` +
      `envoi : rien d’autre n’est à faire.`,
  ])
}

const questionsWords = (asked: number) => (asked === 1 ? 'une question' : `${asked} questions`)

const answersEntry = ({ esmsId, ownerName, questions }: OwedAnswers): Entry => ({
  title: ownerName,
  details: [`${count(questions, 'question')} sans réponse.`],
  target: { path: `/fiches/${esmsId}` },
})

/**
 * Differs with the kind and the days left, so that no mailbox takes two reminders for one. Days left are
 * those of the pieces counted behind them, and of no others.
 */
function subjectOf({ kind, dueOn, today, pieces, answers }: Relance): string {
  const { nearestOn } = datesAhead(pieces, null)
  if (pieces.length === 0) {
    const asked = answers.reduce((sum, { questions }) => sum + questions, 0)
    const words = `${count(asked, 'question')} sans réponse`
    if (kind === 'manuelle') return `Le porteur vous écrit : ${words}`
    return dueOn < today ? `Rappel : ${words}` : `Rappel (${kind}) : ${words}`
  }
  if (kind === 'manuelle') return `Le porteur vous écrit : ${howMany(pieces)}`
  if (nearestOn === null) return `Rappel : ${howMany(pieces)}`
  const first = pieces.filter(({ pressingOn }) => pressingOn === nearestOn)
  const others = pieces.length - first.length
  const afterwards = others === 0 ? '' : `, ${count(others, 'autre')} ensuite`
  return `${urgency(today, nearestOn)} : ${howMany(first)}${afterwards}`
}

function urgency(today: Day, nearestOn: Day): string {
  const days = daysLeft(today, nearestOn)
  if (days === 0) return 'Dernier jour'
  if (days === 1) return 'Plus qu’un jour'
  return days <= 4 ? `Plus que ${days} jours` : `D’ici le ${formatDay(nearestOn)}`
}

function howMany(pieces: readonly OwedPiece[]): string {
  const redo = pieces.filter(piece => piece.redo).length
  if (redo === pieces.length) return `${count(redo, 'pièce')} à corriger`
  return `${count(pieces.length, 'pièce')} à déposer${redo === 0 ? '' : `, dont ${redo} à corriger`}`
}

function entryOf(piece: OwedPiece, today: Day): Entry {
  const { pieceId, name, ownerName, redo, motive } = piece
  return {
    title: `${name} – ${ownerName}`,
    details: [
      ...(redo ? [`À corriger${motive === null ? '.' : ` : ${quoted(motive)}`}`] : []),
      lastDay(piece, today),
    ],
    target: { path: `/pieces/${pieceId}` },
  }
}

function lastDay({ deadlineOn, pressingOn }: OwedPiece, today: Day): string {
  if (deadlineOn === null) return 'Aucune date limite n’est connue.'
  if (deadlineOn >= today)
    return `Dernier jour : ${formatClosing(deadlineOn)}, ${formatDaysLeft(today, deadlineOn)}.`
  const until =
    pressingOn === null
      ? 'dès que possible'
      : `avant la clôture, le ${formatClosing(pressingOn)}, ${formatDaysLeft(today, pressingOn)}`
  return `En retard depuis le ${formatDay(deadlineOn)} : déposez ${until}.`
}
