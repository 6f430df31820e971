import { describe, expect, test } from 'vitest'
import { readCall, readCallTemplate, readDraftCall, readWrittenCall } from '../../schema/contracts/call.ts'
import { offeredDomaines, offeredProjets, windowAt, windowOn } from '../../server/domain/call.ts'
import { RULES } from '../../server/domain/rules/index.ts'
import { completeCall, writtenCall } from '../../server/domain/written-call.ts'
import { shippedCall, shippedTemplate } from './calls.ts'

const CODES = [
  'corse-2023',
  'demonstration',
  'national-2022',
  'national-2024',
  'nouvelle-aquitaine-2022',
  'temps-1-2021',
  'temps-2-2021',
]

describe('a grappe’s own copy of a call', () => {
  test('has real days, counted from the day of creation', () => {
    const { windows, pieces } = shippedCall('demonstration', '2026-01-15')
    expect(windows).toMatchObject([{ opensOn: '2025-12-16', closesOn: '2026-03-01' }])
    expect(pieces.find(piece => piece.code === 'etat-des-lieux')?.deadlineOn).toBe('2026-02-14')
  })

  test.each(CODES)('%s comes back the same from the database', code => {
    const call = shippedCall(code)
    expect(readCall(JSON.parse(JSON.stringify(call)))).toEqual({ ok: true, call })
  })

  test('may not keep a relative day', () => {
    const { windows, ...rest } = shippedCall('demonstration')
    expect(readCall({ ...rest, windows: [{ ...windows[0], closesOn: 'J+45' }] })).toMatchObject({
      ok: false,
      problems: [{ path: ['windows', 0, 'closesOn'] }],
    })
  })

  test('made when a call had one window, and conditions two facts at most, is read as one of today', () => {
    const { timeZone, windows, provenance, regionProvenance, recommendations, ...rest } =
      shippedCall('corse-2023')
    const { label, ...days } = windows[0] ?? {}
    const [first, ...others] = rest.pieces.map(({ modelUrl, ...piece }) => piece)
    const both = { domaines: ['DOM'], projets: ['acquisition'] }
    const former = {
      ...rest,
      window: { ...days, timeZone },
      pieces: [{ ...first, condition: both }, ...others],
    }
    const read = readCall(former)
    expect(read).toMatchObject({
      ok: true,
      call: {
        timeZone,
        windows,
        provenance: null,
        recommendations: [],
        pieces: [{ condition: { et: [{ domaines: ['DOM'] }, { projets: ['acquisition'] }] } }, ...others],
      },
    })
  })

  test('offers the domains and kinds that it admits, or all when no source says', () => {
    expect(offeredDomaines(shippedCall('corse-2023'))).toEqual(['PA', 'PH', 'DOM', 'PDE', 'PDS'])
    expect(offeredDomaines(shippedCall('national-2022'))).toContain('AHI')
    expect(offeredProjets(shippedCall('corse-2023'))).toEqual(['acquisition', 'mise-en-conformite'])
  })
})

