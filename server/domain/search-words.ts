/**
 * Words as people type them and as registers print them, brought to one spelling, and words that look alike.
 */

/** Both spellings are in the registry, often for the same town. */
const SPELLED_OUT: ReadonlyMap<string, string> = new Map([
  ['st', 'saint'],
  ['ste', 'sainte'],
])

/**
 * The words of a text: lower case, without accents, abbreviations without their dots.
 *
 * `searchWords("E.H.P.A.D. St-Cœur d'Évry")` → `['ehpad', 'saint', 'coeur', 'd', 'evry']`
 */
export function searchWords(text: string): string[] {
  const words = text
    .replace(/(?<!\p{L})(?:\p{L}\.){2,}/gu, abbreviation => abbreviation.replaceAll('.', ''))
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('œ', 'oe')
    .replaceAll('æ', 'ae')
    .match(/[a-z0-9]+/g)
  return (words ?? []).map(word => SPELLED_OUT.get(word) ?? word)
}

/** The groups of three characters of a word, its beginning marked by two spaces and its end by one. */
export function trigrams(word: string): string[] {
  const padded = `  ${word} `
  return Array.from({ length: word.length + 1 }, (_, start) => padded.slice(start, start + 3))
}

/**
 * How many slips of a keyboard separate two words: a letter too many, missing, wrong, or two neighbours
 * swapped. (Optimal string alignment distance.)
 */
export function slipsBetween(left: string, right: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1]
      let slips = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (same ? 0 : 1),
      )
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      if (row > 1 && column > 1 && swapped) slips = Math.min(slips, at(beforePrevious, column - 2) + 1)
      current.push(slips)
    }
    beforePrevious = previous
    previous = current
  }
  return at(previous, right.length)
}

function at(numbers: readonly number[], index: number): number {
  return numbers[index] ?? Number.POSITIVE_INFINITY
}
