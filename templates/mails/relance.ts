/** The reminder: what one person still owes for all its establishments, each piece with its motive, its last day and its link. */
import type { Day } from '../../server/domain/call.ts'
import { daysLeft, formatClosing, formatDay, formatDaysLeft } from '../../server/domain/deadline.ts'
import { nearestDay, type OwedPiece, type RelanceKind } from '../../server/domain/relance.ts'
import { count } from '../pages/format.ts'
import { type Entry, type Letter, LINK, letter } from './letter.ts'

interface Relance {
  grappe: string
  call: string
  contactName: string | null
  /** The porteur's own words; null for none. */
  intro: string | null
  kind: RelanceKind
  today: Day
  /** The most urgent first; at least one. */
  pieces: readonly OwedPiece[]
}

export function relanceMail(about: Relance): Letter {
  const { pieces, intro, today } = about
  return letter(`${urgency(about)} : ${howMany(pieces)} – ${about.grappe}`, [
    about.contactName === null ? 'Bonjour,' : `Bonjour ${about.contactName},`,
    ...(intro === null ? [] : [{ quote: intro }]),
    `Pour la grappe « ${about.grappe} » (appel « ${about.call} »), ${pieces.length === 1 ? 'il manque encore cette pièce' : `il manque encore ces ${pieces.length} pièces`} :`,
    { entries: pieces.map(piece => entryOf(piece, today)) },
    { button: 'Déposer vos pièces', target: LINK },
    'Ce lien est personnel : il ouvre vos pièces sans mot de passe. Si vous venez de déposer, ce message a croisé votre envoi : rien d’autre n’est à faire.',
  ])
}

/** Differs with the kind and the days left, so that no mailbox takes two reminders for one. */
function urgency({ kind, today, pieces }: Relance): string {
  const nearest = nearestDay(pieces)
  if (kind === 'manuelle') return 'Le porteur vous écrit'
  if (nearest === null) return 'Rappel'
  const days = daysLeft(today, nearest)
  if (days === 0) return 'Dernier jour'
  if (days === 1) return 'Plus qu’un jour'
  return days <= 4 ? `Plus que ${days} jours` : `D’ici le ${formatDay(nearest)}`
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
      ...(redo ? [`À corriger${motive === null ? '.' : ` : ${motive}`}`] : []),
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
