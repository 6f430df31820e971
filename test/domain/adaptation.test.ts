import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCall } from '../../schema/contracts/call.ts'
import { adapt, effectOf, undoAdaptation, withOrder } from '../../server/domain/adaptation.ts'
import type { Call, PieceDefinition } from '../../server/domain/call.ts'
import { applyChange, changesBetween, changeWords, inverse } from '../../server/domain/call-changes.ts'
import { planDossier } from '../../server/domain/dossier-plan.ts'
import { report, reportableValues, takeBack, withExceptions } from '../../server/domain/reported.ts'
import { isSame } from '../../server/domain/same-value.ts'
import { standingUnder } from '../../server/steps/read/preview-call.ts'
import type { GrappeRecord } from '../../server/steps/read/read-grappe.ts'
import { anyPiece } from './any-call.ts'
import { shippedCall } from './calls.ts'
import { aSnapshot } from './dossier-sample.ts'

const CALL = shippedCall('demonstration')
const FIRST = CALL.pieces[0] as PieceDefinition
const MARK = { id: 'a1', basis: 'message de l’ARS du 3 mars', on: '2026-11-28' }

/** What the database gives back: its keys in another order. */
const stored = (call: Call): Call =>
  JSON.parse(JSON.stringify(call), (_, value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toReversed())
      : value,
  ) as Call

/** Any other state of the call's pieces: some gone, some changed, some new, in any order. */
const anyPieces: fc.Arbitrary<Call> = fc
  .tuple(
    fc.shuffledSubarray([...CALL.pieces]),
    fc.array(fc.record({ name: fc.string({ minLength: 1 }), required: fc.boolean() }), { maxLength: 4 }),
    fc.integer({ min: 0, max: 20 }),
  )
  .map(([kept, added, at]) => {
    const changed = kept.map((piece, i) => (i % 3 === 0 ? { ...piece, required: !piece.required } : piece))
    const fresh = added.map((piece, i): PieceDefinition => ({ ...FIRST, ...piece, code: `nouvelle-${i}` }))
    return { ...CALL, pieces: changed.toSpliced(at, 0, ...fresh) }
  })

/** A grappe that collects under that call: some pieces are accepted, refused, late or set aside. */
const SNAPSHOT = aSnapshot()
const COLLECTED: Call = { ...CALL, money: null, pieces: SNAPSHOT.definitions }
const DECLARATIONS = CALL.rules.filter(({ rule }) => rule === 'declaration').map(({ code }) => code)
const THRESHOLDS = reportableValues(CALL).filter(({ kind }) => kind === 'threshold' || kind === 'count')

/** Whatever a porteur may do to its copy; ranks are brought within the list. */
const anyAct = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), rank: fc.nat(9), piece: anyPiece(DECLARATIONS) }),
  fc.record({
    kind: fc.constant('change' as const),
    rank: fc.nat(9),
    fields: anyPiece(DECLARATIONS).chain(piece =>
      fc.subarray(Object.entries(piece), { minLength: 1 }).map(given => Object.fromEntries(given)),
    ),
  }),
  fc.record({ kind: fc.constant('move' as const), rank: fc.nat(9), step: fc.constantFrom(1, -1) }),
  fc.record({ kind: fc.constant('remove' as const), rank: fc.nat(9) }),
  fc.record({
    kind: fc.constant('threshold' as const),
    rank: fc.nat(),
    value: fc.integer({ min: 1, max: 60 }),
  }),
  fc.record({
    kind: fc.constant('day' as const),
    path: fc.constantFrom('windows.0.opensOn', 'windows.0.closesOn'),
    value: fc.constantFrom('2023-06-01', '2023-09-19', '2023-09-30', '2027-03-31'),
  }),
  fc.record({ kind: fc.constant('amount' as const), value: fc.integer({ min: 0, max: 20_000 }) }),
)
type Act = typeof anyAct extends fc.Arbitrary<infer Each> ? Each : never

