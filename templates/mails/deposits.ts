/** Tells the porteur of a batch of deposits, once it is quiet again. */
import { count } from '../pages/format.ts'
import { type Letter, letter, STOP_DIGEST } from './letter.ts'

interface Deposits {
  grappe: string
  /** Address of the board. */
  board: string
  /** Oldest first. */
  deposits: readonly { ownerName: string; pieceName: string; number: number; by: string }[]
}

export function depositsMail({ grappe, board, deposits }: Deposits): Letter {
  const who = [...new Set(deposits.map(({ ownerName }) => ownerName))]
  return letter(
    `${count(deposits.length, 'pièce déposée', 'pièces déposées')} par ` +
      `${who.length === 1 ? who[0] : `${who.length} membres`} ` +
      `– ${grappe}`,
    [
      'Bonjour,',
      `Dans la grappe « ${grappe} », ` +
        `${deposits.length === 1 ? 'cette pièce vient' : 'ces pièces viennent'} ` +
        'd’arriver :',
      {
        entries: who.map(ownerName => ({
          title: ownerName,
          details: deposits
            .filter(deposit => deposit.ownerName === ownerName)
            .map(({ pieceName, number, by }) => `${pieceName}, version ${number}, par ${by}`),
          target: null,
        })),
      },
      { button: 'Contrôler les pièces', target: { address: board } },
      STOP_DIGEST,
    ],
  )
}
