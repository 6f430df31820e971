/** A porteur opens an application to a call. */
import { and, eq } from 'drizzle-orm'
import type { Example } from '../../schema/contracts/example.ts'
import type { GrappeBody } from '../../schema/contracts/members.ts'
import { esms, grappes, ogs, solutions } from '../../schema/tables.ts'
import { resolveCall } from '../domain/call.ts'
import { dayOf } from '../domain/deadline.ts'
import type { Context, Database } from './ports.ts'
import { recordChange } from './record-change.ts'
import { done, type Outcome, refuse, refuseFields } from './refusals.ts'
import type { Porteur } from './sign-in.ts'
import { syncPieces } from './sync-pieces.ts'

/**
 * Copies the call into a new grappe, which its porteur may then adapt without touching the others.
 *
 * With an example, the grappe starts with that example's fictional OG, ESMS and solutions.
 *
 * @param grappeId the id that a form proposes: sent twice, it creates one grappe.
 */
export async function createGrappe(
  context: Context,
  porteur: Porteur,
  body: GrappeBody,
  grappeId: string = context.newId(),
): Promise<Outcome<{ grappeId: string }>> {
  const template = context.calls.find(call => call.code === body.call)
  if (template === undefined) {
    return refuseFields({
      call: 'Cet appel à projets n’est pas proposé ici. Choisissez-en un dans la liste.',
    })
  }
  const example = context.examples.find(({ code }) => code === body.example) ?? null
  if (body.example !== null && example === null) {
    return refuseFields({
      example: 'Cet exemple n’est pas proposé ici. Choisissez-en un dans la liste, ou aucun.',
    })
  }
  const now = context.now()
  const call = resolveCall(template, dayOf(now.toISOString(), template.window.timeZone))
  return await context.db.transaction(async tx => {
    const created = await tx
      .insert(grappes)
      .values({
        id: grappeId,
        porteurId: porteur.id,
        name: body.name,
        callCode: call.code,
        call,
        createdAt: now,
      })
      .onConflictDoNothing({ target: grappes.id })
      .returning({ id: grappes.id })
    if (created.length === 0) {
      const [mine] = await tx
        .select({ id: grappes.id })
        .from(grappes)
        .where(and(eq(grappes.id, grappeId), eq(grappes.porteurId, porteur.id)))
      return mine === undefined ? refuse('not-found') : done({ grappeId })
    }
    if (example !== null) await addExampleMembers(tx, context, grappeId, example)
    await syncPieces(tx, grappeId, context.newId)
    await recordChange(tx, {
      grappeId,
      at: now,
      actor: porteur.email,
      event: `Grappe « ${body.name} » créée pour l’appel « ${call.title} ».`,
    })
    return done({ grappeId })
  })
}

async function addExampleMembers(
  tx: Database,
  context: Context,
  grappeId: string,
  example: Example,
): Promise<void> {
  const createdAt = context.now()
  const solutionIds = new Map(example.solutions.map(({ produit }) => [produit, context.newId()]))
  const ogRows = example.ogs.map(og => ({
    id: context.newId(),
    grappeId,
    name: og.name,
    createdAt,
    members: og.esms,
  }))
  await tx.insert(solutions).values(
    example.solutions.map(solution => ({
      ...solution,
      id: solutionIds.get(solution.produit) ?? '',
      grappeId,
      createdAt,
    })),
  )
  await tx.insert(ogs).values(ogRows.map(({ members: _, ...row }) => row))
  await tx.insert(esms).values(
    ogRows.flatMap(og =>
      og.members.map(({ solution, ...member }) => ({
        ...member,
        id: context.newId(),
        grappeId,
        ogId: og.id,
        solutionId: solutionIds.get(solution) ?? null,
        createdAt,
      })),
    ),
  )
  await tx
    .update(grappes)
    .set({ porteurOgId: ogRows[0]?.id ?? null })
    .where(eq(grappes.id, grappeId))
}

export interface GrappeSummary {
  id: string
  name: string
  callCode: string
  createdAt: Date
}

/** The porteur's own grappes, oldest first. */
export async function listGrappes(context: Context, porteurId: string): Promise<GrappeSummary[]> {
  return await context.db
    .select({ id: grappes.id, name: grappes.name, callCode: grappes.callCode, createdAt: grappes.createdAt })
    .from(grappes)
    .where(eq(grappes.porteurId, porteurId))
    .orderBy(grappes.createdAt, grappes.id)
}
