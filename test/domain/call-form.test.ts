import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { callYaml } from '../../server/adapters/call-files.ts'
import { DOMAINES, PROJETS } from '../../server/domain/call.ts'
import { answerPiece, CALL_SECTIONS, pieceValues, sectionForm } from '../../server/domain/call-form.ts'
import { factsIn, jointsOf, withFact, withoutFact } from '../../server/domain/condition-edit.ts'
import { RULES } from '../../server/domain/rules/index.ts'
import type { ParameterKinds, Rule } from '../../server/domain/rules/rule.ts'
import { type WrittenCall, writtenCall } from '../../server/domain/written-call.ts'
import { anyCondition, anyFact, anyPiece, anyText } from './any-call.ts'
import { shippedTemplate } from './calls.ts'

const provenance = fc.option(
  fc.oneof(
    fc.record({
      kind: fc.constant('source' as const),
      reference: anyText,
      confidence: fc.constantFrom('H' as const, 'M' as const, 'L' as const),
    }),
    fc.record({ kind: fc.constantFrom('hypothesis' as const, 'carrier' as const), reference: anyText }),
  ),
  { nil: undefined },
)
/** A value with its own provenance, or without. */
const sourced = <Value extends object>(value: fc.Arbitrary<Value>) =>
  fc.tuple(value, provenance).map(([each, own]) => (own === undefined ? each : { ...each, provenance: own }))

const corse = writtenCall(shippedTemplate('corse-2023'))
/** Lines that a member answers; every call drawn here asks them, so that conditions may read them. */
const DECLARATIONS = ['reponse-a', 'reponse-b']
const count = fc.integer({ min: 1, max: 60 })
const projets = fc.subarray([...PROJETS], { minLength: 1 })
const domaines = fc.subarray([...DOMAINES], { minLength: 1 })

/** A value of each kind that a rule takes. */
const VALUES: { [Kind in keyof ParameterKinds]: fc.Arbitrary<unknown> } = {
  count,
  threshold: fc.record({
    minimum: count,
    exceptions: fc.array(
      fc.record({
        places: fc.subarray(['Corse', 'Outre-mer', 'Bretagne'], { minLength: 1 }),
        minimum: count,
      }),
      { maxLength: 3 },
    ),
  }),
  text: anyText,
  region: fc.constantFrom('Corse', 'Bretagne'),
  domaines,
  projets,
  categories: fc.subarray(['500', '460', '202'], { minLength: 1 }),
  couloirs: fc.array(fc.record({ code: fc.constantFrom('MS1', 'MS2'), domaines }), {
    minLength: 1,
    maxLength: 2,
  }),
  guichets: fc.subarray(['regional', 'national'] as const, { minLength: 1 }),
}

/** One line of a rule, with each of its parameters known or not. */
const lineOf = ({ code: rule, parameters }: Rule, code: string) =>
  sourced(
    fc
      .record({
        title: fc.option(anyText),
        parameters: fc.record(
          Object.fromEntries(
            Object.entries(parameters).map(([name, { kind, optional }]) => [
              name,
              optional ? fc.option(VALUES[kind], { nil: undefined }) : fc.option(VALUES[kind]),
            ]),
          ),
        ),
      })
      .map(({ title, parameters: given }) => ({
        code,
        rule,
        title,
        parameters: Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
      })),
  )

const declared = RULES.filter(({ code }) => code === 'declaration')
const anyRules = fc
  .tuple(
    fc.subarray(RULES.filter(({ code }) => code !== 'declaration')),
    fc.tuple(...declared.flatMap(rule => DECLARATIONS.map(code => lineOf(rule, code)))),
  )
  .chain(([rules, asked]) =>
    fc.tuple(...rules.map(rule => lineOf(rule, rule.code))).map(lines => [...lines, ...asked]),
  )

