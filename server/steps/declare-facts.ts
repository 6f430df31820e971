/** What members declare about themselves, as their porteur heard it from them. */
import { and, eq, isNull } from 'drizzle-orm'
import { esms } from '../../schema/tables.ts'
import { askedDeclarations } from '../domain/declarations.ts'
import type { PorteurScope } from './porteur-scope.ts'
import type { Context } from './ports.ts'
import { recordChange } from './record-change.ts'
import { done, type Outcome, refuse } from './refusals.ts'

export interface DeclaredFact {
  esmsId: string
  /** Code of a declaration line of the call. */
  code: string
  /** null: not known, or not known any more. */
  answer: boolean | null
}

/**
 * Keeps the answers given; those not given stay as they are.
 *
 * @returns how many answers are new, and not-found when one names no member still in, or nothing that the call asks.
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
      .select({ id: esms.id, declarations: esms.declarations })
      .from(esms)
      .where(and(eq(esms.grappeId, scope.grappeId), isNull(esms.withdrawnOn)))
      .for('update')
    const declared = new Map(rows.map(({ id, declarations }) => [id, new Map(Object.entries(declarations))]))
    const touched = new Set<string>()
    let changed = 0
    for (const { esmsId, code, answer } of facts) {
      const answers = declared.get(esmsId)
      if (answers === undefined) return refuse('not-found')
      if ((answers.get(code) ?? null) === answer) continue
      if (answer === null) answers.delete(code)
      else answers.set(code, answer)
      touched.add(esmsId)
      changed += 1
    }
    for (const id of touched) {
      const declarations = Object.fromEntries(declared.get(id) ?? [])
      await tx.update(esms).set({ declarations }).where(eq(esms.id, id))
    }
    if (changed > 0) {
      await recordChange(tx, {
        grappeId: scope.grappeId,
        at: context.now(),
        actor: scope.porteur.email,
        event: `Déclarations mises à jour pour ${touched.size} ESMS.`,
      })
    }
    return done({ changed })
  })
}
