/** The verdict's shape; the engine and its rules come with it. */
import type { Provenance } from './call.ts'

export type CriterionStatus = 'satisfait' | 'non-satisfait' | 'a-verifier'

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