/** Calls of any kind that one may write, with keys that this version does not know. */
const anyCall: fc.Arbitrary<WrittenCall> = fc
  .record({
    provenance: provenance.map(own => own ?? null),
    windows: fc
      .subarray(['2026-01-01', '2026-03-01', '2026-03-02', '2026-09-30', '2026-10-01', 'J-30'], {
        minLength: 2,
      })
      .filter(days => !days.includes('J-30') || days.length === 2)
      .chain(days =>
        fc.tuple(
          sourced(
            fc.record({
              label: fc.option(anyText),
              opensOn: fc.constant(days[0] ?? null),
              closesOn: fc.constant(days[1] ?? null),
            }),
          ),
          sourced(
            fc.record({
              label: anyText,
              opensOn: fc.constant(days[2] ?? null),
              closesOn: fc.constant(days[3] ?? null),
            }),
          ),
        ),
      ),
    rules: anyRules,
    money: fc.option(
      sourced(
        fc.record({
          acquisitionEuros: fc.option(fc.nat(100_000)),
          miseEnConformiteEuros: fc.option(fc.nat(100_000)),
          equipementEuros: fc.option(fc.nat(100_000)),
        }),
      ),
    ),
    recommendations: fc.array(sourced(fc.record({ text: anyText })), { maxLength: 3 }),
    pieces: fc.array(sourced(anyPiece(DECLARATIONS)), { minLength: 1, maxLength: 5 }),
    title: anyText,
    summary: anyText,
    fictional: fc.boolean(),
    region: fc.constantFrom(null, 'Corse', 'Bretagne'),
    regionProvenance: provenance.map(own => own ?? null),
    timeZone: fc.constantFrom('Europe/Paris', 'Indian/Reunion'),
    limitsProvenance: provenance,
    submission: fc.option(
      sourced(
        fc.record({
          name: anyText,
          url: fc.constantFrom(null, 'https://exemple.fr/depot'),
          steps: fc.uniqueArray(anyText, { minLength: 1, maxLength: 4 }),
        }),
      ),
      { nil: undefined },
    ),
    dates: fc.array(
      sourced(fc.record({ title: anyText, dueOn: fc.constantFrom(null, 'J+90', '2024-01-31') })),
      {
        maxLength: 3,
      },
    ),
    retention: fc.option(sourced(fc.record({ months: fc.integer({ min: 1, max: 240 }) })), {
      nil: undefined,
    }),
    newer: fc.option(anyText),
  })
  .map(({ newer, limitsProvenance, pieces, submission, dates, retention, ...parts }): WrittenCall => {
    const { limitsProvenance: _, submission: _place, retention: _kept, ...others } = corse
    return {
      ...others,
      ...parts,
      ...(limitsProvenance === undefined ? {} : { limitsProvenance }),
      ...(submission === undefined ? {} : { submission }),
      ...(retention === undefined ? {} : { retention }),
      ...(dates.length === 0
        ? {}
        : { followUp: { dates: dates.map((date, i) => ({ ...date, code: `date-${i}` })), pieces: [] } }),
      pieces: pieces.map((piece, i) => ({
        ...piece,
        code: `piece-${i}`,
        ...(newer === null ? {} : { poids: newer }),
      })),
      ...(newer === null ? {} : { bareme: { valeur: newer } }),
    }
  })

describe('a call from a file, shown in its forms and sent back', () => {
  test('is the same file', () => {
    fc.assert(
      fc.property(anyCall, drawn => {
        const read = callYaml.read(callYaml.write(drawn))
        // A condition that concerns nobody is refused, here as there; keys not known are told beside it.
        fc.pre(read.ok || !read.problems.some(problem => problem.includes('personne')))
        if (!read.ok) throw new Error(read.problems.join('\n'))
        const { call } = read
        expect(call).toEqual(drawn)
        const after = CALL_SECTIONS.reduce(
          (each, section) => {
            const form = sectionForm(section)
            return form.answer(each, form.valuesOf(each)).call
          },
          call.pieces.reduce((each, piece, rank) => answerPiece(each, pieceValues(piece), rank), call),
        )
        expect(callYaml.write(after)).toBe(callYaml.write(call))
      }),
    )
  })
})

describe('a condition built on screen', () => {
  test('holds the facts added, in order, and loses the last as it came', () => {
    fc.assert(
      fc.property(anyCondition(DECLARATIONS), anyFact(DECLARATIONS), fc.nat(), (condition, added, choice) => {
        const joints = jointsOf(condition)
        const joint = joints[choice % joints.length] ?? 'et'
        const longer = withFact(condition, added, joint)
        if (longer === null) throw new Error('an offered way of joining is refused')
        const facts = factsIn(longer)
        expect(facts.map(each => each.fact)).toEqual([...factsIn(condition).map(each => each.fact), added])
        expect(withoutFact(longer, facts.length - 1)).toEqual(condition)
      }),
    )
  })
})
