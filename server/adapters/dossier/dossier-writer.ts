/** The dossier's files, drawn from one plan. */
import type { DossierWriter } from '../../steps/ports.ts'
import { drawWorkbook } from '../workbook/workbook.ts'
import { checksumsOf, drawGeneratedFiles } from './generated-files.ts'
import { wallClockIn } from './wall-clock.ts'
import { storedZip } from './zip-writer.ts'

/** Its library takes 10 MiB, and a dossier is downloaded late. */
const archives = () => import('./archive.ts')

export const dossierWriter: DossierWriter = {
  archive: async (plan, openBlob) =>
    (await archives()).writeArchive(plan, await drawGeneratedFiles(plan), openBlob),
  excerpt: async (plan, openBlob) =>
    (await archives()).writeArchive(plan, [checksumsOf(plan.entries)], openBlob),
  workbook: drawWorkbook,
  drawSealed: drawGeneratedFiles,
  sealed: (files, { takenAt, timeZone }) => storedZip(files, wallClockIn(timeZone)(takenAt)),
}
