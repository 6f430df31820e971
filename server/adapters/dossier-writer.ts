/** The dossier's files, drawn from one plan. */
import type { DossierWriter } from '../steps/ports.ts'
import { writeArchive } from './archive.ts'
import { drawGeneratedFiles } from './generated-files.ts'
import { drawWorkbook } from './workbook.ts'

export const dossierWriter: DossierWriter = {
  archive: async (plan, openBlob) => writeArchive(plan, await drawGeneratedFiles(plan), openBlob),
  workbook: drawWorkbook,
}
