/** A person writes a call on screen: starts it, changes it, publishes it, puts it away. */
import { and, eq, max } from 'drizzle-orm'
import { readDraftCall, readWrittenCall } from '../../../schema/contracts/call.ts'
import type { FileProblem } from '../../../schema/contracts/hand-written.ts'
import { calls, callVersions } from '../../../schema/tables.ts'
import type { CallModel, Provenance } from '../../domain/call.ts'
import { codeFrom, emptyCall, type ProblemPlace, placeOf } from '../../domain/call-form.ts'
import { type WrittenCall, writtenCall } from '../../domain/written-call.ts'
import { keepCallModel, type SentModel } from '../keep-model.ts'
import type { Context, Database } from '../ports.ts'
import { unfitModels } from '../read/read-call-models.ts'
import {
  type CallOwner,
  listOfferedCalls,
  ownedBy,
  ownerEmail,
  readOwnCall,
  storedDraft,
} from '../read/read-calls.ts'
import { done, type Outcome, refuse } from '../refusals.ts'

/** A thing to mend before the call can serve, as a sentence. */
export interface CallProblem extends ProblemPlace {
  sentence: string
  /** As the contract gives it, such as `windows.0.closesOn`; empty for the whole. */
  path: string
}

/** What a call starts from. */
export type CallStart =
  | { from: 'vide'; title: string; provenance: Provenance | null }
  /** One that the person may read: shipped, published by an ARS, or its own, by its code. */
  | { from: 'appel'; code: string }
  /** What a call file holds. */
  | { from: 'fichier'; call: WrittenCall }

/** @param callId the id that a form proposes: sent twice, it starts one call. */
export async function startCall(
  context: Context,
  owner: CallOwner,
  start: CallStart,
  callId: string = context.newId(),
): Promise<Outcome<{ callId: string }> | { ok: false; problems: readonly CallProblem[] }> {
  const source = await sourceOf(context, owner, start)
  if (source === null) return refuse('not-found')
  const read = readDraftCall(source)
  if (!read.ok) return { ok: false, problems: problemsOf(read.problems, source) }
  return await context.db.transaction(async tx => {
    const [before] = await tx.select({ id: calls.id }).from(calls).where(eq(calls.id, callId))
    if (before !== undefined) {
      return (await readOwnCall({ db: tx }, owner, callId)) === null ? refuse('not-found') : done({ callId })
    }
    const title = start.from === 'appel' ? `${read.call.title} (copie)` : read.call.title
    const taken = await tx.select({ code: calls.code }).from(calls)
    const codes = [...taken, ...context.calls].map(({ code }) => code)
    const wanted = start.from === 'fichier' && !codes.includes(read.call.code) ? read.call.code : null
    const code = wanted ?? codeFrom(title, codes)
    const now = context.now()
    await tx.insert(calls).values({
      id: callId,
      porteurId: 'porteurId' in owner ? owner.porteurId : null,
      reviewerEmail: 'porteurId' in owner ? null : owner.reviewerEmail,
      code,
      title,
      draft: { ...read.call, code, title },
      createdAt: now,
      updatedAt: now,
    })
    return done({ callId })
  })
}

async function sourceOf(context: Context, owner: CallOwner, start: CallStart): Promise<WrittenCall | null> {
  if (start.from === 'fichier') return start.call
  if (start.from === 'vide') return emptyCall(start.title, codeFrom(start.title, []), start.provenance)
  const [own] = await context.db
    .select({ draft: calls.draft })
    .from(calls)
    .where(and(eq(calls.code, start.code), ownedBy(owner)))
  if (own !== undefined) return storedDraft(own.draft).draft
  const readable =
    'porteurId' in owner
      ? (await listOfferedCalls(context, owner.porteurId)).map(({ template }) => template)
      : context.calls
  const template = readable.find(({ code }) => code === start.code)
  return template === undefined ? null : writtenCall(template)
}

/** What a change of a call came to. */
export type SavedCall =
  | { ok: true; call: WrittenCall; revision: number }
  /** Somebody changed it since the form was served: what is stored now. */
  | { ok: false; refusal: 'changed'; call: WrittenCall; revision: number }
  | { ok: false; refusal: 'problems'; problems: readonly CallProblem[] }
  | { ok: false; refusal: 'not-found' }

/**
 * Changes the draft, when it is still the one that the person saw.
 *
 * @param revision of the draft that the person saw; null to change it as it is.
 * @param change from the stored draft to the one wanted, not checked yet.
 */
export async function saveCall(
  context: Context,
  owner: CallOwner,
  callId: string,
  { revision, change }: { revision: number | null; change: (call: WrittenCall) => WrittenCall },
): Promise<SavedCall> {
  return await context.db.transaction(async (tx): Promise<SavedCall> => {
    const stored = await lockCall(tx, owner, callId)
    if (stored === null) return { ok: false, refusal: 'not-found' }
    if (revision !== null && revision !== stored.revision) {
      return { ok: false, refusal: 'changed', call: stored.draft, revision: stored.revision }
    }
    const wanted = change(stored.draft)
    const read = readDraftCall(wanted)
    if (!read.ok) {
      return { ok: false, refusal: 'problems', problems: problemsOf(read.problems, wanted) }
    }
    // The code names the call for good: grappes and files hold it.
    const call = { ...read.call, code: stored.code }
    const next = stored.revision + 1
    await tx
      .update(calls)
      .set({ draft: call, title: call.title, revision: next, updatedAt: context.now() })
      .where(eq(calls.id, callId))
    return { ok: true, call, revision: next }
  })
}

