/** How fragile a grappe is: members leave, merge or change their minds, and the count must still hold. */
import type { Day } from './call.ts'
import type { CriterionStatus, Facts, JudgingCall, Verdict } from './eligibility.ts'
import { evaluate, lineMargin } from './eligibility.ts'
import { activeEsms, type Grappe } from './grappe.ts'

/** The margin under one counting line of the call that is satisfied today. */
export interface CountMargin {
  /** Code of the call's line. */
  rule: string
  title: string
  /** ESMS that may leave, whichever they are; with one more, some departures break the rule. */
  mayLeave: number
}

/** What the departure of one OG, with all its ESMS, would break. */
export interface OgDeparture {
  ogId: string
  esmsLeaving: number
  /**
   * Codes of the lines that would go from satisfied to another status, or from to be verified to not
   * satisfied.
   */
  breaks: readonly string[]
}

export interface Margin {
  counts: readonly CountMargin[]
  /** The least of `counts`; null when no counting rule is satisfied. */
  mayLeave: number | null
  /** One for each OG that still has ESMS, in the grappe's order; `breaks` is empty where nothing breaks. */
  ogDepartures: readonly OgDeparture[]
}

const RANK: Readonly<Record<CriterionStatus, number>> = { satisfait: 2, 'a-verifier': 1, 'non-satisfait': 0 }

export function marginOf(call: JudgingCall, facts: Facts): Margin {
  const today = evaluate(call, facts)
  const counts = call.rules.flatMap((line, position): CountMargin[] => {
    const mayLeave = lineMargin(line, call, facts)
    return mayLeave === null
      ? []
      : [{ rule: line.code, title: today.criteria[position]?.title ?? line.code, mayLeave }]
  })
  const members = activeEsms(facts.grappe)
  return {
    counts,
    mayLeave: counts.length === 0 ? null : Math.min(...counts.map(count => count.mayLeave)),
    ogDepartures: facts.grappe.ogs.flatMap((og): OgDeparture[] => {
      const leaving = members.filter(esms => esms.ogId === og.id).map(esms => esms.id)
      if (leaving.length === 0) return []
      const after = whatIf(call, facts, leaving)
      const breaks = today.criteria.filter((before, position) => {
        const then = after.criteria[position]
        return then !== undefined && RANK[then.status] < RANK[before.status]
      })
      return [{ ogId: og.id, esmsLeaving: leaving.length, breaks: breaks.map(each => each.rule) }]
    }),
  }
}

/** The verdict if these ESMS left; nothing is changed. */
export function whatIf(call: JudgingCall, facts: Facts, leavingEsmsIds: Iterable<string>): Verdict {
  return evaluate(call, { ...facts, grappe: withdrawn(facts.grappe, new Set(leavingEsmsIds), facts.today) })
}

function withdrawn(grappe: Grappe, leaving: ReadonlySet<string>, withdrawnOn: Day): Grappe {
  const esms = grappe.esms.map(each => (leaving.has(each.id) ? { ...each, withdrawnOn } : each))
  return { ...grappe, esms }
}
