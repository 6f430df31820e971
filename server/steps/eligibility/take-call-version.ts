/** A grappe takes what a new version of its call brings, change by change. */
import { and, desc, eq, gt } from 'drizzle-orm'
import { callVersions, grappes } from '../../../schema/tables.ts'
import { type AdaptationEffect, effectOf } from '../../domain/adaptation.ts'
import { type Call, type CallChange, type CallTemplate, resolveCall } from '../../domain/call.ts'
import {
  applyChange,
  type ChangeWords,
  changesBetween,
  changeWords,
  keyOf,
} from '../../domain/call-changes.ts'
import { conditionFlaw } from '../../domain/condition.ts'
import { dayOf } from '../../domain/deadline.ts'
import { withoutReports } from '../../domain/reported.ts'
import { isSame } from '../../domain/same-value.ts'
import { type WrittenCall, writtenCall } from '../../domain/written-call.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import type { Context, Database } from '../ports.ts'
import { digestOf, standingUnder } from '../read/preview-call.ts'
import { storedTemplate } from '../read/read-calls.ts'
import { readSnapshot } from '../read/read-snapshot.ts'
import { newShippedCall } from '../read/shipped-call.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { keepCopy, lockCopy } from './adapt-call.ts'

/** One change that the new version brings. */
interface SourceChange {
  /** As a form names it. */
  key: string
  change: CallChange
  words: ChangeWords
  /** Whether the grappe's copy says something of its own there, which the change would replace. */
  replacesOwn: boolean
}

export interface NewCallVersion {
  /** Names it and the copy that it was compared with, to be sent back: see `takeCallVersion`. */
  version: string
  /** Of a call written on screen; null for a shipped one, whose file changed. */
  published: { number: number; by: string; at: Date } | null
  /** What the grappe's row holds once it follows it. */
  following: { callVersion: number } | { shippedCall: WrittenCall }
  changes: readonly SourceChange[]
}

/** A state of the source call that is newer than the one the grappe follows. */
interface NewerCall extends Omit<NewCallVersion, 'changes' | 'version'> {
  /** Its number, or the fingerprint of a file. */
  name: string
  followed: CallTemplate
  last: CallTemplate
}

/** @returns null when the grappe holds the last version of its call, or when nobody kept what it follows. */
export async function readNewCallVersion(
  context: Pick<Context, 'db' | 'calls'>,
  scope: Pick<PorteurScope, 'grappeId' | 'call'>,
): Promise<NewCallVersion | null> {
  const [row] = await context.db
    .select({
      callId: grappes.callId,
      callVersion: grappes.callVersion,
      shippedCall: grappes.shippedCall,
      createdAt: grappes.createdAt,
    })
    .from(grappes)
    .where(eq(grappes.id, scope.grappeId))
  if (row === undefined) return null
  const { callId, callVersion, shippedCall, createdAt } = row
  const newer =
    callId === null || callVersion === null
      ? newerFile(context, shippedCall)
      : await newerVersion(context.db, callId, callVersion)
  if (newer === null) return null
  const { followed, last, name, ...others } = newer
  const createdOn = dayOf(createdAt.toISOString(), scope.call.timeZone)
  const changes = changesBetween(resolveCall(followed, createdOn), resolveCall(last, createdOn))
  return {
    ...others,
    version: `${name}.${digestOf(scope.call)}`,
    changes: changes.flatMap(change => sourceChange(scope.call, change)),
  }
}

function newerFile(context: Pick<Context, 'calls'>, kept: unknown): NewerCall | null {
  const newer = newShippedCall(context, kept)
  if (newer === null) return null
  const shippedCall = writtenCall(newer.last)
  return { ...newer, name: digestOf(shippedCall), published: null, following: { shippedCall } }
}

