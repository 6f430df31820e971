/** The files of a dossier that nobody deposited. */
import { createHash } from 'node:crypto'
import type { DossierPlan } from '../../domain/dossier-plan.ts'
import { MANIFEST_PATH, WORKBOOK_PATH } from '../../domain/seal.ts'
import { drawWorkbook } from '../workbook/workbook.ts'
import type { GeneratedFile } from './archive.ts'
import { checksumText, coverText, missingText } from './dossier-texts.ts'
import { exchangesTexts } from './exchanges-text.ts'

/**
 * Draws the workbook, `_MANQUANTS.txt` when something is missing, `_ECHANGES.txt` for each member who said
 * something or was told it, and `SHA256SUMS` over every other file of the ZIP.
 *
 * @param manifest of a sealed plan; it and the cover that tells its hash then come first.
 */
export async function drawGeneratedFiles(
  plan: DossierPlan,
  manifest: string | null = null,
): Promise<GeneratedFile[]> {
  const missing = missingText(plan)
  const drawn: GeneratedFile[] = [
    ...(plan.seal === null ? [] : [textFile('00_A_LIRE.txt', coverText(plan, plan.seal))]),
    ...(manifest === null ? [] : [textFile(MANIFEST_PATH, manifest)]),
    {
      path: WORKBOOK_PATH,
      bytes: await drawWorkbook(plan),
      mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    },
    ...(missing === null ? [] : [textFile('_MANQUANTS.txt', missing)]),
    ...exchangesTexts(plan).map(({ path, text }) => textFile(path, text)),
  ]
  const hashed = drawn.map(({ path, bytes }) => ({
    path,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }))
  return [...drawn, checksumsOf([...hashed, ...plan.entries])]
}

/** `SHA256SUMS` over these files. */
export function checksumsOf(files: Parameters<typeof checksumText>[0]): GeneratedFile {
  return textFile('SHA256SUMS', checksumText(files))
}

function textFile(path: string, text: string): GeneratedFile {
  return { path, bytes: Buffer.from(text), mediaType: 'text/plain' }
}
