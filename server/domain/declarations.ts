/** What a call asks its members to declare, such as having no other European funding. */
import type { Call, Projet, Provenance } from './call.ts'
import type { Esms } from './grappe.ts'
import { declaration, mustDeclare } from './rules/declaration.ts'

export interface AskedDeclaration {
  /** Code of the call's line, under which a member's answer is kept. */
  code: string
  title: string
  /** The sentence that a member confirms; null where no source gives it. */
  statement: string | null
  provenance: Provenance
  isAskedOf(esms: Pick<Esms, 'projet'>): boolean
}

/** The declarations of a call, in its order. */
export function askedDeclarations(call: Pick<Call, 'rules'>): readonly AskedDeclaration[] {
  return call.rules
    .filter(line => line.rule === declaration.code)
    .map(({ code, title, parameters, provenance }) => {
      // The contract has checked both when the call was read.
      const { enonce = null, projets = null } = parameters as {
        enonce?: string | null
        projets?: readonly Projet[] | null
      }
      return {
        code,
        title: title ?? declaration.title,
        statement: enonce,
        provenance,
        isAskedOf: esms => mustDeclare(projets, esms),
      }
    })
}

/**
 * The questions of a call that another asks in the same words, by its own code there: only to these does an
 * answer given once answer again.
 */
export function sameQuestions(
  from: Pick<Call, 'rules'>,
  to: Pick<Call, 'rules'>,
): readonly { code: string; asked: AskedDeclaration }[] {
  const words = (statement: string) => statement.replace(/\s+/g, ' ').trim()
  const asked = new Map(
    askedDeclarations(to).flatMap(each =>
      each.statement === null ? [] : [[words(each.statement), each] as const],
    ),
  )
  return askedDeclarations(from).flatMap(({ code, statement }) => {
    const same = statement === null ? undefined : asked.get(words(statement))
    return same === undefined ? [] : [{ code, asked: same }]
  })
}