describe('a call as it is written', () => {
  test.each(CODES)('%s completed and written again is the same', code => {
    const template = shippedTemplate(code)
    const written = writtenCall(template)
    expect(readWrittenCall(JSON.parse(JSON.stringify(written)))).toEqual({
      ok: true,
      call: written,
      unknownKeys: [],
    })
    expect(completeCall(written)).toEqual(template)
  })

  test('leaves out the provenance that is the whole call’s, which then holds', () => {
    const whole = { kind: 'source', reference: 'AAP publié le 2 mars, page 4', confidence: 'H' } as const
    const { pieces, ...rest } = writtenCall({ ...shippedTemplate('corse-2023'), provenance: whole })
    const call = { ...rest, pieces: pieces.map(({ provenance, ...piece }) => piece) }
    expect(readCallTemplate(call)).toMatchObject({
      ok: true,
      call: { pieces: pieces.map(() => ({ provenance: whole })) },
    })
    const nowhere = readCallTemplate({ ...call, provenance: null })
    expect(nowhere).toMatchObject({
      ok: false,
      problems: [{ path: ['pieces', 0, 'provenance'] }, ...pieces.slice(1).map(() => ({}))],
    })
    expect(readDraftCall({ ...call, provenance: null })).toMatchObject({ ok: true })
  })

  test('keeps and names the keys of a newer version', () => {
    const written = writtenCall(shippedTemplate('corse-2023'))
    const newer = {
      ...written,
      baremes: [1, 2],
      pieces: written.pieces.map((piece, i) => (i === 0 ? { ...piece, poids: 3 } : piece)),
    }
    expect(readWrittenCall(newer)).toEqual({
      ok: true,
      call: newer,
      unknownKeys: expect.arrayContaining(['baremes', 'pieces.0.poids']),
    })
  })

  test('never makes a declaration wait for an answer, its own or that of another that waits for it', () => {
    // Whom a declaration is asked of is a list of projects: nothing waits, so nothing waits in a circle. A file
    // that says otherwise is read, and told that it says nothing here.
    const written = writtenCall(shippedTemplate('corse-2023'))
    const at = written.rules.findIndex(({ rule }) => rule === 'declaration')
    const line = written.rules[at] as (typeof written.rules)[number]
    const circle = (code: string, other: string) => ({
      ...line,
      code,
      parameters: { ...line.parameters, condition: { declaration: other, reponse: true } },
    })
    const rules = written.rules.toSpliced(at, 1, circle('a', 'b'), circle('b', 'a'), circle('c', 'c'))
    const read = readWrittenCall({ ...written, rules })
    expect(read).toMatchObject({
      ok: true,
      unknownKeys: [0, 1, 2].map(i => `rules.${at + i}.parameters.condition`),
    })
    // A piece that asks for two answers to one declaration at once is asked of nobody.
    const both = { et: [true, false].map(reponse => ({ declaration: 'a', reponse })) }
    const pieces = written.pieces.map((piece, i) => (i === 0 ? { ...piece, condition: both } : piece))
    const told = readWrittenCall({ ...written, rules, pieces })
    expect(told.ok ? [] : told.problems.map(({ mend }) => mend)).toEqual(
      expect.arrayContaining([expect.stringContaining('ne peut concerner personne')]),
    )
  })

  test.each<[string, (call: ReturnType<typeof writtenCall>) => object, string]>([
    [
      'two windows that overlap',
      call => ({ windows: [...call.windows, { label: null, opensOn: '2023-09-15', closesOn: null }] }),
      'ouvrez cette fenêtre après la clôture de la précédente',
    ],
    ['500 pieces', call => ({ pieces: Array(500).fill(call.pieces[0]) }), '200 pièces'],
    [
      'a condition that concerns nobody',
      call => ({ pieces: call.pieces.map(piece => ({ ...piece, condition: { domaines: ['AHI'] } })) }),
      'ne peut concerner personne',
    ],
    [
      'a condition of three levels',
      call => ({
        pieces: call.pieces.map(piece => ({
          ...piece,
          condition: {
            ou: [
              { domaines: ['PA'] },
              { et: [{ projets: ['acquisition'] }, { ou: [{ domaines: ['PA'] }, { regions: ['Corse'] }] }] },
            ],
          },
        })),
      }),
      'deux niveaux',
    ],
    [
      'a model that is not on the web',
      call => ({ pieces: call.pieces.map(piece => ({ ...piece, modelUrl: 'javascript:alert(1)' })) }),
      'https://',
    ],
  ])('%s is told', (_, change, told) => {
    const call = writtenCall(shippedTemplate('corse-2023'))
    const read = readDraftCall({ ...call, ...change(call) })
    const mends = read.ok ? [] : read.problems.map(({ mend }) => mend)
    expect(mends.join(' ')).toContain(told)
  })
})

describe('the window that counts', () => {
  const call = shippedCall('nouvelle-aquitaine-2022')
  const closingOn = (today: string, windows = call.windows) => windowOn({ windows }, today).closesOn

  test('is the one under way, else the next, else the last', () => {
    expect(closingOn('2022-01-01')).toBe('2022-06-15')
    expect(closingOn('2022-06-15')).toBe('2022-06-15')
    expect(closingOn('2022-06-16')).toBe('2022-09-30')
    expect(closingOn('2023-01-01')).toBe('2022-09-30')
    expect(windowAt(call, '2022-06-15T22:30:00.000Z').today).toBe('2022-06-16')
  })

  test('is never past one whose closing is not known', () => {
    const [first, second] = call.windows
    if (first === undefined || second === undefined) throw new Error('two windows')
    expect(closingOn('2023-01-01', [{ ...first, closesOn: null }, second])).toBeNull()
  })
})

describe('the rules', () => {
  test('are each used by a shipped call, and have a code of their own', () => {
    const used = new Set(CODES.flatMap(code => shippedCall(code).rules.map(line => line.rule)))
    expect([...used].sort()).toEqual(RULES.map(rule => rule.code).sort())
    expect(new Set(RULES.map(rule => rule.code)).size).toBe(RULES.length)
  })
})
