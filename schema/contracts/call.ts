/**
 * A call as written in `templates/calls/*.yaml` and as stored with a grappe. Messages are French and say what to
 * write instead, because the people who write calls are porteurs and ARS.
 */
import * as z from 'zod'
import {
  type Call,
  type CallTemplate,
  DOMAINES,
  FORMATS,
  PROJETS,
  type RuleLine,
  SCOPES,
  type TemplateDay,
} from '../../server/domain/call.ts'
import { addDays, isDay, isTimeZone } from '../../server/domain/deadline.ts'
import { OUTRE_MER, REGIONS } from '../../server/domain/regions.ts'
import { RULES, ruleNamed } from '../../server/domain/rules/index.ts'
import type { ParameterKinds, Rule } from '../../server/domain/rules/rule.ts'
import { ask, code, count, type FileProblem, inFrench, listOf, oneOf, readBy, text } from './hand-written.ts'

const provenance = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('source'),
      reference: text(500),
      confidence: oneOf(['H', 'M', 'L']),
    }),
    z.strictObject({ kind: z.literal('hypothesis'), reference: text(500) }),
    z.strictObject({ kind: z.literal('carrier'), reference: text(500) }),
  ],
  ask(
    'dites d’où cela vient : kind source (avec reference et confidence), hypothesis ou carrier (avec reference)',
  ),
)

const realDay = z
  .string(ask('écrivez un jour entre guillemets, comme "2023-09-15"'))
  .refine(isDay, 'écrivez un jour qui existe, sous la forme "2023-09-15", sans heure')

const templateDay = z
  .string(ask('écrivez un jour entre guillemets, comme "2023-09-15" ou "J+45"'))
  .refine(
    day => isDay(day) || /^J[+-]\d{1,3}$/.test(day),
    'écrivez un jour qui existe, sous la forme "2023-09-15", ou un décalage comme "J-30" ou "J+45", sans heure',
  )
  .transform((day): TemplateDay => (day.startsWith('J') ? { daysFromCreation: Number(day.slice(1)) } : day))

const [firstRegion = '', ...otherRegions] = REGIONS
const region = oneOf([firstRegion, ...otherRegions])
const place = oneOf([OUTRE_MER, ...REGIONS])

/** How each kind of rule parameter is written. */
const KINDS: { [Kind in keyof ParameterKinds]: z.ZodType<ParameterKinds[Kind]> } = {
  count,
  threshold: z.union(
    [
      count.transform(minimum => ({ minimum, exceptions: [] })),
      z.strictObject({
        minimum: count,
        exceptions: z.array(z.strictObject({ places: listOf(place), minimum: count })).default([]),
      }),
    ],
    ask(
      `écrivez un nombre entier à partir de 1, ou minimum et exceptions (places parmi : ${OUTRE_MER}, ${REGIONS.join(', ')})`,
    ),
  ),
  text: text(500),
  region,
  domaines: listOf(oneOf(DOMAINES)),
  projets: listOf(oneOf(PROJETS)),
  categories: listOf(
    z
      .string(ask('écrivez chaque code entre guillemets'))
      .regex(/^\d{3}$/, 'écrivez un code de trois chiffres entre guillemets, comme "500"'),
  ),
  couloirs: listOf(z.strictObject({ code: text(20), domaines: listOf(oneOf(DOMAINES)) })),
  guichets: listOf(oneOf(['regional', 'national'])),
}

/** A parameter may be null, when unknown, but it must be written: nothing is left unknown by distraction. */
function parametersOf(rule: Rule): z.ZodType<Record<string, unknown>> {
  const shape = Object.entries(rule.parameters).map(([name, { kind, optional }]) => {
    const value: z.ZodType = KINDS[kind].nullable()
    return [name, optional ? value.optional() : value]
  })
  return z.strictObject(Object.fromEntries(shape))
}

const PARAMETERS = new Map(RULES.map(rule => [rule.code, parametersOf(rule)]))

