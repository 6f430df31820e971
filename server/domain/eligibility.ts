/** The verdict and its engine: a call's lines, each judged by its rule on the grappe's facts. */
import type { Call, Day, Provenance, RuleLine } from './call.ts'
import type { Grappe } from './grappe.ts'
import { activeEsms } from './grappe.ts'
import { groupBy } from './group-by.ts'
import { originOf, shortMeaning, windowOrigins } from './reported.ts'
import { ruleNamed } from './rules/index.ts'
import type {
  ArsWords,
  CriterionStatus,
  Finding,
  Origin,
  RemedyPlace,
  Rule,
  Situation,
  Threshold,
  UsedValue,
} from './rules/rule.ts'
import { REMEDY_PLACES } from './rules/rule.ts'

export type { CriterionStatus, Origin, RemedyPlace, Threshold }

/** One rule's answer, which explains itself. */
export interface Criterion {
  /** The rule's code in the call, such as `minimum-esms`. */
  rule: string
  title: string
  status: CriterionStatus
  /** One French sentence with the figures. */
  reason: string
  /** ESMS concerned, in the grappe's order; empty when the criterion is about the whole. */
  esmsIds: readonly string[]
  ogIds: readonly string[]
  /** What to do, in French; null when nothing is needed. */
  remedy: string | null
  /** Where it is done; null when nothing is needed. */
  place: RemedyPlace | null
  /** Absent in what was sealed before the reviewer had words of its own. */
  ars?: ArsWords
  /** Of the rule, as the call gives it. */
  provenance: Provenance
  /** The values that it used; absent in what was sealed before they were kept. */
  uses?: readonly UsedValue[]
}

/**
 * `eligible` only when every criterion is satisfied: unknown is never "satisfied". `a-constituer`: no member
 * yet, so that nothing is refused to anybody.
 */
export interface Verdict {
  status: 'eligible' | 'non-eligible' | 'a-verifier' | 'a-constituer'
  criteria: readonly Criterion[]
}

/** As a label says it; in lower case within a sentence. */
export const VERDICT_WORDS: Readonly<Record<Verdict['status'], string>> = {
  eligible: 'Éligible',
  'non-eligible': 'Non éligible',
  'a-verifier': 'À vérifier',
  'a-constituer': 'À constituer',
}

/** What a verdict reads of a call. */
export type JudgingCall = Pick<Call, 'rules' | 'windows' | 'reported'>

/** What an evaluation needs besides the call. */
export interface Facts {
  grappe: Grappe
  /** The day judged, in the call's time zone: today, or the day of sealing for a sealed dossier. */
  today: Day
}

/** A line ready to run: its rule, its values with absent options as null, and what no source gives. */
interface RunnableLine {
  rule: Rule
  values: Readonly<Record<string, unknown>>
  /** Those that are known, named. */
  known: readonly { name: string; meaning: string }[]
  unknown: readonly string[]
}

/** Throws on a rule that does not exist: `schema/contracts/call.ts` refuses such a call when it is read. */
function runnable(line: RuleLine): RunnableLine {
  const rule = ruleNamed(line.rule)
  if (rule === undefined) throw new Error(`Call line ${line.code} names an unknown rule: ${line.rule}`)
  const parameters = Object.entries(rule.parameters)
  return {
    rule,
    values: Object.fromEntries(parameters.map(([name]) => [name, line.parameters[name] ?? null])),
    known: parameters
      .filter(([name]) => (line.parameters[name] ?? null) !== null)
      .map(([name, { meaning }]) => ({ name, meaning })),
    unknown: parameters
      .filter(([name, { optional }]) => optional !== true && (line.parameters[name] ?? null) === null)
      .map(([, { meaning }]) => meaning),
  }
}

function situationOf(call: JudgingCall, { grappe, today }: Facts): Omit<Situation, 'line'> {
  return {
    members: activeEsms(grappe),
    grappe,
    today,
    windows: call.windows,
    origins: windowOrigins(call, today),
  }
}

/**
 * Judges the grappe by every line of the call, in the call's order. Members' order changes only the order of
 * ids.
 */
