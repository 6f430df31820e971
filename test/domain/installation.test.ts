import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Census, isSmallShare, judgeStart, type KeyEvidence } from '../../server/domain/installation.ts'

const STORE = { storeId: 'depot', databaseId: 'base' }
const ROW = { ...STORE, keyCheck: 'cle' }
const KEY = { check: 'cle', opensLinks: null }
const EMPTY: Census = { referenced: 0, present: 0, held: 0 }

describe('a folder, a database and a key', () => {
  it('go together when each says so, or when none has anything yet', () => {
    expect(judgeStart(STORE, ROW, KEY, null)).toBe('same')
    expect(judgeStart(null, null, KEY, EMPTY)).toBe('new')
    expect(judgeStart(null, null, { check: null, opensLinks: null }, EMPTY)).toBe('new')
  })

  it.each([
    ['another store', { ...STORE, storeId: 'autre' }, ROW, 'other-pair'],
    ['another database', { ...STORE, databaseId: 'autre' }, ROW, 'other-pair'],
    ['a database that says nothing', STORE, null, 'unknown-database'],
    ['a folder that says nothing', null, ROW, 'unknown-store'],
  ] as const)('do not with %s, whatever the files and the key say', (_what, store, row, refusal) => {
    expect(judgeStart(store, row, KEY, { referenced: 9, present: 9, held: 9 })).toBe(refusal)
  })

  it('do not without the key, nor with another one', () => {
    expect(judgeStart(STORE, ROW, { check: null, opensLinks: false }, null)).toBe('key-missing')
    expect(judgeStart(STORE, ROW, { check: 'autre', opensLinks: true }, null)).toBe('key-changed')
  })
})

describe('a folder and a database of before identities', () => {
  const judge = (referenced: number, present: number, held: number, key: KeyEvidence = KEY) =>
    judgeStart(null, null, key, { referenced, present, held })

  it('go together when what one refers to is in the other, but for a handful or a twentieth', () => {
    expect(judge(61, 61, 61)).toBe('new')
    expect(judge(61, 58, 60)).toBe('new')
    expect(judge(1000, 950, 1000)).toBe('new')
  })

  it('do not when one knows nothing of the other, or too little', () => {
    expect(judge(0, 0, 1)).toBe('bytes-without-rows')
    expect(judge(1, 0, 0)).toBe('rows-without-bytes')
    expect(judge(61, 0, 61)).toBe('rows-without-bytes')
    expect(judge(1000, 949, 949)).toBe('too-different')
    expect(judge(1000, 1000, 1053)).toBe('too-different')
    expect(judge(6, 2, 2)).toBe('too-different')
  })

  it('are asked whether live links were made with this key', () => {
    expect(judge(9, 9, 9, { check: 'cle', opensLinks: true })).toBe('new')
    expect(judge(9, 9, 9, { check: 'cle', opensLinks: false })).toBe('key-changed')
    expect(judge(9, 9, 9, { check: null, opensLinks: false })).toBe('key-missing')
  })

  it('never go together when most of either side is unknown to the other', () => {
    const counts = fc
      .record({ present: fc.nat(500), missing: fc.nat(500), strays: fc.nat(500) })
      .filter(({ present, missing, strays }) => missing > present || strays > present)
    fc.assert(
      fc.property(counts, ({ present, missing, strays }) => {
        expect(judge(present + missing, present, present + strays)).not.toBe('new')
      }),
    )
  })
})

describe('what is set aside without asking', () => {
  it('is a handful, or a twentieth of what there is', () => {
    expect(isSmallShare(5, 5)).toBe(true)
    expect(isSmallShare(6, 60)).toBe(false)
    expect(isSmallShare(50, 1000)).toBe(true)
    expect(isSmallShare(51, 1000)).toBe(false)
  })
})
