/** A porteur opens an application to a call. */
import { and, eq } from 'drizzle-orm'
import type { Example } from '../../../schema/contracts/example.ts'
import type { GrappeBody } from '../../../schema/contracts/members.ts'
import { esms, grappes, ogs, solutions } from '../../../schema/tables.ts'
import { type Call, type Day, resolveCall, windowOn } from '../../domain/call.ts'
import { dayOf } from '../../domain/deadline.ts'
import { DEFAULT_RELANCES } from '../../domain/relance.ts'
import { report } from '../../domain/reported.ts'
import { writtenCall } from '../../domain/written-call.ts'
import { porteurActor } from '../access/porteur-scope.ts'
import type { Porteur } from '../access/sign-in.ts'
import type { Context, Database } from '../ports.ts'
import { listOfferedCalls } from '../read/read-calls.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse, refuseFields } from '../refusals.ts'
import { syncPieces } from './sync-pieces.ts'

/** What a closed call asks besides may be left out for the others. */
type NewGrappe = Pick<GrappeBody, 'name' | 'call' | 'example'> & Partial<GrappeBody>

/**
 * Copies the call into a new grappe, which its porteur may then adapt without touching the others.
 *
 * With an example, the grappe starts with that example's fictional OG, ESMS and solutions.
 *
 * @param grappeId the id that a form proposes: sent twice, it creates one grappe.
 * @param fill what else it starts with, in the same transaction; not called for one that was created already.
 */
export async function createGrappe(
  context: Context,
  porteur: Porteur,
  body: NewGrappe,
  grappeId: string = context.newId(),
  fill: (tx: Database, callTitle: string) => Promise<void> = async () => {},
): Promise<Outcome<{ grappeId: string }>> {
  const offered = await listOfferedCalls(context, porteur.id)
  const chosen = offered.find(({ template }) => template.code === body.call)
  if (chosen === undefined) {
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
  const { template, callId, version } = chosen
  const now = context.now()
  const today = dayOf(now.toISOString(), template.timeZone)
  const dated = datedCall(resolveCall(template, today), today, body)
  if (!dated.ok) return dated
  const call = dated.value
  return await context.db.transaction(async tx => {
    const created = await tx
      .insert(grappes)
      .values({
        id: grappeId,
        porteurId: porteur.id,
        name: body.name,
        callCode: call.code,
        callId,
        callVersion: version,
        shippedCall: callId === null ? writtenCall(template) : null,
        call,
        relances: body.archive ? { ...DEFAULT_RELANCES, paused: true } : null,
        exchangesToldSince: now,
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
    await recordChange(tx, {
      grappeId,
      at: now,
      actor: porteurActor({ porteur }),
      act: { kind: 'grappe-created', facts: { name: body.name, callTitle: call.title } },
    })
    await fill(tx, call.title)
    await syncPieces(tx, grappeId, context.newId)
    return done({ grappeId })
  })
}

/**
 * The copy with the closing that the ARS gives now. A closed call asks for one, or to be an archive: all that
 * it requires would be late at once. An example is only tried.
 */
function datedCall(
  call: Call,
  today: Day,
  { cloture = null, dapres = null, archive, example }: NewGrappe,
): Outcome<Call> {
  const window = windowOn(call, today)
  const isClosed = window.closesOn !== null && window.closesOn < today
  if (!isClosed || archive === true || example !== null) return done(call)
  if (cloture === null) {
    return refuseFields({
      cloture: 'Cet appel est clos : donnez la nouvelle clôture, ou cochez « Grappe d’archive ».',
    })
  }
  if (cloture < today) return refuseFields({ cloture: 'Ce jour est déjà passé : donnez un jour à venir.' })
  if (dapres === null) {
    return refuseFields({
      dapres: 'Dites d’où vient cette date : le texte ou le message de l’ARS, son jour.',
    })
  }
  const path = `windows.${call.windows.indexOf(window)}.closesOn`
  return done(report(call, path, cloture, { basis: dapres, on: today }))
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
  /** Null while it is current. */
  archivedAt: Date | null
}

/** The porteur's own grappes, oldest first. */
export async function listGrappes(context: Context, porteurId: string): Promise<GrappeSummary[]> {
  return await context.db
    .select({
      id: grappes.id,
      name: grappes.name,
      callCode: grappes.callCode,
      createdAt: grappes.createdAt,
      archivedAt: grappes.archivedAt,
    })
    .from(grappes)
    .where(eq(grappes.porteurId, porteurId))
    .orderBy(grappes.createdAt, grappes.id)
}