export function evaluate(call: JudgingCall, facts: Facts): Verdict {
  const situation = situationOf(call, facts)
  const criteria = call.rules.map((line): Criterion => {
    const { rule, values, known, unknown } = runnable(line)
    const {
      status,
      reason,
      esmsIds,
      ogIds,
      remedy,
      place,
      ars,
      uses = [],
    }: Finding = unknown.length === 0
      ? rule.evaluate(values, { ...situation, line: line.code })
      : unknownFinding(unknown)
    return {
      rule: line.code,
      title: line.title ?? rule.title,
      status,
      reason,
      esmsIds: esmsIds ?? [],
      ogIds: ogIds ?? [],
      remedy: remedy ?? null,
      place: place ?? null,
      ars: ars ?? {},
      provenance: line.provenance,
      uses: [
        ...known.map(({ name, meaning }) => ({
          name: shortMeaning(meaning),
          origin: originOf(call, `rules.${line.code}.${name}`, line.provenance),
        })),
        ...uses,
      ],
    }
  })
  return { status: situation.members.length === 0 ? 'a-constituer' : statusOf(criteria), criteria }
}

/** A value that no source gives makes its line to be verified, whatever the facts. */
function unknownFinding(unknown: readonly string[]): Finding {
  return {
    status: 'a-verifier',
    reason: `Aucune source ne donne : ${unknown.join(', ')}.`,
    remedy:
      'Reportez cette information depuis le texte publié par votre ARS : elle sera marquée comme reportée ' +
      'par vous.',
    place: 'valeurs',
    ars: {
      reason: `Le porteur n’a pas trouvé dans le texte de l’appel : ${unknown.join(', ')}.`,
      toAssess: 'ce critère, d’après le texte de l’appel.',
    },
  }
}

/**
 * How many ESMS may leave, whichever they are, before the line is no longer satisfied; null when the line
 * does not count members, when it is not satisfied, or when no departure can break it.
 */
export function lineMargin(line: RuleLine, call: JudgingCall, facts: Facts): number | null {
  const { rule, values, unknown } = runnable(line)
  if (rule.margin === undefined || unknown.length > 0) return null
  const situation = { ...situationOf(call, facts), line: line.code }
  return rule.evaluate(values, situation).status === 'satisfait' ? rule.margin(values, situation) : null
}

/** Values of the same origin; none are named where the origin is that of all that the criterion used. */
export interface UsedOrigin {
  names: readonly string[]
  origin: Origin
}

/** Where the values that a criterion used come from; where it used none, where its rule does. */
export function originsOf({ provenance, uses = [] }: Pick<Criterion, 'provenance' | 'uses'>): UsedOrigin[] {
  const byOrigin = [...groupBy(uses, ({ origin }) => JSON.stringify(origin)).values()]
  const [only, ...others] = byOrigin
  if (only === undefined) return [{ names: [], origin: provenance }]
  return byOrigin.flatMap(([first, ...rest]): UsedOrigin[] =>
    first === undefined
      ? []
      : [
          {
            names: others.length === 0 ? [] : [first, ...rest].map(({ name }) => name),
            origin: first.origin,
          },
        ],
  )
}

/** Criteria that the same act settles, and the members that it concerns. */
export interface Todo {
  place: RemedyPlace
  criteria: readonly Criterion[]
  /** In the order in which criteria name them. */
  esmsIds: readonly string[]
}

/** What to do about these criteria, one entry an act: first what is done here, last what is elsewhere. */
export function todosOf(criteria: readonly Criterion[]): readonly Todo[] {
  const byPlace = groupBy(criteria, ({ place }) => place)
  return REMEDY_PLACES.flatMap((place): Todo[] => {
    const settled = byPlace.get(place)
    return settled === undefined
      ? []
      : [{ place, criteria: settled, esmsIds: [...new Set(settled.flatMap(({ esmsIds }) => esmsIds))] }]
  })
}

function statusOf(criteria: readonly Criterion[]): Verdict['status'] {
  if (criteria.some(criterion => criterion.status === 'non-satisfait')) return 'non-eligible'
  return criteria.every(criterion => criterion.status === 'satisfait') ? 'eligible' : 'a-verifier'
}

/**
 * A minimum that a call sets, for the person who chooses among calls; `threshold` is null where no source
 * gives it.
 */
export interface StatedMinimum {
  title: string
  threshold: Threshold | null
}

export function statedMinimums(call: Pick<Call<unknown>, 'rules'>): readonly StatedMinimum[] {
  return call.rules.flatMap(line => {
    const { rule, values } = runnable(line)
    return Object.entries(rule.parameters)
      .filter(([, { kind }]) => kind === 'threshold')
      .map(([name]) => ({
        title: line.title ?? rule.title,
        threshold: (values[name] ?? null) as Threshold | null,
      }))
  })
}
