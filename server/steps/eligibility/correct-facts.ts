/** A member corrects its own facts by its link: at once or as a proposal, as its porteur chose. */
import { and, eq, isNull, type SQL } from 'drizzle-orm'
import type { MemberCorrectionBody } from '../../../schema/contracts/members.ts'
import { type esms, grappes, memberProposals, solutions } from '../../../schema/tables.ts'
import type { Actor } from '../../domain/journal/entry.ts'
import {
  type CorrectedFact,
  type CorrectionMode,
  changesBetween,
  changeWords,
  FACT_LABELS,
  type FactChange,
  factsOfMember,
  type MemberFact,
  type MemberFacts,
  valueWords,
} from '../../domain/member-facts.ts'
import { type SolutionSpelling, solutionKey, solutionName } from '../../domain/solution-identity.ts'
import { linkActor, type MemberScope, refuseArchivedMember } from '../access/member-scope.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import type { Context, Database } from '../ports.ts'
import { esmsOfRow } from '../read/read-grappe.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { type MemberFactsBody, writeFacts } from './save-esms.ts'

type Row = typeof esms.$inferSelect

export const factsOf = (row: Row): MemberFacts => factsOfMember(esmsOfRow(row), row)

/** The facts of a body as they are compared: text, null when not known or kept. */
function factsTyped(body: MemberFactsBody, kept: MemberFacts): MemberFacts {
  const { commune, solutionVersion, capacite } = body
  return {
    ...kept,
    ...body,
    commune: commune === undefined ? kept.commune : commune,
    solutionVersion: solutionVersion === undefined ? kept.solutionVersion : solutionVersion,
    capacite: capacite === undefined ? kept.capacite : capacite === null ? null : String(capacite),
  }
}

/** The row with the new side of each change. */
export function bodyOf(row: Row, changes: readonly FactChange[]): MemberFactsBody {
  const after = new Map<CorrectedFact, string | null>(changes.map(({ fact, after: value }) => [fact, value]))
  const value = (fact: MemberFact) => (after.has(fact) ? (after.get(fact) ?? null) : factsOf(row)[fact])
  const capacite = value('capacite')
  return {
    name: value('name') ?? row.name,
    finess: value('finess'),
    categorie: value('categorie'),
    domaine: value('domaine') as MemberFactsBody['domaine'],
    projet: value('projet') as MemberFactsBody['projet'],
    solutionId: value('solutionId'),
    solutionVersion: value('solutionVersion'),
    capacite: capacite === null ? null : Number(capacite),
    commune: value('commune'),
  }
}

export interface Corrected {
  mode: CorrectionMode
  /** As a sentence shows each; empty when nothing differs. */
  changes: readonly string[]
}

/**
 * @param seen the facts that the form showed: what the porteur changed meanwhile is not put back in silence.
 * Null compares with those of now.
 * @returns not-found for a member outside the link's scope; grappe-archived when it is put away.
 */
export async function correctFacts(
  context: Context,
  scope: MemberScope,
  esmsId: string,
  { body, seen }: { body: MemberCorrectionBody; seen: MemberFacts | null },
): Promise<Outcome<Corrected>> {
  if (!scope.esms.some(({ id }) => id === esmsId)) return refuse('not-found')
  const archived = refuseArchivedMember(scope)
  if (archived !== null) return archived
  const { grappeId } = scope
  const member = { grappeId, esmsId }
  const by = { context, grappeId, actor: linkActor(scope) }
  return await writeFacts<Corrected>(
    context,
    member,
    async (tx, row) => {
      const mode = await readMode(tx, grappeId)
      const shown = seen ?? factsOf(row)
      const changes = await changesTyped(tx, context, grappeId, { body, shown })
      const stale = staleFacts(factsOf(row), changes)
      if (stale !== null) return stale
      const told = { mode, changes: changes.map(changeWords) }
      if (changes.length === 0) {
        await withdrawWaiting(tx, by, row, eq(memberProposals.esmsId, esmsId))
        return done({ facts: null, write: false, value: told })
      }
      await withdrawWaiting(tx, null, row, eq(memberProposals.esmsId, esmsId))
      if (mode === 'appliquees') {
        await noteCorrection(tx, by, 'correction-applied', row, changes)
        const settled = await recordNamed(tx, by, changes)
        return done({ facts: bodyOf(row, settled), write: true, value: told })
      }
      await tx.insert(memberProposals).values({
        id: context.newId(),
        grappeId,
        esmsId,
        changes,
        proposedBy: scope.actor,
        proposedAt: context.now(),
      })
      await noteCorrection(tx, by, 'correction-proposed', row, changes)
      // A solution that the grappe does not have yet is not to be found in its list.
      const known = changes.filter(({ named }) => named === undefined)
      return done({ facts: bodyOf(row, known), write: false, value: told })
    },
    'membre',
  )
}

