/** Adds or corrects an organisme gestionnaire of a grappe, or removes one that has no member. */
import { and, count, eq, isNull } from 'drizzle-orm'
import type { OgBody } from '../../../schema/contracts/members.ts'
import { esms, grappes, ogs, pieces, versions } from '../../../schema/tables.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import { violatedUnique } from '../constraints.ts'
import type { Context } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse, refuseFields } from '../refusals.ts'
import { syncPieces } from './sync-pieces.ts'

/** @param ogId the OG to correct, or null to add one. */
export async function saveOg(
  context: Context,
  scope: PorteurScope,
  ogId: string | null,
  body: OgBody,
): Promise<Outcome<{ ogId: string }>> {
  const { porteur: carries, ...values } = body
  const id = ogId ?? context.newId()
  const now = context.now()
  try {
    const found = await context.db.transaction(async tx => {
      if (ogId === null) {
        await tx.insert(ogs).values({ ...values, id, grappeId: scope.grappeId, createdAt: now })
      } else {
        const changed = await tx
          .update(ogs)
          .set(values)
          .where(and(eq(ogs.id, ogId), eq(ogs.grappeId, scope.grappeId)))
          .returning({ id: ogs.id })
        if (changed.length === 0) return false
      }
      await tx
        .update(grappes)
        .set({ porteurOgId: id })
        .where(and(eq(grappes.id, scope.grappeId), carries ? undefined : isNull(grappes.porteurOgId)))
      await syncPieces(tx, scope.grappeId, context.newId)
      await recordChange(tx, {
        grappeId: scope.grappeId,
        at: now,
        actor: porteurActor(scope),
        act: {
          kind: ogId === null ? 'og-added' : 'og-corrected',
          facts: { memberIds: [id], name: body.name },
        },
      })
      return true
    })
    return found ? done({ ogId: id }) : refuse('not-found')
  } catch (error) {
    switch (violatedUnique(error)) {
      case 'ogs_finess_once_per_grappe':
        return refuseFields({
          finessEj:
            'Ce numéro FINESS juridique est déjà celui d’un autre OG de la ' +
            `grappe${await ogNamed(context, scope.grappeId, body.finessEj)}.`,
        })
      case 'ogs_name_once_per_grappe':
        return refuse('og-already-in-grappe', { name: body.name })
      default:
        throw error
    }
  }
}

async function ogNamed(context: Context, grappeId: string, finessEj: string | null): Promise<string> {
  if (finessEj === null) return ''
  const [og] = await context.db
    .select({ name: ogs.name })
    .from(ogs)
    .where(and(eq(ogs.grappeId, grappeId), eq(ogs.finessEj, finessEj)))
  return og === undefined ? '' : ` : « ${og.name} »`
}

/**
 * Removes an OG that runs no ESMS of the grappe, withdrawn ones included, and deposited nothing: no paper is
 * ever lost.
 */
export async function removeOg(context: Context, scope: PorteurScope, ogId: string): Promise<Outcome<null>> {
  return await context.db.transaction(async tx => {
    const [og] = await tx
      .select({ name: ogs.name })
      .from(ogs)
      .where(and(eq(ogs.id, ogId), eq(ogs.grappeId, scope.grappeId)))
      .for('update')
    if (og === undefined) return refuse('not-found')
    const [members] = await tx.select({ count: count() }).from(esms).where(eq(esms.ogId, ogId))
    if (members !== undefined && members.count > 0) {
      return refuse('og-has-members', { name: og.name, count: String(members.count) })
    }
    const [deposits] = await tx
      .select({ count: count() })
      .from(versions)
      .innerJoin(pieces, eq(versions.pieceId, pieces.id))
      .where(eq(pieces.ogId, ogId))
    if (deposits !== undefined && deposits.count > 0) return refuse('og-has-deposits', { name: og.name })
    await tx
      .update(grappes)
      .set({ porteurOgId: null })
      .where(and(eq(grappes.id, scope.grappeId), eq(grappes.porteurOgId, ogId)))
    await tx.delete(ogs).where(eq(ogs.id, ogId))
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: porteurActor(scope),
      act: { kind: 'og-removed', facts: { memberIds: [ogId], name: og.name } },
    })
    return done(null)
  })
}
