/** Answers given on screen: those being written, and those that a version froze. */

import { asc, eq, inArray } from 'drizzle-orm'
import {
  type Asked,
  type FrozenAnswers,
  storedAnswer,
  storedAsked,
  storedFrozen,
} from '../../../schema/contracts/forms.ts'
import { depositedAnswers, formAnswers, pieces, versions } from '../../../schema/tables.ts'
import type { AnsweredLine, GivenAnswer } from '../../domain/forms/answer.ts'
import type { PieceAnswers } from '../../domain/forms/told.ts'
import { groupBy } from '../../domain/group-by.ts'
import { currentVersion, documentsOf, type Piece } from '../../domain/piece.ts'
import type { Database } from '../ports.ts'

export interface StoredAnswer extends GivenAnswer {
  field: string
  asked: Asked
}

/** Of one piece, which must already have been found within the reader's scope. */
export async function readFormAnswers(db: Database, pieceId: string): Promise<StoredAnswer[]> {
  const rows = await db
    .select()
    .from(formAnswers)
    .where(eq(formAnswers.pieceId, pieceId))
    .orderBy(asc(formAnswers.field))
  return rows.map(answerOfRow)
}

function answerOfRow(row: typeof formAnswers.$inferSelect): StoredAnswer {
  return {
    field: row.field,
    asked: storedAsked(row.asked),
    answer: storedAnswer(row.answer),
    revision: row.revision,
    by: row.answeredBy,
    at: row.answeredAt.toISOString(),
  }
}

/** Of a whole grappe, frozen and being written. @param all its pieces. */
export async function readAnswersOfGrappe(
  db: Database,
  grappeId: string,
  all: readonly Piece[],
): Promise<PieceAnswers[]> {
  const rows = await db
    .select({ answer: formAnswers })
    .from(formAnswers)
    .innerJoin(pieces, eq(formAnswers.pieceId, pieces.id))
    .where(eq(pieces.grappeId, grappeId))
    .orderBy(asc(formAnswers.pieceId), asc(formAnswers.field))
  const written = groupBy(rows, ({ answer }) => answer.pieceId)
  const frozen = await readFrozenAnswers(db, all)
  return [...new Set([...written.keys(), ...frozen.keys()])].map(pieceId => ({
    pieceId,
    frozen: frozen.get(pieceId)?.lines ?? null,
    written: (written.get(pieceId) ?? []).map(({ answer }) => lineOf(answerOfRow(answer))),
  }))
}

const lineOf = ({ field, asked, answer, by, at }: StoredAnswer): AnsweredLine => ({
  field,
  ...asked,
  answer,
  by,
  at,
})

export interface FrozenDocument extends FrozenAnswers {
  /** Of the document that was drawn of them. */
  sha256: string
}

/** The frozen answers of the documents that the current version of each piece holds, by id of piece. */
export async function readFrozenAnswers(
  db: Database,
  all: readonly Piece[],
): Promise<Map<string, FrozenDocument>> {
  const held = all.flatMap(piece => {
    const version = currentVersion(piece)
    return version === null ? [] : [{ piece, hashes: documentsOf(version).map(({ sha256 }) => sha256) }]
  })
  if (held.length === 0) return new Map()
  const rows = await db
    .select({
      pieceId: versions.pieceId,
      sha256: depositedAnswers.sha256,
      answers: depositedAnswers.answers,
    })
    .from(depositedAnswers)
    .innerJoin(versions, eq(depositedAnswers.versionId, versions.id))
    .where(
      inArray(
        versions.pieceId,
        held.map(({ piece }) => piece.id),
      ),
    )
    .orderBy(asc(versions.number))
  return new Map(
    held.flatMap(({ piece, hashes }) => {
      const found = rows.findLast(row => row.pieceId === piece.id && hashes.includes(row.sha256))
      return found === undefined
        ? []
        : [[piece.id, { ...storedFrozen(found.answers), sha256: found.sha256 }] as const]
    }),
  )
}
