/** The receipt of a deposit as a PDF: one page or a few, tagged, the same bytes for the same receipt. */
import PDFDocument from 'pdfkit'
import { formatMoment } from '../domain/deadline.ts'
import { formatNameOf } from '../domain/file-acceptance.ts'
import type { Receipt } from '../domain/receipt.ts'
import { countWords, FICTIONAL_WORDS, sizeWords } from './dossier/dossier-words.ts'

const MARGIN = 60
const BODY = 11

export function drawReceipt(receipt: Receipt): Promise<Buffer> {
  const title = `Accusé de dépôt : ${receipt.pieceName}, version ${receipt.versionNumber}`
  const document = new PDFDocument({
    size: 'A4',
    margin: MARGIN,
    pdfVersion: '1.7',
    tagged: true,
    lang: 'fr-FR',
    displayTitle: true,
    info: {
      Title: title,
      Author: receipt.grappeName,
      Creator: 'grappe-kit',
      // The file's identifier is made from these: nothing of the moment of drawing may enter.
      CreationDate: new Date(receipt.depositedAt),
      ModDate: new Date(receipt.depositedAt),
    },
  })
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    document.on('data', (chunk: Buffer) => chunks.push(chunk))
    document.on('end', () => resolve(Buffer.concat(chunks)))
    document.on('error', reject)
    draw(document, receipt)
    document.end()
  })
}

function draw(document: PDFKit.PDFDocument, receipt: Receipt): void {
  const root = document.struct('Document')
  document.addStructure(root)
  const block = (tag: string, text: string, { size = BODY, bold = false, gap = 6 } = {}) => {
    root.add(
      document.struct(tag, {}, () => {
        document
          .font(bold ? 'Helvetica-Bold' : 'Helvetica')
          .fontSize(size)
          .text(printable(text), { paragraphGap: gap })
      }),
    )
  }
  block('H1', 'Accusé de dépôt', { size: 20, bold: true, gap: 12 })
  if (receipt.fictional) block('P', FICTIONAL_WORDS)
  for (const line of facts(receipt)) block('P', line)
  const { received, kept } = receipt
  const section = (title: string, files: Receipt['kept']) => {
    if (files.length === 0) return
    block('H2', title, { size: 14, bold: true, gap: 8 })
    for (const { name, mediaType, size, originals } of files) {
      const photos = originals.length === 0 ? '' : `, ${countWords(originals.length, 'photo')}`
      block('P', `${name} (${formatNameOf(mediaType)}, ${sizeWords(size)}${photos})`, { gap: 6 })
    }
  }
  section(`${countWords(received.length, 'fichier')} ${received.length < 2 ? 'reçu' : 'reçus'}`, received)
  section(
    `${countWords(kept.length, 'fichier')} ${kept.length < 2 ? 'gardé' : 'gardés'} d’un dépôt précédent`,
    kept,
  )
  block('H2', 'Empreintes', { size: 14, bold: true, gap: 8 })
  for (const file of [...received, ...kept]) {
    for (const { name, sha256 } of [file, ...file.originals]) {
      block('P', `${name} : SHA-256 ${sha256}`, { size: 9, gap: 6 })
    }
  }
  block(
    'P',
    'L’empreinte SHA-256 est propre au contenu de chaque fichier : la même chez vous ' +
      'prouve que le fichier est arrivé tel quel. Ce reçu est établi par grappe-kit pour ' +
      'le porteur de la grappe ; il ne vaut pas accusé de réception de l’ARS.',
    { size: 9 },
  )
  root.end()
}

function facts(receipt: Receipt): string[] {
  const { depositedAt, timeZone } = receipt
  return [
    `Pièce : ${receipt.pieceName}, version ${receipt.versionNumber}`,
    `Pour : ${receipt.ownerName}`,
    `Reçue le ${formatMoment(depositedAt, timeZone)} (fuseau ${timeZone} ; ${depositedAt} ` +
      'en temps universel)',
    `Déposée par : ${receipt.depositedBy}`,
    `Grappe : ${receipt.grappeName}`,
    `Appel : ${receipt.callTitle}`,
    `Référence du dépôt : ${receipt.versionId}`,
  ]
}

/** What Windows-1252 adds to Latin-1: with it, all that the standard fonts of a PDF can show. */
const WINDOWS_1252 = '€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ'

/**
 * Standard fonts keep a receipt small; the rare character that they lack loses its accent, or becomes `?`.
 */
function printable(text: string): string {
  return Array.from(text.normalize('NFC'), letter => {
    if (/[\x20-\x7e\u00a0-\u00ff]/.test(letter) || WINDOWS_1252.includes(letter)) return letter
    if (/\s/.test(letter)) return ' '
    const base = letter.normalize('NFD').replace(/\p{M}/gu, '')
    return /^[\x20-\x7e]+$/.test(base) ? base : '?'
  }).join('')
}
