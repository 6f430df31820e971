/** The files of a dossier that nobody deposited. */
import { createHash } from 'node:crypto'
import type { DossierPlan } from '../domain/dossier-plan.ts'
import type { GeneratedFile } from './archive.ts'
import { checksumText, missingText } from './dossier-texts.ts'
import { drawWorkbook } from './workbook.ts'

/** Name of the workbook at the root of the ZIP, where its relative links start. */
export const WORKBOOK_PATH = '00_Synthese.xlsx'

/** Draws the workbook, `_MANQUANTS.txt` when something is missing, and `SHA256SUMS` over every other file of the ZIP. */
export async function drawGeneratedFiles(plan: DossierPlan): Promise<GeneratedFile[]> {
  const missing = missingText(plan)
  const drawn: GeneratedFile[] = [
    {
      path: WORKBOOK_PATH,
      bytes: await drawWorkbook(plan),
      mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    },
    ...(missing === null ? [] : [textFile('_MANQUANTS.txt', missing)]),
  ]
  const hashed = drawn.map(({ path, bytes }) => ({
    path,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }))
  return [...drawn, textFile('SHA256SUMS', checksumText([...hashed, ...plan.entries]))]
}

function textFile(path: string, text: string): GeneratedFile {
  return { path, bytes: Buffer.from(text), mediaType: 'text/plain' }
}
