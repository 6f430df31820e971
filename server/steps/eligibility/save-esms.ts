/** Adds or corrects a member ESMS. */
import { and, eq, isNull } from 'drizzle-orm'
import type { EsmsBody } from '../../../schema/contracts/members.ts'
import { esms, ogs, solutions } from '../../../schema/tables.ts'
import type { RegistryFinding } from '../../domain/registry.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import { violatedUnique } from '../constraints.ts'
import type { Context, Database } from '../ports.ts'
import { lookUpFiness } from '../read/look-up-finess.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse, refuseFields } from '../refusals.ts'
import { syncPieces } from './sync-pieces.ts'

/**
 * @param esmsId the member to correct, or null to add one.
 * @param newEsmsId the id that a form proposes for the member it adds: sent twice, it adds one.
 * @returns `added` is false when the member was corrected, or already added by the same form; a field refusal
 * names the other member when the FINESS number is already in the grappe.
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
      const wrong = await wrongField(tx, scope.grappeId, body)
      if (wrong !== null) return refuseFields(wrong)
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
        actor: porteurActor(scope),
        act: {
          kind: esmsId === null ? 'member-added' : 'member-corrected',
          facts: { memberIds: [id], name: body.name },
        },
      })
      return done({ esmsId: id, added: esmsId === null })
    })
  } catch (error) {
    return await refuseTakenNumber(context, scope.grappeId, body.finess, error)
  }
}

/** The number is another member's, and which; any other fault is thrown again. */
async function refuseTakenNumber(
  { db }: Pick<Context, 'db'>,
  grappeId: string,
  finess: string | null,
  error: unknown,
) {
  if (violatedUnique(error) !== 'esms_finess_once_per_grappe' || finess === null) throw error
  return refuseFields({ finess: await takenNumber(db, grappeId, finess) })
}

/** What a member's link may correct of it. */
export type MemberFactsBody = Omit<EsmsBody, 'ogId' | 'contactName' | 'contactEmail' | 'contactPhone'>

/**
 * Checks facts as a porteur's form is checked, then writes them and whatever comes with them in the
 * transaction.
 *
 * @param decide given the row as it stands, locked, says which facts to check, and whether to write them.
 * @param teller who reads a refusal.
 */
export async function writeFacts<Value>(
  context: Context,
  { grappeId, esmsId }: { grappeId: string; esmsId: string },
  decide: (
    tx: Database,
    row: typeof esms.$inferSelect,
  ) => Promise<Outcome<{ facts: MemberFactsBody | null; write: boolean; value: Value }>>,
  teller: 'porteur' | 'membre',
): Promise<Outcome<Value>> {
  let finess: string | null = null
  try {
    return await context.db.transaction(async tx => {
      const own = and(eq(esms.id, esmsId), eq(esms.grappeId, grappeId), isNull(esms.withdrawnOn))
      const [row] = await tx.select().from(esms).where(own).for('update')
      if (row === undefined) return refuse('not-found')
      const decided = await decide(tx, row)
      if (!decided.ok) return decided
      const { facts, write, value } = decided.value
      if (facts === null) return done(value)
      finess = facts.finess
      const wrong = await wrongField(tx, grappeId, { ...facts, ogId: row.ogId })
      // Thrown away with all that was written beside.
      if (wrong !== null) throw new RefusedFacts(wrong)
      if (!write) return done(value)
      await tx.update(esms).set(facts).where(own)
      await syncPieces(tx, grappeId, context.newId)
      return done(value)
    })
  } catch (error) {
    if (error instanceof RefusedFacts) return refuseFields(error.fields)
    const taken = await refuseTakenNumber(context, grappeId, finess, error)
    return teller === 'porteur' ? taken : refuseFields({ finess: TAKEN_BY_ANOTHER })
  }
}

/** A member is not told which other one has the number. */
const TAKEN_BY_ANOTHER =
  'Un autre membre de la grappe a déjà ce numéro. Vérifiez-le, ou écrivez au porteur de la grappe.'

class RefusedFacts extends Error {
  readonly fields: Record<string, string>
  constructor(fields: Record<string, string>) {
    super('The facts are refused')
    this.fields = fields
  }
}

/**
 * The first field that refers to something else than what it should, with what to do; null when all are
 * right.
 */
async function wrongField(
  tx: Database,
  grappeId: string,
  { ogId, finess, solutionId }: Pick<EsmsBody, 'ogId' | 'finess' | 'solutionId'>,
): Promise<Record<string, string> | null> {
  const [og] = await tx
    .select({ finessEj: ogs.finessEj, name: ogs.name })
    .from(ogs)
    .where(and(eq(ogs.id, ogId), eq(ogs.grappeId, grappeId)))
  if (og === undefined) return { ogId: 'Choisissez un organisme gestionnaire de cette grappe.' }
  if (finess !== null && finess === og.finessEj) {
    return {
      finess:
        `${finess} est le numéro juridique (EJ) de « ${og.name} ». Indiquez le numéro ` +
        'géographique (ET) de l’établissement.',
    }
  }
  const finding = finess === null ? undefined : (await lookUpFiness(tx, [finess])).get(finess)
  if (finding?.status === 'juridique') return { finess: juridicalNumber(finding) }
  if (solutionId === null) return null
  const known = await tx
    .select({ id: solutions.id })
    .from(solutions)
    .where(and(eq(solutions.id, solutionId), eq(solutions.grappeId, grappeId)))
  return known.length === 0 ? { solutionId: 'Choisissez une solution de cette grappe.' } : null
}

/** Says which member has the number already. */
async function takenNumber(db: Database, grappeId: string, finess: string): Promise<string> {
  const [holder] = await db
    .select({ name: esms.name, withdrawnOn: esms.withdrawnOn })
    .from(esms)
    .where(and(eq(esms.grappeId, grappeId), eq(esms.finess, finess)))
  const withdrawn = holder?.withdrawnOn ? ', retiré de la grappe : réintégrez-le depuis la page Membres' : ''
  return (
    `${finess} est déjà le numéro de « ${holder?.name ?? 'un autre membre'} » dans ` +
    `cette grappe${withdrawn}.`
  )
}

const MAX_OFFERED = 8

/** Says whose juridical number it is, and offers that entity's establishments. */
function juridicalNumber({ structure, ets }: RegistryFinding): string {
  const offered = ets.slice(0, MAX_OFFERED).map(({ number, name }) => `${number} (${name ?? 'sans nom'})`)
  const offer = offered.length === 0 ? 'le numéro géographique (ET) de l’établissement' : offered.join(', ')
  return (
    `${structure?.number} est le numéro juridique (EJ) de « ${structure?.name ?? 'l’organisme'} ». ` +
    `Indiquez celui de l’établissement : ${offer}.`
  )
}
