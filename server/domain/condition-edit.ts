/** Building a condition one fact after the other, as a person says it. */
import type { Condition, FactCondition } from './call.ts'

/**
 * How a new fact joins what is there: with all of it (`et`, `ou`), or with the last part alone, which is the
 * other word then.
 */
export const JOINTS = ['et', 'ou', 'et-dernier', 'ou-dernier'] as const
export type Joint = (typeof JOINTS)[number]

type Parts = readonly (FactCondition | { et: readonly FactCondition[] } | { ou: readonly FactCondition[] })[]

const isGroup = (
  part: Parts[number],
): part is { et: readonly FactCondition[] } | { ou: readonly FactCondition[] } => 'et' in part || 'ou' in part

const other = (word: 'et' | 'ou') => (word === 'et' ? 'ou' : 'et')

/** The word that joins the whole, and what it joins; one part alone is joined by either. */
function split(condition: Condition): { word: 'et' | 'ou' | null; parts: Parts } {
  if ('et' in condition) return { word: 'et', parts: condition.et }
  return 'ou' in condition ? { word: 'ou', parts: condition.ou } : { word: null, parts: [condition] }
}

/** The ways in which a fact can be added: a condition has two levels, and no third. */
export function jointsOf(condition: Condition | null): readonly Joint[] {
  if (condition === null) return []
  const { word, parts } = split(condition)
  if (word === null) return ['et', 'ou']
  const whole: Joint[] = parts.some(isGroup) ? [word] : ['et', 'ou']
  return [...whole, `${other(word)}-dernier`]
}

/** @returns the condition with the fact; null when it cannot join so. */
export function withFact(condition: Condition | null, fact: FactCondition, joint: Joint): Condition | null {
  if (condition === null) return fact
  if (!jointsOf(condition).includes(joint)) return null
  const { word, parts } = split(condition)
  if (joint === 'et' || joint === 'ou') {
    const joined = word === null || word === joint ? [...parts, fact] : [condition, fact]
    return { [joint]: joined } as unknown as Condition
  }
  const within = joint === 'et-dernier' ? 'et' : 'ou'
  const last = parts.at(-1)
  if (last === undefined || word === null) return null
  const group = isGroup(last) ? ('et' in last ? last.et : last.ou) : [last]
  return { [word]: [...parts.slice(0, -1), { [within]: [...group, fact] }] } as unknown as Condition
}

/** Every fact, in the order in which it is read, with the word before it. */
export function factsIn(condition: Condition | null): { fact: FactCondition; before: 'et' | 'ou' | null }[] {
  if (condition === null) return []
  const { word, parts } = split(condition)
  return parts.flatMap((part, i) => {
    const inside = isGroup(part) ? ('et' in part ? part.et : part.ou) : [part]
    const within = 'et' in part ? 'et' : 'ou'
    return inside.map((fact, j) => ({ fact, before: j > 0 ? within : i > 0 ? word : null }))
  })
}

/** @param rank of the fact in `factsIn`. */
export function withoutFact(condition: Condition, rank: number): Condition | null {
  const { word, parts } = split(condition)
  let seen = 0
  const left = parts.flatMap((part): Parts => {
    const inside = isGroup(part) ? ('et' in part ? part.et : part.ou) : [part]
    const kept = inside.filter(() => seen++ !== rank)
    const [only] = kept
    if (kept.length === 0 || only === undefined) return []
    return [kept.length === 1 ? only : ({ ['et' in part ? 'et' : 'ou']: kept } as unknown as Parts[number])]
  })
  const [only] = left
  if (only === undefined) return null
  return (left.length === 1 || word === null ? only : { [word]: left }) as unknown as Condition
}
