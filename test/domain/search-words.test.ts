import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { searchWords, slipsBetween, trigrams } from '../../server/domain/search-words.ts'

describe('the words of a search', () => {
  it.each([
    ["E.H.P.A.D. St-Cœur d'Évry", ['ehpad', 'saint', 'coeur', 'd', 'evry']],
    ['S.M.J.P.M', ['smjpm']],
    ['01440 VIRIAT', ['01440', 'viriat']],
    ['ST.JOSEPH (ANNEXE)', ['saint', 'joseph', 'annexe']],
    ['', []],
  ])('%s', (text, words) => {
    expect(searchWords(text)).toEqual(words)
  })

  it('are letters and digits only, the same for their own words and whatever the case', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), text => {
        const words = searchWords(text)
        for (const word of words) expect(word).toMatch(/^[a-z0-9]+$/)
        expect(searchWords(words.join(' '))).toEqual(words)
      }),
    )
  })
})

describe('slips between two words', () => {
  it.each([
    ['viriat', 'viriat', 0],
    ['virait', 'viriat', 1],
    ['viriat', 'viria', 1],
    ['josef', 'joseph', 2],
    ['', 'abc', 3],
  ])('%s and %s: %i', (left, right, slips) => {
    expect(slipsBetween(left, right)).toBe(slips)
    expect(slipsBetween(right, left)).toBe(slips)
  })

  it('are as few as the letters changed, and none only for the same word', () => {
    const word = fc.stringMatching(/^[a-z]{0,8}$/)
    fc.assert(
      fc.property(word, word, (left, right) => {
        const slips = slipsBetween(left, right)
        expect(slips === 0).toBe(left === right)
        expect(slips).toBeGreaterThanOrEqual(Math.abs(left.length - right.length))
        expect(slips).toBeLessThanOrEqual(Math.max(left.length, right.length))
      }),
    )
  })
})

it('the trigrams of a word mark its beginning and its end', () => {
  expect(trigrams('ime')).toEqual(['  i', ' im', 'ime', 'me '])
})
