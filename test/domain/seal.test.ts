import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planDossier } from '../../server/domain/dossier-plan.ts'
import {
  compareFiles,
  hasChanges,
  readManifest,
  readSums,
  sealChanges,
  sealManifest,
} from '../../server/domain/seal.ts'
import { anySnapshot } from './dossier-sample.ts'

describe('the manifest of a sealed version', () => {
  it('reads back every deposited file, whatever people typed', () => {
    fc.assert(
      fc.property(anySnapshot, fc.string(), (snapshot, sealedBy) => {
        const plan = planDossier(snapshot, 3)
        const manifest = sealManifest(plan, 3, sealedBy)
        expect(readManifest(manifest)).toEqual({
          name: plan.name,
          number: 3,
          files: plan.entries.map(({ path, sha256, size }) => ({ path, sha256, size })),
        })
        expect(manifest.endsWith('\n')).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  it('is the same when the plan went through the database, which orders keys as it likes', () => {
    fc.assert(
      fc.property(anySnapshot, snapshot => {
        const plan = planDossier(snapshot, 1)
        expect(sealManifest(JSON.parse(JSON.stringify(plan)), 1, 'x')).toBe(sealManifest(plan, 1, 'x'))
      }),
      { numRuns: 20 },
    )
  })

  it('is not read from a text that is none', () => {
    expect(readManifest('')).toBeNull()
    expect(readManifest('dossier x\nversion 1\n')).toBeNull()
  })
})

describe('what changed between two versions', () => {
  it('is nothing between a version and itself', () => {
    fc.assert(
      fc.property(anySnapshot, snapshot => {
        const plan = planDossier(snapshot)
        expect(hasChanges(sealChanges(plan, plan, 1))).toBe(false)
      }),
      { numRuns: 50 },
    )
  })

  it('is told the other way round from the later version back', () => {
    fc.assert(
      fc.property(anySnapshot, anySnapshot, (one, other) => {
        const [a, b] = [planDossier(one), planDossier(other)]
        const forth = sealChanges(a, b, 1)
        const back = sealChanges(b, a, 2)
        expect(forth.added.length).toBe(back.removed.length)
        expect(forth.removed.length).toBe(back.added.length)
        expect(forth.replaced.length).toBe(back.replaced.length)
      }),
      { numRuns: 50 },
    )
  })
})

describe('a list of sums', () => {
  const [a, b] = ['a'.repeat(64), 'b'.repeat(64)]

  it('is read as sha256sum writes it, in text and binary mode', () => {
    const text = `${a}  un.pdf\n${b.toUpperCase()} *./dossier/deux trois.pdf\r\nautre chose\n`
    expect(readSums(text).map(({ path, sha256 }) => [path, sha256])).toEqual([
      ['un.pdf', a],
      ['dossier/deux trois.pdf', b],
    ])
  })

  it('names what is missing, altered and extra', () => {
    const file = (path: string, sha256: string) => ({ path, sha256, size: null })
    const expected = [file('même', a), file('altéré', a), file('absent', a)]
    expect(compareFiles(expected, [file('même', a), file('altéré', b), file('en trop', a)])).toEqual({
      missing: ['absent'],
      altered: ['altéré'],
      extra: ['en trop'],
    })
  })
})
