/**
 * A form as a PDF, with its answers or to be filled in by hand: tagged, its pages numbered, the same bytes
 * for the same paper. The standard fonts print Windows-1252: where an answer has other signs, it is said.
 */

import PDFDocument from 'pdfkit'
import type { Answer, GivenAnswers } from '../domain/forms/answer.ts'
import {
  answerWords,
  figureWords,
  lacksOf,
  NO_ANSWER_WORDS,
  sumOf,
  UNKNOWN_WORDS,
  unitOf,
} from '../domain/forms/answers.ts'
import {
  type Cell,
  type Field,
  type FormItem,
  type FormPart,
  type FormSum,
  isDetails,
} from '../domain/forms/form.ts'
import type { FormPaper } from '../domain/forms/paper.ts'
import { shareOfWhole } from '../domain/forms/words.ts'
import { FICTIONAL_WORDS } from './dossier/dossier-words.ts'
import { FormSheet, INNER_WIDTH } from './form-sheet.ts'
import { isDrawable } from './reading/text.ts'

const OTHER_SIGNS =
  'Des signes qui ne s’impriment pas ici sont remplacés par leur lettre sans accent ou par « ? » : les ' +
  'réponses entières sont gardées à l’écran et dans le classeur du porteur.'

export function drawForm(paper: FormPaper): Promise<Buffer> {
  const document = new PDFDocument({
    size: 'A4',
    margins: FormSheet.margins,
    pdfVersion: '1.7',
    tagged: true,
    lang: 'fr-FR',
    displayTitle: true,
    // The number of pages is known last, and stands on each.
    bufferPages: true,
    info: {
      Title: `${paper.title}, ${paper.ownerName}`,
      Author: paper.grappeName,
      Creator: 'grappe-kit',
      // The file's identifier is made from these: nothing of the moment of drawing may enter.
      CreationDate: new Date(paper.at),
      ModDate: new Date(paper.at),
    },
  })
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    document.on('data', (chunk: Buffer) => chunks.push(chunk))
    document.on('end', () => resolve(Buffer.concat(chunks)))
    document.on('error', reject)
    const sheet = new FormSheet(document)
    drawPaper(sheet, paper)
    sheet.end(`${paper.title}, ${paper.ownerName}`)
  })
}

function drawPaper(sheet: FormSheet, paper: FormPaper): void {
  const { form, ownerName, finess } = paper
  sheet.words('H1', paper.title, { size: 18, bold: true, gap: 6 })
  sheet.words('P', finess === null ? ownerName : `${ownerName}, FINESS ${finess}`, { bold: true, gap: 2 })
  sheet.words('P', `Grappe : ${paper.grappeName}. Appel : ${paper.callTitle}`, { gap: 6 })
  if (paper.fictional) sheet.words('P', FICTIONAL_WORDS, { gap: 6 })
  for (const sentence of paper.told) sheet.words('P', sentence, { gap: 4 })
  sheet.words('P', form.introduction, { size: 9, gap: 8 })
  if (!isWhollyDrawable(paper)) sheet.words('P', OTHER_SIGNS, { size: 9, gap: 8, bold: true })
  for (const part of form.parts) drawPart(sheet, part, paper)
  if (paper.byHand && form.signature.length > 0) sheet.signature(form.signature)
}

/** JSON changes no letter, and says all that is drawn of a form and its answers. */
const isWhollyDrawable = ({ form, answers, ownerName, grappeName }: FormPaper): boolean =>
  isDrawable(JSON.stringify([ownerName, grappeName, form, [...answers.values()]]))

function drawPart(sheet: FormSheet, part: FormPart, paper: FormPaper): void {
  if (part.title !== null) {
    sheet.room(70)
    const size = part.level === 1 ? 13 : 11.5
    sheet.words(part.level === 1 ? 'H2' : 'H3', part.title, { size, bold: true, above: 8, gap: 5 })
  }
  if (part.note !== null) sheet.words('P', part.note, { size: 9, gap: 4 })
  for (const item of part.items) drawItem(sheet, item, paper)
}

function drawItem(sheet: FormSheet, item: FormItem, paper: FormPaper): void {
  switch (item.kind) {
    case 'known':
      sheet.pair(item.words, item.value.text)
      if (item.details !== null) drawDetails(sheet, item.details, paper)
      return
    case 'note':
      sheet.words('P', item.value.text, { gap: 4 })
      return
    case 'question':
      drawQuestion(sheet, item, paper)
      return
    case 'table':
      drawTable(sheet, item, paper)
      return
    case 'sums':
      drawSums(sheet, item, paper)
  }
}

