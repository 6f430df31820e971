/** A porteur asks that a grappe be deleted, with a code; it goes after a delay, and until then may stay. */
import { eq } from 'drizzle-orm'
import { grappes, retentions } from '../../../schema/tables.ts'
import { urlTo } from '../../../schema/urls.ts'
import { dayOf } from '../../domain/deadline.ts'
import { DELETION_DELAY_DAYS } from '../../domain/retention.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import { writeMail } from '../access/send-mail.ts'
import type { Context } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { listAdministrators } from './administrators.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** Asked twice, the first delay runs on. */
export async function askDeletion(context: Context, scope: PorteurScope): Promise<Outcome<null>> {
  const { grappeId, grappeName, call, porteur } = scope
  const at = context.now()
  const asked = await context.db.transaction(async (tx): Promise<Outcome<null>> => {
    const [grappe] = await tx
      .select({ id: grappes.id })
      .from(grappes)
      .where(eq(grappes.id, grappeId))
      .for('update')
    if (grappe === undefined) return refuse('not-found')
    const [before] = await tx.select().from(retentions).where(eq(retentions.grappeId, grappeId))
    if (before?.holdMotive) return refuse('erasure-held', { motive: before.holdMotive })
    if (before?.deletesAt) return done(null)
    const deletesAt = new Date(at.getTime() + DELETION_DELAY_DAYS * DAY_MS)
    const set = { deletionAskedAt: at, deletesAt }
    await tx
      .insert(retentions)
      .values({ grappeId, ...set })
      .onConflictDoUpdate({ target: retentions.grappeId, set })
    const deletesOn = dayOf(deletesAt.toISOString(), call.timeZone)
    const address = context.publicUrl() + urlTo('retention', { grappe: grappeId })
    for (const recipient of await listAdministrators(tx, porteur.id)) {
      const text = context.mailTexts.deletionAsked({
        grappe: grappeName,
        by: porteur.email,
        deletesOn,
        address,
      })
      await writeMail(tx, context, { ...text, recipient, grappeId, linkId: null })
    }
    const act = { kind: 'deletion-asked' as const, facts: { deletesOn } }
    await recordChange(tx, { grappeId, at, actor: porteurActor(scope), act })
    return done(null)
  })
  if (asked.ok) await context.jobs.kick('envois')
  return asked
}

/** Takes the request back; where there is none, nothing changes. */
export async function cancelDeletion(context: Context, scope: PorteurScope): Promise<void> {
  const { grappeId } = scope
  await context.db.transaction(async tx => {
    await tx.select({ id: grappes.id }).from(grappes).where(eq(grappes.id, grappeId)).for('update')
    const [before] = await tx.select().from(retentions).where(eq(retentions.grappeId, grappeId))
    if (!before?.deletesAt) return
    await tx
      .update(retentions)
      .set({ deletionAskedAt: null, deletesAt: null })
      .where(eq(retentions.grappeId, grappeId))
    await recordChange(tx, {
      grappeId,
      at: context.now(),
      actor: porteurActor(scope),
      act: { kind: 'deletion-cancelled', facts: {} },
    })
  })
}