const ruleLine = z
  .strictObject({
    rule: code.refine(name => ruleNamed(name) !== undefined, {
      ...ask(`choisissez une règle parmi : ${RULES.map(rule => rule.code).join(', ')}`),
      abort: true,
    }),
    code: code.optional(),
    title: text(200).nullable().default(null),
    parameters: z.record(z.string(), z.unknown()).default({}),
    provenance,
  })
  .transform((line, context): RuleLine => {
    const parsed = PARAMETERS.get(line.rule)?.safeParse(line.parameters, inFrench)
    for (const { path, message } of parsed?.error?.issues ?? []) {
      context.addIssue({ code: 'custom', path: ['parameters', ...path], message })
    }
    return { ...line, code: line.code ?? line.rule, parameters: parsed?.data ?? {} }
  })

const piece = <D extends z.ZodType>(day: D) =>
  z.strictObject({
    code,
    name: text(120),
    explanation: text(600),
    scope: oneOf(SCOPES),
    condition: z
      .strictObject({
        domaines: listOf(oneOf(DOMAINES)).optional(),
        projets: listOf(oneOf(PROJETS)).optional(),
      })
      .nullable(),
    required: z.boolean(ask('écrivez true (obligatoire) ou false (facultative)')),
    formats: listOf(oneOf(FORMATS)),
    maxFileMb: count.max(1000, 'limitez un fichier à 1000 Mo'),
    severalFiles: z.boolean(ask('écrivez true (plusieurs fichiers) ou false (un seul)')),
    signatory: text(200).nullable(),
    deadlineOn: day.nullable(),
    provenance,
  })

const euros = z.int(ask('écrivez un montant en euros entiers, ou null s’il est inconnu')).min(0).nullable()

const call = <D extends z.ZodType>(day: D) =>
  z.strictObject({
    code,
    title: text(200),
    fictional: z.boolean(ask('écrivez true (fictif) ou false')),
    summary: text(1000),
    region: region.nullable(),
    window: z.strictObject({
      opensOn: day.nullable(),
      closesOn: day.nullable(),
      timeZone: text(60).refine(
        isTimeZone,
        'écrivez un fuseau horaire, comme Europe/Paris ou Indian/Reunion',
      ),
      provenance,
    }),
    rules: listOf(ruleLine).refine(
      lines => new Set(lines.map(line => line.code)).size === lines.length,
      'donnez à chaque ligne un code différent : deux lignes ont le même',
    ),
    money: z
      .strictObject({
        acquisitionEuros: euros,
        miseEnConformiteEuros: euros,
        equipementEuros: euros,
        provenance,
      })
      .nullable(),
    limitsProvenance: provenance,
    pieces: listOf(piece(day)).refine(
      pieces => new Set(pieces.map(each => each.code)).size === pieces.length,
      'donnez à chaque pièce un code différent : deux pièces ont le même',
    ),
  })

/** Opening must not come after closing; only two days of the same kind can be compared. */
function opensBeforeClosing({ opensOn, closesOn }: CallTemplate['window']): boolean {
  if (opensOn === null || closesOn === null || typeof opensOn !== typeof closesOn) return true
  const comparable = (day: TemplateDay) =>
    typeof day === 'string' ? day : addDays('2000-01-01', day.daysFromCreation)
  return comparable(opensOn) <= comparable(closesOn)
}

const ORDER = { path: ['window', 'closesOn'], message: 'mettez la clôture après l’ouverture' }

/** A call file, whose days may be relative. */
const callTemplateSchema: z.ZodType<CallTemplate> = call(templateDay).refine(
  ({ window }) => opensBeforeClosing(window),
  ORDER,
)

/** A grappe's own copy, as stored: real days only. */
const callSchema: z.ZodType<Call> = call(realDay).refine(({ window }) => opensBeforeClosing(window), ORDER)

export type CallResult<C> = { ok: true; call: C } | { ok: false; problems: readonly FileProblem[] }

function read<C>(schema: z.ZodType<C>, value: unknown): CallResult<C> {
  const result = readBy(schema, value)
  return result.ok ? { ok: true, call: result.data } : result
}

/** Reads a call as its file gives it. */
export const readCallTemplate = (value: unknown): CallResult<CallTemplate> => read(callTemplateSchema, value)

/** Reads a grappe's own copy. */
export const readCall = (value: unknown): CallResult<Call> => read(callSchema, value)
