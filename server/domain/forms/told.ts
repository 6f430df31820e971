/** The answers of all members, as the workbook of the dossier tells them. */

import type { PieceScope } from '../call.ts'
import { type ModelCode, modelOfPiece } from '../kit/models.ts'
import { type AnsweredLine, sameAnswer } from './answer.ts'

/** Of one piece, as they are stored. */
export interface PieceAnswers {
  pieceId: string
  /** Of the document that the current version holds; null when none was drawn of answers. */
  frozen: readonly AnsweredLine[] | null
  /** As they are now, deposited or not. */
  written: readonly AnsweredLine[]
}

export interface ToldAnswers {
  ownerName: string
  finess: string | null
  ogName: string | null
  pieceName: string
  /** Of the form; null where none answers the piece any more. */
  model: ModelCode | null
  /** Number of the version that holds them; null for what is written and not deposited. */
  deposited: number | null
  lines: readonly AnsweredLine[]
}

/** What is read of a line of the plan. */
interface AnsweredRow {
  pieceId: string | null
  code: string
  pieceName: string
  owner: { scope: PieceScope; name: string; finess: string | null; ogName: string | null }
  version: { number: number } | null
  /** Of its files in the dossier; none when they are left out. */
  paths: readonly string[]
}

/**
 * In the order of the pieces. What is deposited is in a document that the ARS reads: it reads the answers
 * too, where that document is in the dossier. What is being written is the member's and the porteur's.
 */
export function toldAnswers(
  rows: readonly AnsweredRow[],
  stored: readonly PieceAnswers[],
  readBy: 'porteur' | 'ars',
): ToldAnswers[] {
  const storedOf = new Map(stored.map(each => [each.pieceId, each]))
  return rows.flatMap(({ pieceId, code, pieceName, owner, version, paths }) => {
    const found = storedOf.get(pieceId ?? '')
    if (found === undefined) return []
    const { name: ownerName, finess, ogName, scope } = owner
    const model = modelOfPiece({ code, scope })?.code ?? null
    const about = { ownerName, finess, ogName, pieceName, model }
    const isTold = version !== null && (readBy === 'porteur' || paths.length > 0)
    const frozen =
      found.frozen === null || !isTold ? [] : [{ ...about, deposited: version.number, lines: found.frozen }]
    if (readBy === 'ars') return frozen
    const lines = unlike(found.written, found.frozen ?? [])
    return lines.length === 0 ? frozen : [...frozen, { ...about, deposited: null, lines }]
  })
}

/** What is not as it was deposited; an answer taken back since is, without its answer. */
function unlike(written: readonly AnsweredLine[], frozen: readonly AnsweredLine[]): AnsweredLine[] {
  const before = new Map(frozen.map(({ field, answer }) => [field, answer]))
  return written.filter(({ field, answer }) => !sameAnswer(answer, before.get(field) ?? null))
}
