/** Whoever answers for an OG corrects its own facts by its link, as a member does for its ESMS. */
import { and, eq, ne } from 'drizzle-orm'
import type { OgFactsBody } from '../../../schema/contracts/members.ts'
import { memberProposals, ogs } from '../../../schema/tables.ts'
import { changeWords, type FactChange, type OgFacts, ogChangesBetween } from '../../domain/member-facts.ts'
import { linkActor, type MemberScope, refuseArchivedMember } from '../access/member-scope.ts'
import type { Context, Database } from '../ports.ts'
import { done, type Outcome, refuse, refuseFields } from '../refusals.ts'
import { type Corrected, noteCorrection, readMode, staleFacts, withdrawWaiting } from './correct-facts.ts'
import { syncPieces } from './sync-pieces.ts'

type OgRow = typeof ogs.$inferSelect

export const ogFactsOf = (row: Pick<OgRow, keyof OgFacts>): OgFacts => ({
  name: row.name,
  finessEj: row.finessEj,
  representative: row.representative,
  representativeRole: row.representativeRole,
  seatAddress: row.seatAddress,
  siren: row.siren,
})

/** The facts of a body; what it leaves out stays. */
function factsTyped({ name, finessEj, ...identity }: OgFactsBody, kept: OgFacts): OgFacts {
  const given = Object.entries(identity).filter(([, value]) => value !== undefined)
  return { ...kept, name, finessEj, ...Object.fromEntries(given) }
}

/**
 * @param seen the facts that the form showed; null compares with those of now.
 * @returns not-found for an OG that the link does not answer for; grappe-archived when it is put away.
 */
export async function correctOg(
  context: Context,
  scope: MemberScope,
  ogId: string,
  { body, seen }: { body: OgFactsBody; seen: OgFacts | null },
): Promise<Outcome<Corrected>> {
  if (!scope.ogs.some(({ id }) => id === ogId)) return refuse('not-found')
  const archived = refuseArchivedMember(scope)
  if (archived !== null) return archived
  const { grappeId } = scope
  const by = { context, grappeId, actor: linkActor(scope) }
  return await context.db.transaction(async (tx): Promise<Outcome<Corrected>> => {
    const row = await lockOg(tx, grappeId, ogId)
    if (row === null) return refuse('not-found')
    const mode = await readMode(tx, grappeId)
    const compared = seen ?? ogFactsOf(row)
    const changes = ogChangesBetween(compared, factsTyped(body, compared))
    const stale = staleFacts(ogFactsOf(row), changes)
    if (stale !== null) return stale
    const told = { mode, changes: changes.map(changeWords) }
    const own = eq(memberProposals.ogId, ogId)
    if (changes.length === 0) {
      await withdrawWaiting(tx, by, row, own)
      return done(told)
    }
    const taken = await takenByAnother(tx, row, changes)
    if (taken !== null) return refuseFields(taken)
    await withdrawWaiting(tx, null, row, own)
    if (mode === 'appliquees') {
      await noteCorrection(tx, by, 'correction-applied', row, changes)
      await writeOgFacts(tx, context, row, changes)
      return done(told)
    }
    await tx.insert(memberProposals).values({
      id: context.newId(),
      grappeId,
      ogId,
      changes,
      proposedBy: scope.actor,
      proposedAt: context.now(),
    })
    await noteCorrection(tx, by, 'correction-proposed', row, changes)
    return done(told)
  })
}

export async function lockOg(tx: Database, grappeId: string, ogId: string): Promise<OgRow | null> {
  const [row] = await tx
    .select()
    .from(ogs)
    .where(and(eq(ogs.id, ogId), eq(ogs.grappeId, grappeId)))
    .for('update')
  return row ?? null
}

/** Fields whose value is another OG's; which one is not told: the link does not answer for it. */
export async function takenByAnother(
  tx: Database,
  { id, grappeId }: OgRow,
  changes: readonly FactChange[],
): Promise<Record<string, string> | null> {
  const fields: Record<string, string> = {}
  for (const { fact, after } of changes) {
    if (after === null || (fact !== 'name' && fact !== 'finessEj')) continue
    const column = fact === 'name' ? ogs.name : ogs.finessEj
    const others = await tx
      .select({ id: ogs.id })
      .from(ogs)
      .where(and(eq(ogs.grappeId, grappeId), ne(ogs.id, id), eq(column, after)))
    if (others.length > 0) {
      fields[fact] =
        `Un autre organisme de la grappe a déjà ce ${fact === 'name' ? 'nom' : 'numéro'}. ` +
        'Vérifiez-le, ou écrivez au porteur de la grappe.'
    }
  }
  return Object.keys(fields).length === 0 ? null : fields
}

/** The OG with the new side of each change; what is asked and judged follows. */
export async function writeOgFacts(
  tx: Database,
  { newId }: Pick<Context, 'newId'>,
  { id, grappeId, name }: OgRow,
  changes: readonly FactChange[],
): Promise<void> {
  const after = Object.fromEntries(changes.map(change => [change.fact, change.after]))
  await tx
    .update(ogs)
    .set({ ...after, name: after.name ?? name })
    .where(eq(ogs.id, id))
  await syncPieces(tx, grappeId, newId)
}
