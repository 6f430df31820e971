/** The governance of a grappe, a part at a time. Each change is told in the journal. */
import { and, eq } from 'drizzle-orm'
import { storedGovernance } from '../../../schema/contracts/governance.ts'
import { grappes, ogs } from '../../../schema/tables.ts'
import { type Day, windowAt } from '../../domain/call.ts'
import { clockInstant } from '../../domain/deadline.ts'
import { changesOf } from '../../domain/governance/changes.ts'
import {
  type Governance,
  type GovernanceChange,
  KNOWN_RISKS,
  type Meeting,
  MOST_LINES,
  type Risk,
  valuesOf,
  withPart,
} from '../../domain/governance/governance.ts'
import { inOrder, monthlyDays } from '../../domain/governance/meetings.ts'
import { PART_NAMES, RISK_WORDS } from '../../domain/governance/words.ts'
import { isSame } from '../../domain/same-value.ts'
import { calendarOfCall, isWorkingDay } from '../../domain/working-days.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import type { Context, Database } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse, refuseFields } from '../refusals.ts'

/**
 * @param seen the revision of the part that was read: what somebody wrote meanwhile is not replaced in
 * silence. Sent twice, the same words are kept once.
 */
export async function keepGovernance(
  context: Context,
  scope: PorteurScope,
  { seen, ...change }: GovernanceChange & { seen: number },
): Promise<Outcome<Governance>> {
  return await write(context, scope, { seen, part: change.part, changed: () => done(change) })
}

/** @param guests who comes besides the members, each month. */
const MONTHLY = { object: 'COPIL mensuel', guests: 'ARS et GRADeS' }

/**
 * A meeting each month, from a day until the closing of the call, on days on which people work where the call
 * is.
 *
 * @returns how many were added: a month that has its meeting gets no other.
 */
export async function proposeMeetings(
  context: Context,
  scope: PorteurScope,
  asked: { seen: number; first: Day; time: string | null; place: string | null },
): Promise<Outcome<{ added: number }>> {
  const { call } = scope
  const { today, closesOn } = windowAt(call, context.now().toISOString())
  const { seen, first, time, place } = asked
  if (closesOn === null) {
    return refuseFields({ first: 'La date limite de l’appel n’est pas connue : donnez-la d’abord.' })
  }
  if (first < today) return refuseFields({ first: 'Choisissez un jour à partir d’aujourd’hui.' })
  if (first > closesOn) return refuseFields({ first: 'Ce jour est après la clôture de l’appel.' })
  const isWorked = (day: Day) => isWorkingDay(day, [calendarOfCall(call)], context.isHoliday)
  const told = { added: 0 }
  const kept = await write(context, scope, {
    seen,
    part: 'copil',
    changed: ({ copil }) => {
      const taken = copil.value.filter(({ state }) => state !== 'annulee').map(({ day }) => day)
      const added = monthlyDays({ first, last: closesOn, taken }, isWorked).map(
        (day): Meeting => ({
          ...{ id: context.newId(), day, time, place, ...MONTHLY },
          ...{ state: 'prevue', decided: null, sequence: 0 },
        }),
      )
      told.added = added.length
      return copil.value.length + added.length > MOST_LINES
        ? refuseFields({
            first: `Cela ferait plus de ${MOST_LINES} réunions : retirez d’abord des anciennes.`,
          })
        : done({ part: 'copil', value: [...copil.value, ...added] })
    },
  })
  return kept.ok ? done(told) : kept
}

/** The risks that the programme's documents tell, those already in the register left as they are. */
export async function addKnownRisks(
  context: Context,
  scope: PorteurScope,
  { seen }: { seen: number },
): Promise<Outcome<{ added: number }>> {
  const told = { added: 0 }
  const kept = await write(context, scope, {
    seen,
    part: 'risques',
    changed: ({ risques }) => {
      const there = new Set(risques.value.map(({ known }) => known))
      const added = KNOWN_RISKS.filter(known => !there.has(known)).map(
        (known): Risk => ({
          ...{ id: context.newId(), known, title: RISK_WORDS[known] },
          ...{ owner: null, answer: null, state: 'a-traiter' },
        }),
      )
      told.added = added.length
      return risques.value.length + added.length > MOST_LINES
        ? refuseFields({
            title: `Cela ferait plus de ${MOST_LINES} risques : retirez d’abord ceux qui sont clos.`,
          })
        : done({ part: 'risques', value: [...risques.value, ...added] })
    },
  })
  return kept.ok ? done(told) : kept
}

/** One part written over what it said, which is read and locked first. */
async function write(
  context: Context,
  scope: PorteurScope,
  asked: {
    seen: number
    part: GovernanceChange['part']
    changed: (before: Governance) => Outcome<GovernanceChange>
  },
): Promise<Outcome<Governance>> {
  const { grappeId } = scope
  const { part, seen } = asked
  return await context.db.transaction(async (tx): Promise<Outcome<Governance>> => {
    const [row] = await tx
      .select({ governance: grappes.governance, archivedAt: grappes.archivedAt })
      .from(grappes)
      .where(and(eq(grappes.id, grappeId), eq(grappes.porteurId, scope.porteur.id)))
      .for('update')
    if (row === undefined) return refuse('not-found')
    if (row.archivedAt !== null) return refuse('grappe-archived')
    const before = storedGovernance(row.governance)
    const changed = asked.changed(before)
    if (!changed.ok) return changed
    const change = settled(before, changed.value)
    if (isSame(before[part].value, change.value)) return done(before)
    if (before[part].revision !== seen) return refuse('facts-changed', { names: PART_NAMES[part] })
    const fault = await faultOf(tx, scope, before, changed.value)
    if (fault !== null) return refuseFields(fault)
    const at = context.now()
    const kept = withPart(before, change, at.toISOString())
    await tx.update(grappes).set({ governance: kept }).where(eq(grappes.id, grappeId))
    await recordChange(tx, {
      grappeId,
      at,
      actor: porteurActor(scope),
      act: { kind: 'governance-kept', facts: { part, changes: changesOf(valuesOf(before), change) } },
    })
    return done(kept)
  })
}

function settled(before: Governance, change: GovernanceChange): GovernanceChange {
  switch (change.part) {
    case 'copil':
      return { ...change, value: inOrder(before.copil.value, change.value) }
    case 'decisions':
      return {
        ...change,
        value: change.value.toSorted((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0)),
      }
    default:
      return change
  }
}

/** What the grappe alone can tell to be wrong, by the path of its field; null when nothing is. */
async function faultOf(
  tx: Database,
  { grappeId, call }: PorteurScope,
  before: Governance,
  change: GovernanceChange,
): Promise<Record<string, string> | null> {
  const faults: Record<string, string> = {}
  if (change.part === 'roles') {
    const rows = await tx.select({ id: ogs.id }).from(ogs).where(eq(ogs.grappeId, grappeId))
    // Of one that left since, its people may stay noted.
    const named = new Set([...rows.map(({ id }) => id), ...before.roles.value.map(({ ogId }) => ogId)])
    for (const [at, { ogId }] of change.value.entries())
      if (ogId !== null && !named.has(ogId))
        faults[`value.${at}.ogId`] = 'Cet organisme n’est pas dans la grappe.'
  }
  if (change.part === 'copil') {
    for (const [at, { day, time }] of change.value.entries())
      if (time !== null && clockInstant(day, time, call.timeZone) === null)
        faults[`value.${at}.time`] =
          'Cette heure n’existe pas ce jour-là : les horloges avancent d’une heure.'
  }
  return Object.keys(faults).length === 0 ? null : faults
}
