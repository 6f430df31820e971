/** What members declare about themselves, as their porteur heard it from them. */
import { and, eq, isNull } from 'drizzle-orm'
import { esms } from '../../../schema/tables.ts'
import { askedDeclarations } from '../../domain/declarations.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import type { Context } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'

export interface DeclaredFact {
  esmsId: string
  /** Code of a declaration line of the call. */
  code: string
  /** null: not known, or not known any more. */
  answer: boolean | null
  /** How the porteur knows, in its words; null when it does not say. */
  basis: string | null
}

/**
 * Keeps the answers given, as noted by the porteur; those not given stay as they are, and so do those that a
 * member gave by itself.
 *
 * @returns how many answers are new, and not-found when one names no member still in, or nothing that the
 * call asks.
 */
export async function declareFacts(
  context: Context,
  scope: PorteurScope,
  facts: readonly DeclaredFact[],
): Promise<Outcome<{ changed: number }>> {
  const asked = new Set(askedDeclarations(scope.call).map(({ code }) => code))
  if (facts.some(({ code }) => !asked.has(code))) return refuse('not-found')
  return await context.db.transaction(async tx => {
    const rows = await tx
      .select({ id: esms.id, declarations: esms.declarations, answeredBy: esms.answeredBy })
      .from(esms)
      .where(and(eq(esms.grappeId, scope.grappeId), isNull(esms.withdrawnOn)))
      .for('update')
    const kept = new Map(
      rows.map(({ id, declarations, answeredBy }) => [
        id,
        { answers: new Map(Object.entries(declarations)), sources: new Map(Object.entries(answeredBy)) },
      ]),
    )
    const at = context.now().toISOString()
    const touched = new Set<string>()
    const bases = new Set<string>()
    let changed = 0
    for (const { esmsId, code, answer, basis } of facts) {
      const member = kept.get(esmsId)
      if (member === undefined) return refuse('not-found')
      const { answers, sources } = member
      if ((answers.get(code) ?? null) === answer) continue
      if (sources.get(code)?.by === 'membre') return refuse('answer-is-its-own')
      if (answer === null) {
        answers.delete(code)
        sources.delete(code)
      } else {
        answers.set(code, answer)
        sources.set(code, { by: 'porteur', who: 'Porteur', at, basis })
        if (basis !== null) bases.add(basis)
      }
      touched.add(esmsId)
      changed += 1
    }
    for (const id of touched) {
      const declarations = Object.fromEntries(kept.get(id)?.answers ?? [])
      const answeredBy = Object.fromEntries(kept.get(id)?.sources ?? [])
      await tx.update(esms).set({ declarations, answeredBy }).where(eq(esms.id, id))
    }
    if (changed > 0) {
      await recordChange(tx, {
        grappeId: scope.grappeId,
        at: context.now(),
        actor: porteurActor(scope),
        act: {
          kind: 'declarations-updated',
          facts: {
            memberIds: [...touched],
            ...(bases.size === 0 ? {} : { basis: [...bases].join(' ; ') }),
          },
        },
      })
    }
    return done({ changed })
  })
}
