/** What a call may hold, for properties: conditions over every fact, pieces of any kind. */
import fc from 'fast-check'
import type { Condition, FactCondition, PieceDefinition } from '../../server/domain/call.ts'
import { DOMAINES, FORMATS, PROJETS, SCOPES } from '../../server/domain/call.ts'
import { jointsOf, withFact } from '../../server/domain/condition-edit.ts'

export const anyText = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .map(each => each.trim() || 'texte')

const span = fc
  .tuple(fc.option(fc.integer({ min: 1, max: 5 })), fc.option(fc.integer({ min: 5, max: 20 })))
  .map(([min, max]) => ({ min: min ?? (max === null ? 2 : null), max }))

/** @param declarations codes of the lines that a member may answer. */
export const anyFact = (declarations: readonly string[]): fc.Arbitrary<FactCondition> =>
  fc.oneof(
    fc.record({ domaines: fc.subarray([...DOMAINES], { minLength: 1 }) }),
    fc.record({ projets: fc.subarray([...PROJETS], { minLength: 1 }) }),
    fc.record({ categories: fc.subarray(['500', '460', '202'], { minLength: 1 }) }),
    fc.record({ regions: fc.subarray(['Corse', 'Outre-mer'], { minLength: 1 }) }),
    fc.record({ tailleOg: span }),
    fc.record({ nombreOg: span }),
    fc.record({ declaration: fc.constantFrom(...declarations), reponse: fc.boolean() }),
  )

/** As the screen builds them: facts added one after the other. */
export const anyCondition = (declarations: readonly string[]): fc.Arbitrary<Condition | null> =>
  fc.array(fc.tuple(anyFact(declarations), fc.nat()), { maxLength: 5 }).map(steps =>
    steps.reduce<Condition | null>((condition, [each, choice]) => {
      const joints = jointsOf(condition)
      return withFact(condition, each, joints[choice % joints.length] ?? 'et')
    }, null),
  )

/** Everything of a piece but its code and its provenance. */
export const anyPiece = (
  declarations: readonly string[],
): fc.Arbitrary<Omit<PieceDefinition, 'code' | 'provenance'>> =>
  fc
    .record({
      name: anyText,
      explanation: anyText,
      scope: fc.constantFrom(...SCOPES),
      condition: anyCondition(declarations),
      exceptPorteur: fc.constantFrom(undefined, true, false),
      required: fc.boolean(),
      formats: fc.subarray([...FORMATS], { minLength: 1 }),
      maxFileMb: fc.integer({ min: 1, max: 1000 }),
      severalFiles: fc.boolean(),
      signatory: fc.option(anyText),
      deadlineOn: fc.constantFrom(null, '2023-07-01', '2023-09-01', '2023-10-01'),
      modelUrl: fc.constantFrom(null, 'https://exemple.fr/modele.docx'),
      model: fc.constantFrom(undefined, null, 'a'.repeat(64), 'b'.repeat(64)),
    })
    .map(({ exceptPorteur, model, ...piece }) => ({
      ...piece,
      ...(exceptPorteur === undefined ? {} : { exceptPorteur }),
      ...(model === undefined ? {} : { model: { fileName: 'Lettre « 1 ».docx', sha256: model } }),
    }))
