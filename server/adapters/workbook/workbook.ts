/** The workbook of a dossier: sheets drawn from the plan, at the root of the ZIP. */
import type { DossierPlan } from '../../domain/dossier-plan.ts'
import { headline } from '../dossier/dossier-words.ts'
import { wallClockIn } from '../dossier/wall-clock.ts'
import { answersSheet } from './answers-sheet.ts'
import { signaturesSheet, submissionSheet } from './following-sheets.ts'
import { governanceSheets } from './governance-sheets.ts'
import { sharingSheet } from './sharing-sheet.ts'
import {
  criteriaSheet,
  exchangesSheet,
  fingerprintsSheet,
  instructionSheet,
  journalSheet,
  matrixSheet,
  membersSheet,
  missingSheet,
} from './sheets.ts'
import { summarySheet } from './summary.ts'
import { type Book, writeXlsx } from './xlsx-writer.ts'

/**
 * Draws the workbook; the same plan gives the same bytes. Text that looks like a formula stays text.
 * Links are relative: they open once the ZIP is unpacked.
 */
export function drawWorkbook(plan: DossierPlan): Promise<Buffer> {
  return writeXlsx(layOutWorkbook(plan))
}

/** Its sheets, whose lines are drawn when they are asked for. */
export function layOutWorkbook(plan: DossierPlan): Book {
  const clock = wallClockIn(plan.timeZone)
  const takenAt = clock(plan.takenAt)
  const sharing = sharingSheet(plan)
  const answers = answersSheet(plan, clock)
  const exchanges = exchangesSheet(plan, clock)
  const signatures = signaturesSheet(plan, clock)
  const submission = submissionSheet(plan)
  return {
    title: `Dossier de la grappe ${plan.grappeName}${plan.fictional ? ' (exemple fictif)' : ''}`,
    subject: plan.callTitle,
    description: headline(plan),
    creator: 'grappe-kit',
    at: new Date(plan.takenAt),
    entryDate: takenAt,
    sheets: [
      summarySheet(plan, takenAt, [
        ['Pièces', plan.rows.filter(row => row.paths.length > 0).length],
        ['Empreintes', plan.entries.length],
      ]),
      criteriaSheet(plan),
      membersSheet(plan),
      // The porteur's own, once it wrote a key.
      ...(sharing === null ? [] : [sharing]),
      ...governanceSheets(plan),
      matrixSheet(plan),
      missingSheet(plan, clock),
      // None before the ARS says something.
      ...(plan.reviews.length + plan.opinions.length > 0 ? [instructionSheet(plan, clock)] : []),
      ...(answers === null ? [] : [answers]),
      ...(exchanges === null ? [] : [exchanges]),
      ...(signatures === null ? [] : [signatures]),
      ...(submission === null ? [] : [submission]),
      fingerprintsSheet(plan),
      journalSheet(plan, clock),
    ],
  }
}
