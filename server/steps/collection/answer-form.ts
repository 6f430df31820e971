/** A form answered on screen: read, written question by question, printed, and deposited as any document. */

import { Readable } from 'node:stream'
import { and, desc, eq } from 'drizzle-orm'
import type { FrozenAnswers } from '../../../schema/contracts/forms.ts'
import { journal } from '../../../schema/tables.ts'
import type { Day, PieceDefinition } from '../../domain/call.ts'
import { dayOf, formatMoment } from '../../domain/deadline.ts'
import { formFileName } from '../../domain/dossier-names.ts'
import { type GivenAnswer, type GivenAnswers, sameAnswer } from '../../domain/forms/answer.ts'
import {
  answeredLines,
  changedSince,
  lastGiven,
  type OnScreen,
  progressOf,
  readAnswer,
  revisionOf,
} from '../../domain/forms/answers.ts'
import { type Field, type Form, type FormModel, fieldsOf, formOf } from '../../domain/forms/form.ts'
import { formModelOf } from '../../domain/forms/models.ts'
import { answeredWords, type FormPaper } from '../../domain/forms/paper.ts'
import { keptFacts } from '../../domain/kit/changed-facts.ts'
import { type DocumentModel, modelOfPiece } from '../../domain/kit/models.ts'
import { factsIn, type PrintedFacts } from '../../domain/kit/print.ts'
import { type KitOwner, valuesFor } from '../../domain/kit/values.ts'
import type { Piece } from '../../domain/piece.ts'
import { actorOf, factsOf, lockPiece, type PieceSide, readPieceOf, scopeOf } from '../access/piece-sides.ts'
import type { Context, Database } from '../ports.ts'
import { type FrozenDocument, readFrozenAnswers, type StoredAnswer } from '../read/read-form-answers.ts'
import { readSnapshot } from '../read/read-snapshot.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, type Refusal, refuse } from '../refusals.ts'
import { type AnswerStore, answerStore, askedOf, BY_PORTEUR, type WrittenAnswer } from './answer-store.ts'
import { findDepositTarget } from './find-deposit-target.ts'
import { type Kit, kitOfGrappe, kitOfLink } from './hand-out-kit.ts'
import { type KeptDocuments, type ReceiveOutcome, receiveDocument } from './receive-document.ts'

/** A form as whoever opened it may see it. */
export interface OpenForm {
  piece: Piece
  definition: PieceDefinition
  model: DocumentModel
  owner: KitOwner
  finess: string | null
  /** Whose Word model stands in the place of the one that the form follows; null for that one. */
  otherModel: 'porteur' | 'appel' | null
  form: Form
  answers: GivenAnswers
  /** Given to questions that the form does not ask any more. */
  former: readonly StoredAnswer[]
  /** What is known of the owner, as the document tells it. */
  told: PrintedFacts
  /** Why nothing can be written now; null when it can. */
  closed: Refusal | null
  /** The answers of which the current version holds the document; null when it holds none. */
  deposited: (FrozenDocument & { changed: number }) | null
}

/** Whether a piece is answered on screen, whatever its owner. */
export const hasForm = (definition: Pick<PieceDefinition, 'code' | 'scope'>): boolean =>
  formModelFor(definition) !== null

function formModelFor(definition: Pick<PieceDefinition, 'code' | 'scope'>): FormModel | null {
  const model = modelOfPiece(definition)
  return model && formModelOf(model.code)
}

/** @returns not-found for a piece that this side may not see, or that no form answers. */
export async function openForm(
  context: Context,
  side: PieceSide,
  pieceId: string,
): Promise<Outcome<OpenForm>> {
  const found = await readPieceOf(context, side, pieceId)
  if (found === null) return refuse('not-found')
  const drawn = await drawableForm(context, side, found)
  if (!drawn.ok) return drawn
  const { formWith, store, ...known } = drawn.value
  const stored = await store.read(context.db)
  const form = formWith(stored.map(({ field }) => field))
  const fields = new Set(fieldsOf(form).map(({ id }) => id))
  const answers = new Map(stored.filter(({ field }) => fields.has(field)).map(each => [each.field, each]))
  const target = await findDepositTarget(context, side, pieceId)
  const frozen = (await readFrozenAnswers(context.db, [found.piece])).get(pieceId)
  return done({
    ...found,
    ...known,
    form,
    answers,
    former: stored.filter(({ field, answer }) => !fields.has(field) && answer !== null),
    closed: target.ok ? null : target.refusal,
    deposited:
      frozen === undefined
        ? null
        : { ...frozen, changed: changedSince(frozen.lines, answeredLines(form, answers)) },
  })
}

/** As the piece's own page tells it; null where it has no form now. */
export async function onScreenOf(
  context: Context,
  side: PieceSide,
  pieceId: string,
): Promise<OnScreen | null> {
  const opened = await openForm(context, side, pieceId)
  if (!opened.ok) return null
  const { form, answers, closed, deposited } = opened.value
  return { ...progressOf(form, answers), isOpen: closed === null, changed: deposited?.changed ?? null }
}

