/** A later last day, or a piece that may be deposited again: told to whoever owes it. */
import type { Day } from '../../server/domain/call.ts'
import { formatClosing } from '../../server/domain/deadline.ts'
import { count } from '../pages/format.ts'
import { type Letter, LINK, letter } from './letter.ts'
import { hello } from './plain-words.ts'

interface MovedPiece {
  pieceId: string
  name: string
  ownerName: string
}

interface Granted {
  grappe: string
  contactName: string | null
  /** The porteur's, as it wrote it. */
  motive: string
  deadlineOn: Day
  pieces: readonly MovedPiece[]
}

const entries = (pieces: readonly MovedPiece[]) => ({
  entries: pieces.map(({ pieceId, name, ownerName }) => ({
    title: `${name} – ${ownerName}`,
    details: [],
    target: { path: `/pieces/${pieceId}` },
  })),
})

export const deadlineMails = {
  extensionGranted({ grappe, contactName, motive, deadlineOn, pieces }: Granted): Letter {
    return letter(`Délai accordé pour ${count(pieces.length, 'pièce')} – ${grappe}`, [
      hello(contactName),
      `Le porteur de la grappe « ${grappe} » vous laisse jusqu’au ${formatClosing(deadlineOn)} ` +
        'pour déposer :',
      entries(pieces),
      'Son motif :',
      { quote: motive },
      { button: 'Déposer vos pièces', target: LINK },
    ])
  },

  pieceReopened({ grappe, contactName, motive, deadlineOn, pieces }: Granted): Letter {
    return letter(`Dépôt rouvert : ${pieces.map(({ name }) => name).join(', ')} – ${grappe}`, [
      hello(contactName),
      `L’appel est clos, mais le porteur de la grappe « ${grappe} » rouvre cette pièce ` +
        `jusqu’au ${formatClosing(deadlineOn)} :`,
      entries(pieces),
      'Son motif :',
      { quote: motive },
      { button: 'Déposer la pièce', target: LINK },
    ])
  },
}
