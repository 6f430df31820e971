/** Adds or corrects a member ESMS. */
import { and, eq } from 'drizzle-orm'
import type { EsmsBody } from '../../schema/contracts/members.ts'
import { esms, ogs, solutions } from '../../schema/tables.ts'
import type { RegistryFinding } from '../domain/registry.ts'
import { violatedUnique } from './constraints.ts'
import { lookUpFiness } from './look-up-finess.ts'
import type { PorteurScope } from './porteur-scope.ts'
import type { Context } from './ports.ts'
import { recordChange } from './record-change.ts'
import { done, type Outcome, refuse, refuseFields } from './refusals.ts'
import { syncPieces } from './sync-pieces.ts'

/**
 * @param esmsId the member to correct, or null to add one.
 * @param newEsmsId the id that a form proposes for the member it adds: sent twice, it adds one.
 * @returns `added` is false when the member was corrected, or already added by the same form; a field refusal names
 * the other member when the FINESS number is already in the grappe.
 */
export async function saveEsms(
  context: Context,
  scope: PorteurScope,
  esmsId: string | null,
  body: EsmsBody,
  newEsmsId: string = context.newId(),
): Promise<Outcome<{ esmsId: string; added: boolean }>> {
  const id = esmsId ?? newEsmsId
  const now = context.now()
  try {
    return await context.db.transaction(async tx => {
      const [og] = await tx
        .select({ finessEj: ogs.finessEj, name: ogs.name })
        .from(ogs)
        .where(and(eq(ogs.id, body.ogId), eq(ogs.grappeId, scope.grappeId)))
      if (og === undefined)
        return refuseFields({ ogId: 'Choisissez un organisme gestionnaire de cette grappe.' })
      if (body.finess !== null && body.finess === og.finessEj) {
        return refuseFields({
          finess: `${body.finess} est le numéro juridique (EJ) de « ${og.name} ». Indiquez le numéro géographique (ET) de l’établissement.`,
        })
      }
      const finding =
        body.finess === null ? undefined : (await lookUpFiness(tx, [body.finess])).get(body.finess)
      if (finding?.status === 'juridique') return refuseFields({ finess: juridicalNumber(finding) })
      if (body.solutionId !== null) {
        const known = await tx
          .select({ id: solutions.id })
          .from(solutions)
          .where(and(eq(solutions.id, body.solutionId), eq(solutions.grappeId, scope.grappeId)))
        if (known.length === 0)
          return refuseFields({ solutionId: 'Choisissez une solution de cette grappe.' })
      }
      if (esmsId === null) {
        const added = await tx
          .insert(esms)
          .values({ ...body, id, grappeId: scope.grappeId, createdAt: now })
          .onConflictDoNothing({ target: esms.id })
          .returning({ id: esms.id })
        if (added.length === 0) {
          const [mine] = await tx
            .select({ id: esms.id })
            .from(esms)
            .where(and(eq(esms.id, id), eq(esms.grappeId, scope.grappeId)))
          return mine === undefined ? refuse('not-found') : done({ esmsId: id, added: false })
        }
      } else {
        const changed = await tx
          .update(esms)
          .set(body)
          .where(and(eq(esms.id, esmsId), eq(esms.grappeId, scope.grappeId)))
          .returning({ id: esms.id })
        if (changed.length === 0) return refuse('not-found')
      }
      await syncPieces(tx, scope.grappeId, context.newId)
      await recordChange(tx, {
        grappeId: scope.grappeId,
        at: now,
        actor: scope.porteur.email,
        event: esmsId === null ? `ESMS « ${body.name} » ajouté.` : `ESMS « ${body.name} » corrigé.`,
      })
      return done({ esmsId: id, added: esmsId === null })
    })
  } catch (error) {
    if (violatedUnique(error) !== 'esms_finess_once_per_grappe' || body.finess === null) throw error
    const [holder] = await context.db
      .select({ name: esms.name, withdrawnOn: esms.withdrawnOn })
      .from(esms)
      .where(and(eq(esms.grappeId, scope.grappeId), eq(esms.finess, body.finess)))
    const withdrawn = holder?.withdrawnOn
      ? ', retiré de la grappe : réintégrez-le depuis la page Membres'
      : ''
    return refuseFields({
      finess: `${body.finess} est déjà le numéro de « ${holder?.name ?? 'un autre membre'} » dans cette grappe${withdrawn}.`,
    })
  }
}

const MAX_OFFERED = 8

/** Says whose juridical number it is, and offers that entity's establishments. */
function juridicalNumber({ structure, ets }: RegistryFinding): string {
  const offered = ets.slice(0, MAX_OFFERED).map(({ number, name }) => `${number} (${name ?? 'sans nom'})`)
  const offer = offered.length === 0 ? 'le numéro géographique (ET) de l’établissement' : offered.join(', ')
  return `${structure?.number} est le numéro juridique (EJ) de « ${structure?.name ?? 'l’organisme'} ». Indiquez celui de l’établissement : ${offer}.`
}
