/**
 * What members answered on screen: one line for each answer, so that a filter on a question shows it for all
 * of them, one under the other, and one on a member shows its form.
 */

import type { DossierPlan } from '../../domain/dossier-plan.ts'
import type { AnsweredLine } from '../../domain/forms/answer.ts'
import { answerWords, figureOf, unitOf } from '../../domain/forms/answers.ts'
import { formModelOf } from '../../domain/forms/models.ts'
import { inFormOrder } from '../../domain/forms/order.ts'
import type { ToldAnswers } from '../../domain/forms/told.ts'
import { COLOURS, type Column, INSTANT, TEXT, tableSheet } from './table.ts'
import type { Cell, Sheet } from './xlsx-writer.ts'

type Clock = (instant: string) => Date
type Line = ToldAnswers & { line: AnsweredLine }

/** Null where nothing was answered on screen, or where nobody asked. */
export function answersSheet(plan: DossierPlan, clock: Clock): Sheet | null {
  const lines = (plan.answers ?? []).flatMap(told =>
    inFormOrder(told.lines, told.model && formModelOf(told.model)).map((line): Line => ({ ...told, line })),
  )
  if (lines.length === 0) return null
  const columns: Column<Line>[] = [
    { header: 'Membre', width: 34, value: ({ ownerName }) => ownerName },
    { header: 'FINESS', width: 12, value: ({ finess }) => finess },
    { header: 'Organisme gestionnaire', width: 30, value: ({ ogName }) => ogName },
    { header: 'Pièce', width: 30, value: ({ pieceName }) => pieceName },
    { header: 'État', width: 22, value: stateWords },
    { header: 'Partie', width: 28, value: ({ line }) => line.part },
    { header: 'Question', width: 50, value: ({ line }) => line.question },
    { header: 'Réponse', width: 60, value: ({ line }) => answerCell(line), style: ANSWER },
    { header: 'Unité', width: 18, value: unitCell },
    { header: 'Répondu par', width: 30, value: ({ line }) => line.by },
    { header: 'Le', width: 18, value: ({ line }) => line.at && clock(line.at), style: INSTANT },
  ]
  return tableSheet(plan, 'Réponses', lines, columns, {
    colours: { E: [['en cours', COLOURS.late]], H: [['sans réponse', COLOURS.idle]] },
  })
}

/** A figure is one, with the decimals that it has; words stay words. */
const ANSWER = { ...TEXT, horizontal: 'left' as const }

const stateWords = ({ deposited }: Line): string =>
  deposited === null ? 'en cours d’écriture' : `déposée, version ${deposited}`

const answerCell = ({ kind, answer }: AnsweredLine): Cell =>
  answer?.type === 'figure' ? figureOf(kind, answer.value) : answerWords(kind, answer)

const unitCell = ({ line: { kind, answer } }: Line): Cell => (answer?.type === 'figure' ? unitOf(kind) : null)
