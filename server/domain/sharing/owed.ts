/** What a key gives to each, as its documents tell it: a part, and the rule. */
import type { AppliedKey } from './key.ts'
import { share } from './share.ts'
import { ruleSentences } from './words.ts'

export interface OwedParts {
  /** The rule, written out. */
  rule: string
  /** Whether each ESMS pays for itself, and not its OG for it. */
  byEsms: boolean
  /** Cents, by the ids of OG, and of ESMS when each pays; null as long as something is not known. */
  parts: ReadonlyMap<string, number> | null
}

export function owedParts({ key, facts }: AppliedKey): OwedParts {
  const sharing = share(key, facts)
  const byEsms = key.between === 'esms'
  const rule = ruleSentences(key, facts).join(' ')
  if (!sharing.ok) return { rule, byEsms, parts: null }
  const parts = new Map(sharing.shares.map(({ id, costs }) => [id, costs]))
  if (byEsms) {
    for (const { id, ogId } of facts.esms) {
      parts.set(ogId, (parts.get(ogId) ?? 0) + (parts.get(id) ?? 0))
    }
  }
  return { rule, byEsms, parts }
}
