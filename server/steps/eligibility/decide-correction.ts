/** The porteur accepts what a member corrected in its own facts, or declines it with a motive. */
import { and, asc, eq, isNull, or, type SQL } from 'drizzle-orm'
import type { ProposalDecisionBody } from '../../../schema/contracts/members.ts'
import { esms, memberProposals, ogs } from '../../../schema/tables.ts'
import { type CorrectedFact, changeWords, type FactChange } from '../../domain/member-facts.ts'
import type { OwnedMember } from '../access/people.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import type { Context, Database } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse, refuseFields } from '../refusals.ts'
import { bodyOf, factsOf, noteCorrection, recordNamed, staleFacts } from './correct-facts.ts'
import { lockOg, ogFactsOf, takenByAnother, writeOgFacts } from './correct-og.ts'
import { writeFacts } from './save-esms.ts'

/** A correction that waits for the porteur, beside what the member is today. */
export interface Proposal {
  id: string
  member: OwnedMember
  proposedBy: string
  proposedAt: string
  changes: readonly FactChange[]
  /** Facts that changed since it was proposed: it can no longer be accepted as it is. */
  stale: readonly CorrectedFact[]
}

/** Those that wait, the oldest first. */
export async function listProposals(
  { db }: Pick<Context, 'db'>,
  grappeId: string,
  memberId?: string,
): Promise<Proposal[]> {
  const rows = await db
    .select({ proposal: memberProposals, esms, og: ogs })
    .from(memberProposals)
    .leftJoin(esms, eq(memberProposals.esmsId, esms.id))
    .leftJoin(ogs, eq(memberProposals.ogId, ogs.id))
    .where(
      and(
        eq(memberProposals.grappeId, grappeId),
        isNull(memberProposals.decision),
        isNull(esms.withdrawnOn),
        memberId === undefined ? undefined : ofMember(memberId),
      ),
    )
    .orderBy(asc(memberProposals.proposedAt), asc(memberProposals.id))
  return rows.flatMap(({ proposal: { id, changes, proposedBy, proposedAt }, esms: row, og }): Proposal[] => {
    const found = row ?? og
    if (found === null) return []
    const now: Facts = row !== null ? factsOf(row) : og !== null ? ogFactsOf(og) : {}
    return [
      {
        id,
        member: { kind: row === null ? 'og' : 'esms', id: found.id, name: found.name },
        proposedBy,
        proposedAt: proposedAt.toISOString(),
        changes,
        stale: changes.filter(({ fact, before }) => now[fact] !== before).map(({ fact }) => fact),
      },
    ]
  })
}

type Facts = Readonly<Partial<Record<CorrectedFact, string | null>>>

const ofMember = (id: string): SQL | undefined =>
  or(eq(memberProposals.esmsId, id), eq(memberProposals.ogId, id))

/** Accepted, the facts are the member's and all is judged anew; declined, nothing changes but the history. */
export async function decideProposal(
  context: Context,
  scope: PorteurScope,
  proposalId: string,
  decided: ProposalDecisionBody,
): Promise<Outcome<{ memberName: string }>> {
  const { grappeId } = scope
  if (decided.decision === 'refusee' && decided.motive === null) {
    return refuseFields({ motive: 'Indiquez pourquoi : le membre lira ce motif.' })
  }
  const own = and(eq(memberProposals.id, proposalId), eq(memberProposals.grappeId, grappeId))
  const [found] = await context.db.select().from(memberProposals).where(own)
  const deciding = { context, scope, proposalId, decided }
  if (found?.ogId != null) return await decideOfOg(deciding, found.ogId)
  if (found?.esmsId == null) return refuse('proposal-decided')
  return await writeFacts<{ memberName: string }>(
    context,
    { grappeId, esmsId: found.esmsId },
    async (tx, row) => {
      const settled = await settle(tx, deciding, row, factsOf(row))
      if (!settled.ok) return settled
      const value = { memberName: row.name }
      if (settled.value === null) return done({ facts: null, write: false, value })
      const changes = await recordNamed(tx, { context, grappeId, actor: porteurActor(scope) }, settled.value)
      return done({ facts: bodyOf(row, changes), write: true, value })
    },
    'porteur',
  )
}

interface Deciding {
  context: Context
  scope: PorteurScope
  proposalId: string
  decided: ProposalDecisionBody
}

async function decideOfOg(deciding: Deciding, ogId: string): Promise<Outcome<{ memberName: string }>> {
  const { context, scope } = deciding
  return await context.db.transaction(async (tx): Promise<Outcome<{ memberName: string }>> => {
    const row = await lockOg(tx, scope.grappeId, ogId)
    if (row === null) return refuse('not-found')
    if (deciding.decided.decision === 'acceptee') {
      const [waiting] = await tx.select().from(memberProposals).where(waitingFor(deciding))
      const taken = await takenByAnother(tx, row, waiting?.changes ?? [])
      if (taken !== null) return refuseFields(taken)
    }
    const settled = await settle(tx, deciding, row, ogFactsOf(row))
    if (!settled.ok) return settled
    if (settled.value !== null) await writeOgFacts(tx, context, row, settled.value)
    return done({ memberName: row.name })
  })
}

const waitingFor = ({ scope, proposalId }: Deciding) =>
  and(
    eq(memberProposals.id, proposalId),
    eq(memberProposals.grappeId, scope.grappeId),
    isNull(memberProposals.decision),
  )

/**
 * Keeps the decision and tells it.
 *
 * @returns the changes to write; null when they are declined.
 */
async function settle(
  tx: Database,
  deciding: Deciding,
  row: { id: string; name: string },
  now: Facts,
): Promise<Outcome<readonly FactChange[] | null>> {
  const {
    context,
    scope,
    decided: { decision, motive },
  } = deciding
  const { grappeId } = scope
  const [waiting] = await tx.select().from(memberProposals).where(waitingFor(deciding)).for('update')
  if (waiting === undefined) return refuse('proposal-decided')
  const { changes } = waiting
  const at = context.now()
  const actor = porteurActor(scope)
  const stale = decision === 'acceptee' ? staleFacts(now, changes) : null
  if (stale !== null) return stale
  await tx
    .update(memberProposals)
    .set({ decision, motive, decidedAt: at })
    .where(eq(memberProposals.id, waiting.id))
  if (decision === 'refusee') {
    const facts = { memberIds: [row.id], name: row.name, changes: changes.map(changeWords) }
    const act = { kind: 'correction-declined' as const, facts: { ...facts, motive: motive ?? '' } }
    await recordChange(tx, { grappeId, at, actor, act })
    return done(null)
  }
  await noteCorrection(tx, { context, grappeId, actor }, 'correction-accepted', row, changes)
  return done(changes)
}

/** The last correction that the porteur declined, with its motive, unless another one was made since. */
export async function lastDeclined(
  { db }: Pick<Context, 'db'>,
  memberId: string,
): Promise<{ changes: readonly FactChange[]; motive: string } | null> {
  const rows = await db
    .select()
    .from(memberProposals)
    .where(ofMember(memberId))
    .orderBy(asc(memberProposals.proposedAt))
  const last = rows.at(-1)
  return last?.decision === 'refusee' ? { changes: last.changes, motive: last.motive ?? '' } : null
}
