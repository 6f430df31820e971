/**
 * The porteur reports a value that the call leaves unknown, from the text that its ARS published, and takes
 * it back. The days of the window are moved by `collection/move-deadline.ts`, which says what that does.
 */
import { eq } from 'drizzle-orm'
import { readCallValue } from '../../../schema/contracts/call.ts'
import { grappes } from '../../../schema/tables.ts'
import type { Call } from '../../domain/call.ts'
import { dayOf } from '../../domain/deadline.ts'
import {
  basisUnfit,
  type CallValue,
  report,
  reportableValues,
  reportWords,
  takeBack,
  valueWords,
  withExceptions,
} from '../../domain/reported.ts'
import { isSame } from '../../domain/same-value.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import { keepCall } from '../keep-call.ts'
import type { Context } from '../ports.ts'
import { type ToConfirm, toConfirm } from '../read/preview-call.ts'
import { readSnapshot } from '../read/read-snapshot.ts'
import { storedCall } from '../read/stored-call.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse, refuseFields } from '../refusals.ts'

export interface ReportBody {
  path: string
  /** As the kind of the value wants it; checked here. */
  value: unknown
  /** Where it was read. */
  basis: string
  /** `CallPreview.seen` of what was read; null to read it first, undefined to do without. */
  seen: string | null | undefined
}

/** A value of the call, in words. */
export interface ReportedWords {
  name: string
  words: string
}

export type ReportedCallValue = ToConfirm | ({ kind: 'reported' } & ReportedWords)

/** Fields refused: `value` and `basis`. */
export async function reportValue(
  context: Context,
  scope: PorteurScope,
  { path, value, basis, seen }: ReportBody,
): Promise<Outcome<ReportedCallValue>> {
  const snapshot = await readSnapshot(context, scope.grappeId)
  if (snapshot === null) return refuse('not-found')
  return await onValue(context, scope, path, async (tx, call, found): Promise<Outcome<ReportedCallValue>> => {
    const read = readCallValue(found.kind, value)
    const unfit = basisUnfit(basis, 'cette valeur')
    const fields = {
      ...(read.ok ? {} : { value: `${found.name} : ${read.mend}.` }),
      ...(unfit === null ? {} : { basis: unfit }),
    }
    if (!read.ok || unfit !== null) return refuseFields(fields)
    const wanted = withExceptions(found, value, read.value)
    if (isSame(found.value, wanted)) {
      return refuseFields({ value: 'Rien ne change : cette valeur est déjà celle de la grappe.' })
    }
    const { timeZone } = call
    const on = dayOf(context.now().toISOString(), timeZone)
    const after = report(call, path, wanted, { basis, on })
    const told = reportWords(call, found, wanted, snapshot.record)
    const asked = toConfirm(snapshot, { before: call, after, words: told }, seen)
    if (asked !== null) return done(asked)
    await keepCall(tx, scope.grappeId, after)
    const words = valueWords(found.kind, wanted)
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: porteurActor(scope),
      act: {
        kind: 'call-value-reported',
        facts: { path, name: found.name, before: valueWords(found.kind, found.value), after: words, basis },
      },
    })
    return done({ kind: 'reported', name: found.name, words })
  })
}

/** Puts back what the call gave. */
export async function takeValueBack(
  context: Context,
  scope: PorteurScope,
  path: string,
): Promise<Outcome<ReportedWords>> {
  return await onValue(context, scope, path, async (tx, call, found) => {
    if (found.before === undefined) return refuse('not-found')
    await keepCall(tx, scope.grappeId, takeBack(call, path))
    const words = valueWords(found.kind, found.before)
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: porteurActor(scope),
      act: {
        kind: 'call-value-taken-back',
        facts: { path, name: found.name, before: valueWords(found.kind, found.value), after: words },
      },
    })
    return done({ name: found.name, words })
  })
}

async function onValue<Value>(
  { db }: Pick<Context, 'db'>,
  { grappeId }: PorteurScope,
  path: string,
  act: (tx: Context['db'], call: Call, found: CallValue) => Promise<Outcome<Value>>,
): Promise<Outcome<Value>> {
  return await db.transaction(async tx => {
    const [row] = await tx
      .select({ call: grappes.call })
      .from(grappes)
      .where(eq(grappes.id, grappeId))
      .for('update')
    if (row === undefined) return refuse('not-found')
    const call = storedCall(row.call)
    const found = reportableValues(call).find(each => each.path === path)
    return found === undefined || found.kind === 'day' ? refuse('not-found') : await act(tx, call, found)
  })
}