/** What a piece of a draft is to be filled in from. */
export interface BroughtForPiece {
  /** Code of the piece. */
  piece: string
  /** Null to change the draft as it is. */
  revision: number | null
  file: SentModel
}

/** Nothing is kept of a model that is refused; the published versions stay what they are. */
export async function bringModel(
  context: Context,
  owner: CallOwner,
  callId: string,
  { piece, revision, file }: BroughtForPiece,
): Promise<SavedCall | Extract<Outcome<never>, { ok: false }>> {
  const call = await readOwnCall(context, owner, callId)
  const definition = call?.draft.pieces.find(({ code }) => code === piece)
  if (call === null || definition === undefined) return { ok: false, refusal: 'not-found' }
  const kept = await keepCallModel(context, file, definition.scope)
  if (!kept.ok) return kept
  const change = (draft: WrittenCall) => withModel(draft, piece, kept.value)
  return await saveCall(context, owner, callId, { revision: revision ?? call.revision, change })
}

/** @param model undefined to bring none: the server's own then fills in the piece, if it has one. */
export const withModel = (call: WrittenCall, code: string, model: CallModel | undefined): WrittenCall => ({
  ...call,
  pieces: call.pieces.map(each => (each.code === code ? { ...each, model } : each)),
})

async function lockCall(tx: Database, owner: CallOwner, callId: string) {
  const [row] = await tx
    .select()
    .from(calls)
    .where(and(eq(calls.id, callId), ownedBy(owner)))
    .for('update')
  return row === undefined ? null : { ...row, ...storedDraft(row.draft) }
}

/** What the call lacks to be used, in its order; nothing when it can be published. */
export async function missingFrom(
  { db }: Pick<Context, 'db'>,
  draft: WrittenCall,
): Promise<readonly CallProblem[]> {
  const models = (await unfitModels(db, draft.pieces)).flatMap(({ rank, sentences }) =>
    sentences.map(
      (sentence): CallProblem => ({
        section: 'pieces',
        piece: rank,
        field: 'model',
        path: `pieces.${rank}.model`,
        sentence,
      }),
    ),
  )
  return [...unwritten(draft), ...models]
}

function unwritten(draft: WrittenCall): readonly CallProblem[] {
  const read = readWrittenCall(draft)
  if (read.ok) return []
  const isProvenance = ({ path }: FileProblem) => /provenance$/i.test(String(path.at(-1)))
  const others = read.problems.filter(problem => !isProvenance(problem))
  // One text for the whole call settles every provenance that is missing.
  const whole: CallProblem = {
    section: 'identite',
    piece: null,
    field: 'provenance.reference',
    path: 'provenance',
    sentence: 'Indiquez le texte d’où tout vient, ou la provenance de chaque valeur.',
  }
  return [...(others.length < read.problems.length ? [whole] : []), ...problemsOf(others, draft)]
}

/**
 * Makes the draft a version that grappes may answer: its porteur's, or those of every porteur for an ARS.
 *
 * @param revision of the draft that the person read; null to publish it as it is.
 */
export async function publishCall(
  context: Context,
  owner: CallOwner,
  callId: string,
  revision: number | null = null,
): Promise<Outcome<{ number: number }> | { ok: false; problems: readonly CallProblem[] }> {
  return await context.db.transaction(async tx => {
    const stored = await lockCall(tx, owner, callId)
    if (stored === null) return refuse('not-found')
    if (revision !== null && revision !== stored.revision) return refuse('call-changed')
    if (stored.archivedAt !== null) return refuse('call-archived')
    const problems = await missingFrom({ db: tx }, stored.draft)
    if (problems.length > 0) return { ok: false as const, problems }
    const own = await readOwnCall({ db: tx }, owner, callId)
    if (own !== null && !own.isChanged) {
      return refuse('call-unchanged', { number: String(own.published?.number ?? 0) })
    }
    const [last] = await tx
      .select({ number: max(callVersions.number) })
      .from(callVersions)
      .where(eq(callVersions.callId, callId))
    const number = (last?.number ?? 0) + 1
    await tx.insert(callVersions).values({
      callId,
      number,
      call: stored.draft,
      publishedAt: context.now(),
      publishedBy: ownerEmail(owner),
    })
    return done({ number })
  })
}

/** Puts a call away, or takes it out again: grappes that answer it keep it, none can choose it any more. */
export async function archiveCall(
  context: Context,
  owner: CallOwner,
  callId: string,
  archived: boolean,
): Promise<Outcome<null>> {
  const changed = await context.db
    .update(calls)
    .set({ archivedAt: archived ? context.now() : null })
    .where(and(eq(calls.id, callId), ownedBy(owner)))
    .returning({ id: calls.id })
  return changed.length === 0 ? refuse('not-found') : done(null)
}

function problemsOf(problems: readonly FileProblem[], call: WrittenCall): CallProblem[] {
  return problems.map(({ path, mend }) => ({
    ...placeOf(path, call),
    sentence: sentenceOf(path, mend),
    path: path.join('.'),
  }))
}

/** « Écrivez un texte, il est vide. »: a screen has its fields, where a file may lack one. */
function sentenceOf(path: FileProblem['path'], mend: string): string {
  if (path.length === 1 && path[0] === 'pieces' && mend.startsWith('mettez')) return 'Ajoutez une pièce.'
  if (path.length === 1 && path[0] === 'rules' && mend.startsWith('mettez')) return 'Ajoutez une règle.'
  const words = mend.replace(/^ajoutez ce champ\s: /, '')
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`
}
