/**
 * Where the answers of a form are kept: with its piece, or, for the identity card of the group, in the
 * governance of the grappe, which the page Gouvernance writes too.
 */
import { and, desc, eq, sql } from 'drizzle-orm'
import { storedGovernance } from '../../../schema/contracts/governance.ts'
import { formAnswers, grappes, journal } from '../../../schema/tables.ts'
import type { Answer, GivenAnswer } from '../../domain/forms/answer.ts'
import { questionWords, typedOf, UNKNOWN_WORDS } from '../../domain/forms/answers.ts'
import { type Field, fieldsOf, formOf } from '../../domain/forms/form.ts'
import { FICHE_IDENTITE } from '../../domain/forms/models.ts'
import {
  type Governance,
  IDENTITY_FIELDS,
  type Identity,
  rubricRevision,
  withPart,
} from '../../domain/governance/governance.ts'
import type { ModelCode } from '../../domain/kit/models.ts'
import type { Database } from '../ports.ts'
import { readFormAnswers, type StoredAnswer } from '../read/read-form-answers.ts'

export interface WrittenAnswer {
  field: Field
  given: GivenAnswer
}

export interface AnswerStore {
  read(db: Database): Promise<StoredAnswer[]>
  /** Before anything else of a transaction that writes: nobody else writes them until it ends. */
  lock(tx: Database): Promise<void>
  write(tx: Database, written: readonly WrittenAnswer[]): Promise<void>
}

/** @param pieceId must already have been found within the scope of whoever reads or writes. */
export const answerStore = (form: ModelCode, ids: { pieceId: string; grappeId: string }): AnswerStore =>
  form === FICHE_IDENTITE.code ? identityStore(ids.grappeId) : ofPiece(ids.pieceId)

export const askedOf = (field: Field) => ({
  part: field.part,
  question: questionWords(field),
  kind: field.kind,
})

const ofPiece = (pieceId: string): AnswerStore => ({
  read: db => readFormAnswers(db, pieceId),
  // Whoever writes has locked the piece.
  lock: async () => {},
  write: async (tx, written) => {
    for (const { field, given } of written) {
      const row = {
        asked: askedOf(field),
        answer: given.answer,
        revision: given.revision,
        answeredBy: given.by,
        answeredAt: new Date(given.at),
      }
      await tx
        .insert(formAnswers)
        .values({ pieceId, field: field.id, ...row })
        .onConflictDoUpdate({ target: [formAnswers.pieceId, formAnswers.field], set: row })
    }
  },
})

/** Nobody else writes the governance: as the form and its document say it, never by an address. */
export const BY_PORTEUR = 'le porteur'

export const identityStore = (grappeId: string): AnswerStore => {
  const rowOf = async (db: Database) => {
    const [row] = await db
      .select({ governance: grappes.governance, createdAt: grappes.createdAt })
      .from(grappes)
      .where(eq(grappes.id, grappeId))
    return row
  }
  return {
    read: async db => {
      const row = await rowOf(db)
      if (row === undefined) return []
      const governance = storedGovernance(row.governance)
      const since = (await lastWriting(db, grappeId)) ?? row.createdAt
      return identityAnswers(governance, since.toISOString())
    },
    lock: async tx => {
      await tx.select({ id: grappes.id }).from(grappes).where(eq(grappes.id, grappeId)).for('update')
    },
    write: async (tx, written) => {
      const before = storedGovernance((await rowOf(tx))?.governance ?? null)
      const at = written.at(-1)?.given.at
      if (at === undefined) return
      const said = written.map(({ field, given }) => [field.id, rubricOf(field, given.answer)])
      const value = { ...before.identite.value, ...Object.fromEntries(said) } as Identity
      const governance = withPart(before, { part: 'identite', value }, at)
      await tx.update(grappes).set({ governance }).where(eq(grappes.id, grappeId))
    },
  }
}

const rubricOf = ({ kind }: Field, answer: Answer | null): string | null =>
  answer === null ? null : typedOf(kind, answer).join('').normalize('NFC')

/** Of rubrics that came with the grappe, or were written before each had its own instant. */
async function lastWriting(db: Database, grappeId: string): Promise<Date | null> {
  const [row] = await db
    .select({ at: journal.at })
    .from(journal)
    .where(
      and(
        eq(journal.grappeId, grappeId),
        eq(journal.kind, 'governance-kept'),
        sql`${journal.facts}->>'part' = 'identite'`,
      ),
    )
    .orderBy(desc(journal.id))
    .limit(1)
  return row?.at ?? null
}

const RUBRICS = new Map(
  fieldsOf(formOf(FICHE_IDENTITE, { values: {}, lineIds: {}, answered: new Set() })).map(field => [
    field.id,
    field,
  ]),
)

/** What the governance says of the identity card, as answers of its form. */
function identityAnswers(governance: Governance, since: string): StoredAnswer[] {
  return IDENTITY_FIELDS.flatMap(id => {
    const field = RUBRICS.get(id)
    const revision = rubricRevision(governance, id)
    if (field === undefined || revision === 0) return []
    const text = governance.identite.value[id]
    const at = governance.identite.rubrics?.[id]?.at ?? since
    return [{ field: id, asked: askedOf(field), answer: answerOf(text), revision, by: BY_PORTEUR, at }]
  })
}

const answerOf = (text: string | null): Answer | null =>
  text === null ? null : text === UNKNOWN_WORDS ? { type: 'unknown' } : { type: 'text', text }
