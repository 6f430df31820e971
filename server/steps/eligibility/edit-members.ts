/**
 * The same facts given to many members in one act. What it does is told before it is done; a member that has
 * them already is left as it is.
 */
import { and, asc, eq, inArray, isNull } from 'drizzle-orm'
import type { MembersEdit } from '../../../schema/contracts/members.ts'
import { esms } from '../../../schema/tables.ts'
import { effectOf } from '../../domain/adaptation.ts'
import { byName } from '../../domain/dossier-names.ts'
import type { Esms } from '../../domain/grappe.ts'
import { groupBy } from '../../domain/group-by.ts'
import {
  CORRECTED_FACTS,
  changesBetween,
  changeWords,
  type FactChange,
  type MembersEffect,
} from '../../domain/member-facts.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import type { Context, Database } from '../ports.ts'
import { lookUpFiness } from '../read/look-up-finess.ts'
import { digestOf, standingUnder } from '../read/preview-call.ts'
import { type GrappeSnapshot, readSnapshot } from '../read/read-snapshot.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse, refuseFields } from '../refusals.ts'
import { factsOf, wordsOf } from './correct-facts.ts'
import { syncPieces } from './sync-pieces.ts'

type Row = typeof esms.$inferSelect

export interface WantedMembersEdit {
  esmsIds: readonly string[]
  /** Only what is to be the same for all of them. */
  values: MembersEdit
  /** What was shown before it was confirmed, as `MembersEffect.seen`; null to show it first. */
  seen: string | null
}

/** `changed`: what was confirmed is not what it would do any more; what it would do now is told. */
export interface EditedMembers {
  kind: 'preview' | 'changed' | 'edited'
  preview: MembersEffect
}

/** @returns not-found when none of the members is in the grappe. */
export async function editMembers(
  context: Context,
  scope: PorteurScope,
  { esmsIds, values, seen }: WantedMembersEdit,
): Promise<Outcome<EditedMembers>> {
  const { grappeId } = scope
  const snapshot = await readSnapshot(context, grappeId)
  if (snapshot === null) return refuse('not-found')
  return await context.db.transaction(async (tx): Promise<Outcome<EditedMembers>> => {
    const rows = await lockMembers(tx, grappeId, esmsIds)
    if (rows.length === 0) return refuse('not-found')
    const { solutionId } = values
    if (solutionId && !snapshot.record.solutions.some(({ id }) => id === solutionId)) {
      return refuseFields({ solutionId: 'Choisissez une solution de cette grappe.' })
    }
    const words = await wordsOf(tx, grappeId)
    const edits = rows.map(row => {
      const before = factsOf(row)
      return { row, changes: changesBetween(before, { ...before, ...patchOf(row, values) }, words) }
    })
    const changed = edits.filter(({ changes }) => changes.length > 0)
    const told = {
      changes: toldChanges(changed),
      changed: changed.length,
      same: edits.filter(({ changes }) => changes.length === 0).map(({ row }) => row.name),
      gone: new Set(esmsIds).size - rows.length,
      ...(await effectOn(tx, snapshot, values, changed)),
    }
    const preview = { ...told, seen: digestOf(told) }
    if (seen !== preview.seen || changed.length === 0) {
      return done({ kind: seen === null || seen === preview.seen ? 'preview' : 'changed', preview })
    }
    await write(tx, changed, values)
    await syncPieces(tx, grappeId, context.newId)
    await recordChange(tx, {
      grappeId,
      at: context.now(),
      actor: porteurActor(scope),
      act: {
        kind: 'members-edited',
        facts: {
          memberIds: changed.map(({ row }) => row.id),
          changes: told.changes.map(each => ({ words: each.words, members: each.members.length })),
        },
      },
    })
    return done({ kind: 'edited', preview })
  })
}

/** In the order of the facts, each with whom it concerns. */
function toldChanges(edits: readonly { row: Row; changes: readonly FactChange[] }[]) {
  const all = edits.flatMap(({ row, changes }) => changes.map(change => ({ change, name: row.name })))
  const rank = ({ change }: { change: FactChange }) => CORRECTED_FACTS.indexOf(change.fact)
  const groups = groupBy(
    all.toSorted((a, b) => rank(a) - rank(b)),
    ({ change }) => changeWords(change),
  )
  return [...groups].map(([words, group]) => ({ words, members: group.map(({ name }) => name) }))
}

/** Always in the same order, so that two acts at once wait for one another. */
async function lockMembers(tx: Database, grappeId: string, ids: readonly string[]): Promise<Row[]> {
  const rows = await tx
    .select()
    .from(esms)
    .where(and(eq(esms.grappeId, grappeId), isNull(esms.withdrawnOn), inArray(esms.id, [...ids])))
    .orderBy(asc(esms.id))
    .for('update')
  return byName(rows)
}

/** The version that a member has is that of its solution: another solution has none until it is told. */
const losesVersion = (row: Row, values: MembersEdit): boolean =>
  values.solutionVersion === undefined &&
  values.solutionId !== undefined &&
  values.solutionId !== row.solutionId

const patchOf = (row: Row, values: MembersEdit) =>
  losesVersion(row, values) ? { ...values, solutionVersion: null } : values

async function write(tx: Database, changed: readonly { row: Row }[], values: MembersEdit): Promise<void> {
  const idsOf = (rows: readonly { row: Row }[]) => rows.map(({ row }) => row.id)
  await tx
    .update(esms)
    .set(values)
    .where(inArray(esms.id, idsOf(changed)))
  const others = changed.filter(({ row }) => losesVersion(row, values))
  if (others.length === 0) return
  await tx
    .update(esms)
    .set({ solutionVersion: null })
    .where(inArray(esms.id, idsOf(others)))
}

/** What the board and the verdict become; nothing is changed. */
async function effectOn(
  tx: Database,
  snapshot: GrappeSnapshot,
  values: MembersEdit,
  changed: readonly { row: Row }[],
): Promise<Pick<MembersEffect, 'byRegistry' | 'effect'>> {
  const { record } = snapshot
  const ids = new Set(changed.map(({ row }) => row.id))
  const findings =
    values.categorie === undefined
      ? new Map()
      : await lookUpFiness(
          tx,
          changed.flatMap(({ row }) => row.finess ?? []),
        )
  const isJudgedByRegistry = ({ finess }: Pick<Esms, 'finess'>) =>
    finess !== null && Boolean(findings.get(finess)?.structure?.categorie)
  const { solutionVersion: _, ...judged } = values
  const members = record.esms.map(member =>
    ids.has(member.id)
      ? {
          ...member,
          ...judged,
          ...(isJudgedByRegistry(member) ? { categorie: member.categorie } : {}),
        }
      : member,
  )
  const after = { ...record, esms: members }
  return {
    byRegistry: changed.filter(({ row }) => isJudgedByRegistry(row)).map(({ row }) => row.name),
    effect: effectOf(
      standingUnder(snapshot, record.call),
      standingUnder({ ...snapshot, record: after, grappe: after }, record.call),
    ),
  }
}