/** What the form changes; a solution may be named by another spelling than the one of the grappe. */
async function changesTyped(
  tx: Database,
  { newId }: Pick<Context, 'newId'>,
  grappeId: string,
  { body, shown }: { body: MemberCorrectionBody; shown: MemberFacts },
): Promise<FactChange[]> {
  const { nouveauProduit: produit, nouvelEditeur: editeur, ...facts } = body
  const named = produit === null || editeur === null ? null : { editeur, produit }
  const known = named && (await findSolution(tx, grappeId, named))
  const solutionId = named === null ? facts.solutionId : (known ?? newId())
  const words = await wordsOf(tx, grappeId)
  const isNew = named !== null && known === null
  const changes = changesBetween(shown, factsTyped({ ...facts, solutionId }, shown), (fact, value) =>
    isNew && value === solutionId
      ? `${named.produit} (${named.editeur}), nouvelle dans la grappe`
      : words(fact, value),
  )
  return changes.map(change => (isNew && change.fact === 'solutionId' ? { ...change, named } : change))
}

/** The grappe's record of a solution, however it is spelled. */
async function findSolution(tx: Database, grappeId: string, named: SolutionSpelling): Promise<string | null> {
  const rows = await tx.select().from(solutions).where(eq(solutions.grappeId, grappeId))
  return rows.find(row => solutionKey(row) === solutionKey(named))?.id ?? null
}

/** Solutions that were only named become the grappe's, unless it has them by now. */
export async function recordNamed(
  tx: Database,
  { context, grappeId, actor }: Noting,
  changes: readonly FactChange[],
): Promise<FactChange[]> {
  const settled: FactChange[] = []
  for (const change of changes) {
    const { named, after: id } = change
    const known = named && (await findSolution(tx, grappeId, named))
    if (named !== undefined && known === null && id !== null) {
      const at = context.now()
      await tx.insert(solutions).values({ ...named, id, grappeId, createdAt: at })
      const facts = { solutionId: id, name: solutionName(named) }
      await recordChange(tx, { grappeId, at, actor, act: { kind: 'solution-added', facts } })
    }
    settled.push({ ...change, after: known ?? id })
  }
  return settled
}

/**
 * Takes back the correction that waits.
 *
 * @param by tells it; null when another takes its place, which the form showed with it.
 * @param own whose it is.
 */
export async function withdrawWaiting(
  tx: Database,
  by: Noting | null,
  row: { id: string; name: string },
  own: SQL,
): Promise<void> {
  const waiting = and(own, isNull(memberProposals.decision))
  const [before] = await tx.delete(memberProposals).where(waiting).returning()
  if (before !== undefined && by !== null) {
    await noteCorrection(tx, by, 'correction-withdrawn', row, before.changes)
  }
}

/** Refuses when a fact is no longer what it was before the change. */
export function staleFacts(
  now: Readonly<Partial<Record<CorrectedFact, string | null>>>,
  changes: readonly FactChange[],
) {
  const stale = changes.filter(({ fact, before }) => now[fact] !== before)
  return stale.length === 0
    ? null
    : refuse('facts-changed', { names: stale.map(({ fact }) => FACT_LABELS[fact]).join(', ') })
}

/** Words of a value: the name of a solution, in place of its id. */
export async function wordsOf(tx: Database, grappeId: string) {
  const rows = await tx.select().from(solutions).where(eq(solutions.grappeId, grappeId))
  const names = new Map(rows.map(({ id, editeur, produit }) => [id, `${produit} (${editeur})`]))
  return (fact: MemberFact, value: string) =>
    fact === 'solutionId' ? (names.get(value) ?? 'solution inconnue') : valueWords(fact, value)
}

type CorrectionKind =
  | 'correction-applied'
  | 'correction-proposed'
  | 'correction-withdrawn'
  | 'correction-accepted'

interface Noting {
  context: Context
  grappeId: string
  actor: Actor
}

export async function noteCorrection(
  tx: Database,
  { context, grappeId, actor }: Noting,
  kind: CorrectionKind,
  { id, name }: { id: string; name: string },
  changes: readonly FactChange[],
): Promise<void> {
  await recordChange(tx, {
    grappeId,
    at: context.now(),
    actor,
    act: { kind, facts: { memberIds: [id], name, changes: changes.map(changeWords) } },
  })
}

export async function readMode(db: Database, grappeId: string): Promise<CorrectionMode> {
  const [row] = await db
    .select({ mode: grappes.memberCorrections })
    .from(grappes)
    .where(eq(grappes.id, grappeId))
  return row?.mode ?? 'proposees'
}

export const correctionMode = ({ db }: Pick<Context, 'db'>, grappeId: string): Promise<CorrectionMode> =>
  readMode(db, grappeId)

/** Holds for the corrections to come: those that wait still do. */
export async function setCorrectionMode(
  context: Context,
  scope: PorteurScope,
  mode: CorrectionMode,
): Promise<void> {
  const { grappeId } = scope
  await context.db.transaction(async tx => {
    if ((await readMode(tx, grappeId)) === mode) return
    await tx.update(grappes).set({ memberCorrections: mode }).where(eq(grappes.id, grappeId))
    await recordChange(tx, {
      grappeId,
      at: context.now(),
      actor: porteurActor(scope),
      act: { kind: 'correction-mode-set', facts: { mode } },
    })
  })
}
