/** The dossier's files, drawn from one plan. */
import type { DossierWriter } from '../../steps/ports.ts'
import { drawWorkbook } from '../workbook/workbook.ts'
import { writeArchive } from './archive.ts'
import { checksumsOf, drawGeneratedFiles } from './generated-files.ts'
import { wallClockIn } from './wall-clock.ts'
import { storedZip } from './zip-writer.ts'

export const dossierWriter: DossierWriter = {
  archive: async (plan, openBlob) => writeArchive(plan, await drawGeneratedFiles(plan), openBlob),
  excerpt: async (plan, openBlob) => writeArchive(plan, [checksumsOf(plan.entries)], openBlob),
  workbook: drawWorkbook,
  drawSealed: drawGeneratedFiles,
  sealed: (files, { takenAt, timeZone }) => storedZip(files, wallClockIn(timeZone)(takenAt)),
}
