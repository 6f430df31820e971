/** A member answers, by its own link, what only it knows. */
import { and, eq, isNull } from 'drizzle-orm'
import { esms } from '../../../schema/tables.ts'
import { askedDeclarations } from '../../domain/declarations.ts'
import type { Actor } from '../../domain/journal/entry.ts'
import { type CodeHolder, requireConfirmation } from '../access/confirm-by-code.ts'
import { linkActor, type MemberScope, refuseArchivedMember } from '../access/member-scope.ts'
import type { Context } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'

/**
 * Who must confirm an answer by a code: whoever the link was handed to by e-mail, since the porteur holds a
 * copy of the link. A link handed to no address answers by itself, and the journal says so.
 */
export function answersHolder(scope: MemberScope, browser: string | null): CodeHolder | null {
  const { linkId, email, grappeId } = scope
  return email === null
    ? null
    : { id: linkId, email, browser, journal: { grappeId, actor: linkActor(scope) } }
}

/**
 * Keeps a member's own answers; those not given stay as they are. They take the place of what the porteur
 * noted.
 *
 * @param answers by the codes of the call's declarations.
 * @param browser which may have confirmed it by a code; null for none.
 * @returns how many answers are new; not-found for a member outside the link's scope, or what is not asked
 * of it; grappe-archived when it is put away.
 */
export async function answerQuestions(
  context: Context,
  scope: MemberScope,
  esmsId: string,
  answers: Readonly<Record<string, boolean>>,
  browser: string | null,
): Promise<Outcome<{ changed: number }>> {
  const own = scope.esms.find(({ id }) => id === esmsId)
  if (own === undefined) return refuse('not-found')
  const archived = refuseArchivedMember(scope)
  if (archived !== null) return archived
  const asked = new Map(
    askedDeclarations(scope.call)
      .filter(each => each.isAskedOf(own))
      .map(({ code, title }) => [code, title]),
  )
  const given = Object.entries(answers)
  if (given.some(([code]) => !asked.has(code))) return refuse('not-found')
  const holder = answersHolder(scope, browser)
  const passed = holder === null ? done(null) : await requireConfirmation(context, holder, 'reponses')
  if (!passed.ok) return passed
  const actor: Actor = { name: scope.actor, proof: holder === null ? 'link' : 'code' }
  return await context.db.transaction(async tx => {
    const row = and(eq(esms.id, esmsId), eq(esms.grappeId, scope.grappeId), isNull(esms.withdrawnOn))
    const [member] = await tx.select().from(esms).where(row).for('update')
    if (member === undefined) return refuse('not-found')
    const { declarations, answeredBy } = member
    // An answer that the porteur had noted becomes the member's own even when it is the same.
    const fresh = given.filter(
      ([code, answer]) => declarations[code] !== answer || answeredBy[code]?.by !== 'membre',
    )
    if (fresh.length === 0) return done({ changed: 0 })
    const at = context.now()
    const source = { by: 'membre' as const, who: scope.actor, at: at.toISOString(), basis: null }
    await tx
      .update(esms)
      .set({
        declarations: { ...declarations, ...Object.fromEntries(fresh) },
        answeredBy: { ...answeredBy, ...Object.fromEntries(fresh.map(([code]) => [code, source])) },
      })
      .where(row)
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at,
      actor,
      act: {
        kind: 'declarations-answered',
        facts: {
          memberIds: [esmsId],
          name: member.name,
          answers: fresh.map(([code, answer]) => ({ title: asked.get(code) ?? code, answer })),
        },
      },
    })
    return done({ changed: fresh.length })
  })
}