async function newerVersion(db: Database, callId: string, callVersion: number): Promise<NewerCall | null> {
  const [last] = await db
    .select()
    .from(callVersions)
    .where(and(eq(callVersions.callId, callId), gt(callVersions.number, callVersion)))
    .orderBy(desc(callVersions.number))
    .limit(1)
  if (last === undefined) return null
  const [base] = await db
    .select()
    .from(callVersions)
    .where(and(eq(callVersions.callId, callId), eq(callVersions.number, callVersion)))
  const { number, publishedBy, publishedAt } = last
  return {
    name: String(number),
    published: { number, by: publishedBy, at: publishedAt },
    following: { callVersion: number },
    followed: storedTemplate(base?.call),
    last: storedTemplate(last.call),
  }
}

const nameIn = (version: string) => version.split('.')[0]

/** A piece whose condition reads a rule that was taken out without it; null when all hold. */
function tornPiece(copy: Call): { piece: string; flaw: string } | null {
  for (const { name, condition } of copy.pieces) {
    const flaw = condition === null ? null : conditionFlaw(condition, copy)
    if (flaw !== null) return { piece: name, flaw }
  }
  return null
}

/** Nothing when the copy is so already. */
function sourceChange(copy: Call, change: CallChange): SourceChange[] {
  const clean = applyChange(copy, change)
  const taken = clean ?? applyChange(copy, change, true)
  if (taken === null || isSame(taken, copy)) return []
  return [{ key: keyOf(change), change, words: changeWords(change, copy), replacesOwn: clean === null }]
}

/** What taking these changes does to the grappe. */
export async function effectOfVersion(
  context: Context,
  scope: PorteurScope,
  changes: readonly SourceChange[],
): Promise<AdaptationEffect | null> {
  const snapshot = await readSnapshot(context, scope.grappeId)
  if (snapshot === null) return null
  return effectOf(standingUnder(snapshot, scope.call), standingUnder(snapshot, taking(scope.call, changes)))
}

/** A value that the porteur reported in the place of one that is taken is not its own any more. */
const taking = (call: Call, changes: readonly SourceChange[]): Call =>
  changes.reduce((copy, { change }) => {
    const taken = applyChange(copy, change, true) ?? copy
    return change.kind === 'field' ? withoutReports(taken, change.name) : withoutRuleReports(taken, change)
  }, call)

function withoutRuleReports(call: Call, change: Exclude<CallChange, { kind: 'field' }>): Call {
  if (change.kind === 'ordered' || change.list !== 'rules') return call
  const { code } = change.kind === 'changed' ? change.after : change.item
  return withoutReports(call, `rules.${code}`)
}

/**
 * Takes these changes and leaves the others, which are not proposed again.
 *
 * @param taken keys of the changes.
 * @returns call-version-superseded when the call was published again meanwhile, call-copy-changed when the
 *   grappe's copy is another than the one that was read, call-version-followed when somebody took it.
 */
export async function takeCallVersion(
  context: Context,
  scope: PorteurScope,
  { version, taken }: { version: string; taken: readonly string[] },
): Promise<Outcome<{ taken: readonly string[]; left: readonly string[] }>> {
  return await context.db.transaction(async tx => {
    const call = await lockCopy(tx, scope.grappeId)
    if (call === null) return refuse('not-found')
    const reading = { db: tx as Database, calls: context.calls }
    const newer = await readNewCallVersion(reading, { grappeId: scope.grappeId, call })
    if (newer === null) return refuse('call-version-followed')
    if (nameIn(newer.version) !== nameIn(version)) return refuse('call-version-superseded')
    if (newer.version !== version) return refuse('call-copy-changed')
    const [chosen, others] = [
      newer.changes.filter(({ key }) => taken.includes(key)),
      newer.changes.filter(({ key }) => !taken.includes(key)),
    ]
    const copy = taking(call, chosen)
    const torn = tornPiece(copy)
    if (torn !== null) return refuse('call-version-torn', torn)
    await keepCopy(tx, context, scope.grappeId, copy)
    await tx.update(grappes).set(newer.following).where(eq(grappes.id, scope.grappeId))
    const titles = {
      taken: chosen.map(({ words }) => [words.title, ...words.details].join(' : ')),
      left: others.map(({ words }) => words.title),
    }
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: porteurActor(scope),
      act: { kind: 'call-version-taken', facts: { number: newer.published?.number ?? null, ...titles } },
    })
    return done(titles)
  })
}