function done(call: Call, act: Act, id: string): Call {
  const mark = { ...MARK, id }
  const { pieces } = call
  const adaptedTo = (wanted: readonly PieceDefinition[]) =>
    adapt(call, { ...call, pieces: wanted }, mark)?.call ?? call
  const rank = 'rank' in act ? act.rank % Math.max(pieces.length, 1) : 0
  const piece = pieces[rank] ?? FIRST
  switch (act.kind) {
    case 'add': {
      const { provenance } = FIRST
      return adaptedTo(pieces.toSpliced(rank, 0, { ...act.piece, code: `nouvelle-${id}`, provenance }))
    }
    case 'change':
      return adaptedTo(pieces.map(each => (each === piece ? { ...piece, ...act.fields } : each)))
    case 'remove':
      return adaptedTo(pieces.filter(each => each !== piece))
    case 'move': {
      const others = pieces.flatMap(each => (each === piece ? [] : [each.code]))
      return withOrder(call, others.toSpliced(Math.max(0, rank + act.step), 0, piece.code), mark)
    }
    case 'threshold': {
      const found = THRESHOLDS[act.rank % THRESHOLDS.length]
      if (found === undefined) throw new Error('the call has no threshold')
      return report(call, found.path, withExceptions(found, act.value, valueFor(found, act.value)), mark)
    }
    case 'day':
      return report(call, act.path, act.value, mark)
    case 'amount':
      return report(call, 'money.acquisitionEuros', act.value, mark)
  }
}

const valueFor = ({ kind }: { kind: string }, value: number) =>
  kind === 'threshold' ? { minimum: value, exceptions: [] } : value

/** What each member owes, in which state and by when, and how the grappe is judged. */
const standing = (call: Call) =>
  standingUnder({ ...SNAPSHOT, record: SNAPSHOT.grappe as GrappeRecord, followUps: [] }, call)

describe('changes between two states of a call', () => {
  test('applied one after the other, lead from one to the other, and back', () => {
    fc.assert(
      fc.property(anyPieces, anyPieces, (before, after) => {
        const changes = changesBetween(before, stored(after))
        const there = changes.reduce<Call | null>((call, each) => call && applyChange(call, each), before)
        expect(there?.pieces).toEqual(after.pieces)
        const back = changes
          .toReversed()
          .reduce<Call | null>((call, each) => call && applyChange(call, inverse(each)), there)
        expect(back?.pieces.map(({ code }) => code).toSorted()).toEqual(
          before.pieces.map(({ code }) => code).toSorted(),
        )
      }),
    )
  })

  test('are none between a call and what a database gives back of it', () => {
    expect(changesBetween(CALL, stored(CALL))).toEqual([])
  })

  test('do not apply where the call holds something else, unless they are to win', () => {
    const changed = { ...CALL, pieces: CALL.pieces.with(0, { ...FIRST, name: 'Autre nom' }) }
    const [change] = changesBetween(CALL, {
      ...CALL,
      pieces: CALL.pieces.with(0, { ...FIRST, required: false }),
    })
    if (change === undefined) throw new Error('No change')
    expect(applyChange(changed, change)).toBeNull()
    expect(applyChange(changed, change, true)?.pieces[0]).toMatchObject({ name: FIRST.name, required: false })
  })

  test('are told with what was and what is', () => {
    const [window] = CALL.windows
    const after: Call = {
      ...CALL,
      windows: window === undefined ? [] : [{ ...window, closesOn: '2027-03-31' }],
      rules: CALL.rules.map(line =>
        line.rule === 'guichet' ? { ...line, parameters: { ...line.parameters, seuilNational: 40 } } : line,
      ),
      pieces: CALL.pieces.slice(1).with(0, { ...(CALL.pieces[1] as PieceDefinition), required: false }),
    }
    const words = changesBetween(CALL, after).map(change => {
      const { title, details } = changeWords(change, CALL)
      return [title, ...details].join(' | ').replaceAll('\u00a0', ' ')
    })
    expect(words).toEqual([
      `Fenêtres de dépôt : modification | appel, clôture : mercredi 6 janvier 2027 → mercredi 31 mars 2027`,
      `Pièce « ${FIRST.name} » retirée | obligatoire, demandée une fois pour la grappe`,
      `Pièce « ${CALL.pieces[1]?.name} » modifiée | caractère : obligatoire → facultative`,
      expect.stringContaining('50 → 40'),
    ])
  })
})