interface DrawableForm {
  model: DocumentModel
  owner: KitOwner
  finess: string | null
  otherModel: OpenForm['otherModel']
  told: PrintedFacts
  store: AnswerStore
  /** With the lines that these fields need. */
  formWith: (answered: readonly string[]) => Form
}

async function drawableForm(
  context: Context,
  side: PieceSide,
  { piece, definition }: { piece: Piece; definition: PieceDefinition },
): Promise<Outcome<DrawableForm>> {
  const model = modelOfPiece(definition)
  const formModel = formModelFor(definition)
  if (model === null || formModel === null) return refuse('not-found')
  const kit = await kitFor(context, side)
  const owner = kit?.owners.find(
    ({ id, scope }) => scope === piece.scope && id === (piece.esmsId ?? piece.ogId),
  )
  // A member that left has no form any more: what it answered stays stored, and deposited versions stay.
  if (kit === null || owner === undefined) return refuse('piece-not-expected')
  const { facts } = kit
  const values = valuesFor(facts, owner)
  const own = facts.esms.filter(({ id, ogId }) =>
    owner.scope === 'grappe' ? true : owner.scope === 'og' ? ogId === owner.id : id === owner.id,
  )
  const lineIds = { etablissements: own.map(({ id }) => id) }
  const finess =
    owner.scope === 'og'
      ? facts.ogs.find(({ id }) => id === owner.id)?.finessEj
      : facts.esms.find(({ id }) => id === owner.id)?.finess
  return done({
    model,
    owner,
    finess: finess ?? null,
    otherModel: kit.own.has(model.code) ? 'porteur' : definition.model === undefined ? null : 'appel',
    told: keptFacts(factsIn(await context.kit.tagsOf(formModel.code), values)),
    store: answerStore(formModel.code, { pieceId: piece.id, grappeId: kit.grappeId }),
    formWith: answered => formOf(formModel, { values, lineIds, answered: new Set(answered) }),
  })
}

async function kitFor(context: Context, side: PieceSide): Promise<Kit | null> {
  if (side.by === 'member') return await kitOfLink(context, side.member)
  const snapshot = await readSnapshot(context, side.porteur.grappeId)
  return snapshot && (await kitOfGrappe(context, snapshot, side.porteur.porteur.contactEmail))
}

/** One answer as it was sent. */
export interface TypedAnswer {
  field: string
  /** The revision that was read: 0 without an answer, -1 by whoever must choose between two. */
  seen: number
  /** One text, or one for each box that is ticked; none takes the answer back. */
  typed: readonly string[]
}

export interface KeptAnswers {
  saved: ReadonlyArray<{ field: string } & GivenAnswer>
  /** Not written, each with what to do. */
  refused: ReadonlyArray<{ field: string; message: string }>
  /** Not written: somebody else answered meanwhile, and this is what they said. */
  conflicts: ReadonlyArray<{ field: Field; current: GivenAnswer }>
}

/** Writes answers, each on its own: what is wrong with one keeps no other from being saved. */
export async function keepAnswers(
  context: Context,
  side: PieceSide,
  pieceId: string,
  sent: readonly TypedAnswer[],
): Promise<Outcome<KeptAnswers>> {
  const found = await readPieceOf(context, side, pieceId)
  if (found === null) return refuse('not-found')
  const drawn = await drawableForm(context, side, found)
  if (!drawn.ok) return drawn
  const { store, formWith, owner } = drawn.value
  return await context.db.transaction(async (tx): Promise<Outcome<KeptAnswers>> => {
    await store.lock(tx)
    const seen = await lockPiece(tx, side, pieceId)
    if (seen === null) return refuse('not-found')
    const target = await findDepositTarget({ ...context, db: tx }, side, pieceId)
    if (!target.ok) return target
    const stored = new Map((await store.read(tx)).map(each => [each.field, each]))
    const form = formWith([...stored.keys(), ...sent.map(({ field }) => field)])
    const fields = new Map(fieldsOf(form).map(field => [field.id, field]))
    const now = context.now()
    const by = writerOf(side, seen.piece, owner)
    const saved: KeptAnswers['saved'][number][] = []
    const refused: KeptAnswers['refused'][number][] = []
    const conflicts: KeptAnswers['conflicts'][number][] = []
    const written: WrittenAnswer[] = []
    for (const { field: id, seen: revision, typed } of sent) {
      const field = fields.get(id)
      if (field === undefined) {
        refused.push({ field: id, message: 'Cette question n’est plus posée : rien n’en est enregistré.' })
        continue
      }
      const read = readAnswer(field.kind, typed)
      if (!read.ok) {
        refused.push({ field: id, message: read.message })
        continue
      }
      const current = stored.get(id)
      if (sameAnswer(current?.answer ?? null, read.answer)) {
        if (current !== undefined) saved.push(current)
        continue
      }
      if (current !== undefined && current.revision !== revision) {
        conflicts.push({ field, current })
        continue
      }
      const given = { answer: read.answer, revision: (current?.revision ?? 0) + 1, by, at: now.toISOString() }
      written.push({ field, given })
      stored.set(id, { ...given, field: id, asked: askedOf(field) })
      saved.push({ field: id, ...given })
    }
    if (written.length > 0) {
      await store.write(tx, written)
      await noteWriting(tx, side, seen, now)
    }
    return done({ saved, refused, conflicts })
  })
}

