/** What a change of a grappe's copy of the call would do, told before it is done. */
import { createHash } from 'node:crypto'
import { type AdaptationEffect, effectOf, type Standing } from '../../domain/adaptation.ts'
import { type Call, windowOn } from '../../domain/call.ts'
import type { ChangeWords } from '../../domain/call-changes.ts'
import { planDossier } from '../../domain/dossier-plan.ts'
import { evaluate } from '../../domain/eligibility.ts'
import type { GrappeSnapshot } from './read-snapshot.ts'

export interface CallPreview {
  words: ChangeWords
  effect: AdaptationEffect
  /** To be sent back when it is confirmed: what is confirmed is what was read. */
  seen: string
}

/** `changed`: what was confirmed is not what it would do any more; what it would do now is told. */
export interface ToConfirm {
  kind: 'preview' | 'changed'
  preview: CallPreview
}

/**
 * @param seen of the preview that was read; null when none was, undefined to do without.
 * @returns null when it is to be done: what was read is what it does.
 */
export function toConfirm(
  snapshot: GrappeSnapshot,
  change: { before: Call; after: Call; words: ChangeWords },
  seen: string | null | undefined,
): ToConfirm | null {
  if (seen === undefined) return null
  const preview = previewOf(snapshot, change)
  if (seen === preview.seen) return null
  return { kind: seen === null ? 'preview' : 'changed', preview }
}

function previewOf(
  snapshot: GrappeSnapshot,
  { before, after, words }: { before: Call; after: Call; words: ChangeWords },
): CallPreview {
  const effect = effectOf(standingUnder(snapshot, before), standingUnder(snapshot, after))
  // With the copy as it stood: what another tab changed in it meanwhile is never overwritten unread.
  return { words, effect, seen: digestOf({ words, effect, before }) }
}

/** Says the same of two things that a person reads alike. */
export const digestOf = (read: object): string =>
  createHash('sha256').update(JSON.stringify(read)).digest('hex')

/** The dossier as it would stand under a state of the call. */
export function standingUnder(snapshot: GrappeSnapshot, call: Call): Standing {
  const { record, today } = snapshot
  const { opensOn, closesOn } = windowOn(call, today)
  const plan = planDossier({
    ...snapshot,
    closesOn,
    definitions: call.pieces,
    verdict: evaluate(call, { grappe: record, today }),
  })
  return { ...plan, opensOn }
}
