/** What only a member knows and has not said yet: what its own page asks, and what reminders recall. */
import type { Call } from './call.ts'
import type { OgSizes } from './condition.ts'
import { askedDeclarations } from './declarations.ts'
import type { Esms } from './grappe.ts'
import { FACT_LABELS, MEMBER_FACTS, type MemberFact } from './member-facts.ts'
import { appliesToEsms } from './piece.ts'

/** A declaration of the call without an answer, or a fact that the call judges and nobody has given. */
export type Question =
  | { kind: 'declaration'; code: string; words: string }
  | { kind: 'fact'; fact: MemberFact; words: string }

/** The rules that judge each fact. */
const JUDGES = {
  finess: ['finess-geographique', 'finess-unique'],
  domaine: ['domaines', 'solution-referencee'],
  projet: ['projets'],
} as const

/** Facts first: what else is asked may depend on them. */
export function openQuestions(
  call: Pick<Call, 'rules' | 'pieces'>,
  esms: Esms,
  sizes: OgSizes,
): readonly Question[] {
  const missing = call.pieces.flatMap(piece => appliesToEsms(piece, esms, sizes).missing)
  const asked = new Set<MemberFact>(missing.flatMap(({ fact }) => (fact === 'declaration' ? [] : [fact])))
  for (const fact of ['finess', 'domaine', 'projet'] as const) {
    const judges: readonly string[] = JUDGES[fact]
    if (esms[fact] === null && call.rules.some(({ rule }) => judges.includes(rule))) asked.add(fact)
  }
  return [
    ...MEMBER_FACTS.filter(fact => asked.has(fact)).map(
      (fact): Question => ({ kind: 'fact', fact, words: FACT_LABELS[fact] }),
    ),
    ...askedDeclarations(call)
      .filter(({ code, isAskedOf }) => isAskedOf(esms) && esms.declarations[code] === undefined)
      .flatMap(({ code, statement }): Question[] =>
        statement === null ? [] : [{ kind: 'declaration', code, words: statement }],
      ),
  ]
}
