/** The verdict and its engine: a call's lines, each judged by its rule on the grappe's facts. */
import type { Call, Day, Provenance, RuleLine } from './call.ts'
import type { Grappe } from './grappe.ts'
import { activeEsms } from './grappe.ts'
import { ruleNamed } from './rules/index.ts'
import type { CriterionStatus, Finding, Rule, Situation } from './rules/rule.ts'

export type { CriterionStatus }

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

/** What an evaluation needs besides the call. */
export interface Facts {
  grappe: Grappe
  /** The day judged, in the call's time zone: today, or the day of sealing for a sealed dossier. */
  today: Day
}

/** A line ready to run: its rule, its values with absent options as null, and what is not known. */
interface RunnableLine {
  line: RuleLine
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
    line,
    rule,
    values: Object.fromEntries(parameters.map(([name]) => [name, line.parameters[name] ?? null])),
    unknown: parameters
      .filter(([name, { optional }]) => optional !== true && (line.parameters[name] ?? null) === null)
      .map(([, { meaning }]) => meaning),
  }
}

/** The answer of one line; a value that no source gives makes it to be verified, whatever the facts. */
function findingOf({ rule, values, unknown }: RunnableLine, situation: Situation): Finding {
  if (unknown.length === 0) return rule.evaluate(values, situation)
  return {
    status: 'a-verifier',
    reason: `Aucune source ne donne : ${unknown.join(' ; ')}.`,
    remedy: 'Reportez cette information depuis le texte publié par votre ARS.',
  }
}

/** Judges the grappe by every line of the call, in the call's order. Members' order changes nothing but the lists'. */
export function evaluate(call: Pick<Call, 'rules' | 'window'>, { grappe, today }: Facts): Verdict {
  const members = activeEsms(grappe)
  const criteria = call.rules.map(runnable).map((runnableLine): Criterion => {
    const { line, rule } = runnableLine
    const situation = { line: line.code, members, grappe, today, window: call.window }
    const { status, reason, esmsIds = [], ogIds = [], remedy = null } = findingOf(runnableLine, situation)
    const title = line.title ?? rule.title
    return { rule: line.code, title, status, reason, esmsIds, ogIds, remedy, provenance: line.provenance }
  })
  return { status: statusOf(criteria), criteria }
}

function statusOf(criteria: readonly Criterion[]): Verdict['status'] {
  if (criteria.some(criterion => criterion.status === 'non-satisfait')) return 'non-eligible'
  return criteria.every(criterion => criterion.status === 'satisfait') ? 'eligible' : 'a-verifier'
}
