/** The verdict and its engine: a call's lines, each judged by its rule on the grappe's facts. */
import type { Call, Day, Provenance, RuleLine } from './call.ts'
import type { Grappe } from './grappe.ts'
import { activeEsms } from './grappe.ts'
import { ruleNamed } from './rules/index.ts'
import type { CriterionStatus, Finding, Rule, Situation, Threshold } from './rules/rule.ts'

export type { CriterionStatus, Threshold }

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
  provenance: Provenance
}

/** `eligible` only when every criterion is satisfied: unknown is never "satisfied". */
export interface Verdict {
  status: 'eligible' | 'non-eligible' | 'a-verifier'
  criteria: readonly Criterion[]
}

/** What a verdict reads of a call. */
export type JudgingCall = Pick<Call, 'rules' | 'window'>

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
    unknown: parameters
      .filter(([name, { optional }]) => optional !== true && (line.parameters[name] ?? null) === null)
      .map(([, { meaning }]) => meaning),
  }
}

function situationOf(call: JudgingCall, { grappe, today }: Facts): Omit<Situation, 'line'> {
  return { members: activeEsms(grappe), grappe, today, window: call.window }
}

/** Judges the grappe by every line of the call, in the call's order. Members' order changes only the order of ids. */
export function evaluate(call: JudgingCall, facts: Facts): Verdict {
  const situation = situationOf(call, facts)
  const criteria = call.rules.map((line): Criterion => {
    const { rule, values, unknown } = runnable(line)
    const { status, reason, esmsIds, ogIds, remedy }: Finding =
      unknown.length === 0
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
      provenance: line.provenance,
    }
  })
  return { status: statusOf(criteria), criteria }
}

/** A value that no source gives makes its line to be verified, whatever the facts. */
function unknownFinding(unknown: readonly string[]): Finding {
  return {
    status: 'a-verifier',
    reason: `Aucune source ne donne : ${unknown.join(', ')}.`,
    remedy: 'Reportez cette information depuis le texte publié par votre ARS.',
  }
}

/**
 * How many ESMS may leave, whichever they are, before the line is no longer satisfied; null when the line does not
 * count members, when it is not satisfied, or when no departure can break it.
 */
export function lineMargin(line: RuleLine, call: JudgingCall, facts: Facts): number | null {
  const { rule, values, unknown } = runnable(line)
  if (rule.margin === undefined || unknown.length > 0) return null
  const situation = { ...situationOf(call, facts), line: line.code }
  return rule.evaluate(values, situation).status === 'satisfait' ? rule.margin(values, situation) : null
}

function statusOf(criteria: readonly Criterion[]): Verdict['status'] {
  if (criteria.some(criterion => criterion.status === 'non-satisfait')) return 'non-eligible'
  return criteria.every(criterion => criterion.status === 'satisfait') ? 'eligible' : 'a-verifier'
}

/** A minimum that a call sets, for the person who chooses among calls; `threshold` is null where no source gives it. */
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