describe('an adaptation of a grappe’s copy', () => {
  test('undone, gives back the same call, the same expected pieces and their states, whatever it was', () => {
    fc.assert(
      fc.property(fc.array(anyAct, { minLength: 1, maxLength: 8 }), acts => {
        const adapted = acts.reduce((call, act, i) => stored(done(call, act, `a${i}`)), COLLECTED)
        const back = (adapted.adapted ?? [])
          .toReversed()
          .reduce<Call | null>((call, { id }) => call && undoAdaptation(call, id), adapted)
        if (back === null) throw new Error('an adaptation cannot be undone after those that came over it')
        const given = (back.reported ?? []).reduce((call, { path }) => takeBack(call, path), back)
        expect({ ...given, adapted: [], reported: [] }).toEqual({ ...COLLECTED, adapted: [], reported: [] })
        expect(standing(given)).toEqual(standing(COLLECTED))
      }),
      { numRuns: 300 },
    )
  })

  test('does something to what is expected, or the property above says nothing', () => {
    const drawn = fc.sample(anyAct, { numRuns: 200, seed: 11 })
    for (const kind of ['add', 'change', 'move', 'remove', 'threshold', 'day', 'amount'] as const) {
      const effects = drawn.filter(act => act.kind === kind).map(act => done(COLLECTED, act, 'a'))
      expect([kind, effects.some(call => !isSame(call, COLLECTED))]).toEqual([kind, true])
    }
    const changed = drawn.map(act => JSON.stringify(standing(done(COLLECTED, act, 'a')).rows))
    expect(new Set(changed).size).toBeGreaterThan(20)
  })

  test('is marked as the porteur’s on what it adds and on what it changes, and read again from the database', () => {
    const added = adapt(CALL, { ...CALL, pieces: [...CALL.pieces, { ...FIRST, code: 'rib-2' }] }, MARK)
    expect(added?.call.pieces.at(-1)?.provenance).toEqual({ kind: 'carrier', reference: MARK.basis })
    const wanted = { ...CALL, pieces: CALL.pieces.with(0, { ...FIRST, required: false }) }
    const changed = adapt(CALL, wanted, MARK)
    expect(changed?.call.pieces[0]?.provenance).toEqual({
      kind: 'adapted',
      reference: MARK.basis,
      on: MARK.on,
      original: FIRST.provenance,
    })
    const read = readCall(stored(changed?.call ?? CALL))
    expect(read).toEqual({ ok: true, call: changed?.call })
  })

  test('is not undone under another that came over it', () => {
    const first = adapt(CALL, { ...CALL, pieces: CALL.pieces.with(0, { ...FIRST, required: false }) }, MARK)
    const [piece] = first?.call.pieces ?? []
    if (first === null || piece === undefined) throw new Error('Nothing adapted')
    const renamed = { ...first.call, pieces: first.call.pieces.with(0, { ...piece, name: 'Autre nom' }) }
    const second = adapt(first.call, renamed, { ...MARK, id: 'a2' })
    if (second === null) throw new Error('Nothing adapted')
    expect(undoAdaptation(second.call, 'a1')).toBeNull()
    const back = undoAdaptation(second.call, 'a2')
    expect(back && undoAdaptation(back, 'a1')?.pieces).toEqual(CALL.pieces)
  })

  test('says who is asked for what, what is kept aside, and how much reminders ask for', () => {
    const snapshot = aSnapshot()
    const [, ...others] = snapshot.definitions
    const after = {
      ...snapshot,
      definitions: [...others, { ...FIRST, code: 'nouvelle', scope: 'esms' as const }],
    }
    const under = (given: typeof snapshot) => ({ ...planDossier(given), opensOn: null })
    const effect = effectOf(under(snapshot), under(after))
    expect(effect.asked).toEqual([{ pieceName: FIRST.name, owners: ['SAVS Élan', 'EHPAD Example'] }])
    expect(effect.dropped.length).toBeGreaterThan(0)
    expect(effect.keptAside.flatMap(({ owners }) => owners)).toContain('Grappe PEP2B')
    expect(effect.owed).toEqual({ from: 3, to: 5 })
  })
})
