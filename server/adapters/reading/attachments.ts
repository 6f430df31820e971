/** The files inside a PDF (ISO 32000-1, 7.11.4): a portfolio is little else than these. */
import { PDFArray, PDFDict, PDFHexString, PDFName, type PDFObject, PDFString } from '@cantoo/pdf-lib'

const DEEPEST = 50
const MOST_NAMES = 1000

/** Their names, in the order of the document. */
export function attachedNames(catalog: PDFDict): string[] {
  const names: string[] = []
  const visit = (node: PDFObject | undefined, depth: number) => {
    if (!(node instanceof PDFDict) || depth > DEEPEST) return
    const kids = node.lookup(PDFName.of('Kids'))
    if (kids instanceof PDFArray) for (let i = 0; i < kids.size(); i++) visit(kids.lookup(i), depth + 1)
    const pairs = node.lookup(PDFName.of('Names'))
    if (!(pairs instanceof PDFArray)) return
    for (let i = 0; i + 1 < pairs.size() && names.length < MOST_NAMES; i += 2) {
      names.push(nameOf(pairs.lookup(i + 1)) ?? textOf(pairs.lookup(i)) ?? 'sans nom')
    }
  }
  const all = catalog.lookup(PDFName.of('Names'))
  if (all instanceof PDFDict) visit(all.lookup(PDFName.of('EmbeddedFiles')), 0)
  return names
}

function nameOf(file: PDFObject | undefined): string | null {
  if (!(file instanceof PDFDict)) return null
  return textOf(file.lookup(PDFName.of('UF'))) ?? textOf(file.lookup(PDFName.of('F')))
}

function textOf(value: PDFObject | undefined): string | null {
  return value instanceof PDFString || value instanceof PDFHexString ? value.decodeText() : null
}