const answerTo = (answers: GivenAnswers, { id }: Field): Answer | null => answers.get(id)?.answer ?? null

function drawQuestion(
  sheet: FormSheet,
  { words, fields }: Extract<FormItem, { kind: 'question' }>,
  paper: FormPaper,
): void {
  sheet.room(48)
  sheet.words('P', words, { bold: true, above: 4, gap: 2 })
  for (const field of fields) {
    const answer = answerTo(paper.answers, field)
    if (field.kind.type === 'choice' && paper.byHand) {
      sheet.boxes(
        field.kind.options,
        answer?.type === 'choice' ? answer.chosen : [],
        answer?.type === 'unknown' ? UNKNOWN_WORDS : null,
      )
    } else drawDetails(sheet, field, paper)
  }
}

/** One answer under its label; nothing for further details that nobody gave. */
function drawDetails(sheet: FormSheet, field: Field, { answers, byHand }: FormPaper): void {
  const answer = answerTo(answers, field)
  const label = field.label === null ? '' : `${field.label} : `
  if (answer === null && byHand) {
    const unit = unitOf(field.kind)
    sheet.lines(label, field.kind.type === 'text' && field.kind.long ? 3 : 1, unit)
    return
  }
  if (answer === null && isDetails(field)) return
  const words = answerWords(field.kind, answer)
  sheet.words('P', `${label}${words}`, { gap: 3, indent: 12, grey: answer === null })
}

function drawTable(
  sheet: FormSheet,
  { columns, rows, grows }: Extract<FormItem, { kind: 'table' }>,
  { answers, byHand }: FormPaper,
): void {
  const isFilled = (row: readonly Cell[]) =>
    row.some(cell => 'field' in cell && answerTo(answers, cell.field) !== null)
  // Free lines are for whoever writes by hand.
  const shown = byHand || !grows ? rows : rows.filter(isFilled)
  if (shown.length === 0) {
    sheet.words('P', `${columns.join(', ')} : ${NO_ANSWER_WORDS}.`, { gap: 4, grey: true })
    return
  }
  const cells = shown.map(row =>
    row.map(cell => {
      if ('known' in cell) return cell.known.text
      const answer = answerTo(answers, cell.field)
      return answer === null && (byHand || grows) ? '' : cellWords(cell.field, answer)
    }),
  )
  sheet.table(columns, cells, widthsOf(shown[0] ?? []), byHand)
}

/** The column says the unit, but for euros. */
const cellWords = ({ kind }: Field, answer: Answer | null): string =>
  answer?.type === 'figure' && kind.type !== 'euros'
    ? figureWords(kind, answer.value)
    : answerWords(kind, answer)

/** Figures are narrow, words are wide. */
function widthsOf(row: readonly Cell[]): number[] {
  const weights = row.map(cell => {
    if ('known' in cell) return /^\d{0,9}$/.test(cell.known.text) ? 1.1 : 2.2
    return cell.field.kind.type === 'text' ? 2.6 : 1.5
  })
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map(weight => (weight / whole) * INNER_WIDTH)
}

function drawSums(
  sheet: FormSheet,
  { heads, sums, showsShare }: Extract<FormItem, { kind: 'sums' }>,
  { answers, byHand }: FormPaper,
): void {
  const whole = showsShare ? sumOf(sums.at(-1) ?? { fields: [] }, answers) : null
  const known = sums.some(sum => sum.known !== null)
  const columns = ['', ...(known ? ['Selon l’appel'] : []), ...(heads.length > 0 ? heads : ['Demandé'])]
  const rows = sums.map(sum => {
    const total = sumOf(sum, answers)
    return [
      sum.words,
      ...(known ? [sum.known?.text ?? ''] : []),
      total === null ? (byHand ? '' : NO_ANSWER_WORDS) : sumWords(sum, total, answers),
      ...(showsShare ? [shareOfWhole(total, whole)] : []),
    ]
  })
  const width = INNER_WIDTH / columns.length
  sheet.table(
    columns,
    rows,
    columns.map(() => width),
    byHand,
  )
}

function sumWords(sum: FormSum, total: number, answers: GivenAnswers): string {
  const [field] = sum.fields
  if (field === undefined) return ''
  const unknown = lacksOf(sum, answers)
  const words = `${figureWords(field.kind, total)}${field.kind.type === 'euros' ? '\u00a0€' : ''}`
  return unknown === 0 ? words : `${words} (sans ${unknown} non su${unknown > 1 ? 's' : ''})`
}