/** As the form and its document show it: never by an address, which the ARS would read. */
const writerOf = (side: PieceSide, piece: Piece, owner: KitOwner): string =>
  side.by === 'member'
    ? actorOf(side, piece).name
    : owner.scope === 'grappe'
      ? BY_PORTEUR
      : `${BY_PORTEUR} pour ${owner.name}`

/** One line of the journal a day for each who writes: what is saved as typed would fill it. */
async function noteWriting(
  tx: Database,
  side: PieceSide,
  seen: NonNullable<Awaited<ReturnType<typeof lockPiece>>>,
  now: Date,
): Promise<void> {
  const { grappeId, call } = scopeOf(side)
  const actor = actorOf(side, seen.piece)
  const [last] = await tx
    .select({ at: journal.at })
    .from(journal)
    .where(
      and(
        eq(journal.pieceId, seen.piece.id),
        eq(journal.kind, 'form-answered'),
        eq(journal.actor, actor.name),
      ),
    )
    .orderBy(desc(journal.id))
    .limit(1)
  const dayIn = (at: Date): Day => dayOf(at.toISOString(), call.timeZone)
  if (last !== undefined && dayIn(last.at) === dayIn(now)) return
  await recordChange(tx, {
    grappeId,
    at: now,
    actor,
    act: { kind: 'form-answered', facts: factsOf(side, seen) },
  })
}

/** The form as a PDF, empty or with the answers so far, to be filled in by hand. */
export async function printForm(
  context: Context,
  side: PieceSide,
  pieceId: string,
  { empty }: { empty: boolean },
): Promise<Outcome<{ fileName: string; bytes: Buffer }>> {
  const opened = await openForm(context, side, pieceId)
  if (!opened.ok) return opened
  const { answers } = opened.value
  const { call } = scopeOf(side)
  // A day, not an instant: printed twice the same day, an empty form is the same file.
  const today = `${dayOf(context.now().toISOString(), call.timeZone)}T00:00:00.000Z`
  const paper = paperOf(side, opened.value, {
    answers: empty ? new Map() : answers,
    told: ['À remplir à la main, puis à déposer signé si la pièce le demande : une photo lisible convient.'],
    byHand: true,
    at: empty ? today : (lastGiven(answers)?.at ?? today),
  })
  const { model, owner } = opened.value
  return done({ fileName: formFileName(model.code, owner.name), bytes: await context.drawForm(paper) })
}

function paperOf(
  side: PieceSide,
  { model, owner, finess, form }: OpenForm,
  rest: Pick<FormPaper, 'answers' | 'told' | 'byHand' | 'at'>,
): FormPaper {
  const { grappeName, call } = scopeOf(side)
  return {
    title: model.title,
    grappeName,
    callTitle: call.title,
    fictional: call.fictional,
    ownerName: owner.name,
    finess,
    form,
    ...rest,
  }
}

/**
 * Draws the answers as a PDF, which becomes the deposited version as any file does; they are frozen with it.
 *
 * @param seen the revision of the answers that were read: those who deposit know what they deposit.
 */
export async function depositAnswers(
  context: Context,
  side: PieceSide,
  pieceId: string,
  { seen, kept }: { seen: number; kept: KeptDocuments },
): Promise<ReceiveOutcome> {
  const opened = await openForm(context, side, pieceId)
  if (!opened.ok) return opened
  const { form, answers, model, owner, told } = opened.value
  const target = await findDepositTarget(context, side, pieceId)
  if (!target.ok) return target
  const last = lastGiven(answers)
  const lines = answeredLines(form, answers)
  if (last === null || lines.every(({ answer }) => answer === null)) return refuse('form-unanswered')
  if (revisionOf(answers) !== seen) return refuse('answers-changed')
  const { timeZone } = scopeOf(side).call
  const paper = paperOf(side, opened.value, {
    answers,
    told: [answeredWords(lines, at => formatMoment(at, timeZone))],
    byHand: false,
    at: last.at,
  })
  const bytes = await context.drawForm(paper)
  const file = {
    name: formFileName(model.code, owner.name),
    stream: Readable.from([bytes]),
    isTruncated: () => false,
  }
  const answersFrozen: FrozenAnswers = { form: form.code, lines, told }
  return await receiveDocument(context, side, target.value, oneFile(file), () => kept, {
    answers: answersFrozen,
  })
}

async function* oneFile<File>(file: File): AsyncGenerator<File> {
  yield file
}
