/** What happened on the board, in one sentence to be read aloud. */
import { count, list } from '../format.ts'

interface News {
  deposits: ReadonlyArray<{ by: string; pieces: number }>
  others: number
}

/** Beyond, names would take longer to listen to than the board to look at. */
const NAMED = 3

/** « 3 pièces déposées par EHPAD X. »; empty when there is nothing to tell. */
export function newsSentence({ deposits, others }: News): string {
  const pieces = (n: number) => count(n, 'pièce déposée', 'pièces déposées')
  const total = deposits.reduce((sum, deposit) => sum + deposit.pieces, 0)
  const told =
    deposits.length > NAMED
      ? [`${pieces(total)} par ${count(deposits.length, 'membre')}`]
      : deposits.map(deposit => `${pieces(deposit.pieces)} par ${deposit.by}`)
  const rest = others === 0 ? [] : [count(others, 'autre changement', 'autres changements')]
  const all = [...told, ...rest]
  return all.length === 0 ? '' : `${list(all)}.`
}
