/**
 * Text of a CSV whose encoding nobody says: UTF-8, UTF-16, else what Windows, an old Macintosh or MS-DOS
 * wrote, told apart by which reading makes French words.
 */
import type { Buffer } from 'node:buffer'
import { decodeWindows1252 } from '../windows-1252.ts'

export interface DecodedText {
  text: string
  /** What a person should look at, in one French sentence; null when the reading is sure. */
  doubt: string | null
}

export function decodeText(file: Buffer): DecodedText {
  const wide = utf16Encoding(file)
  if (wide !== null) return { text: new TextDecoder(wide).decode(file), doubt: null }
  const whole = utf8(file)
  if (whole !== null) return { text: whole, doubt: null }
  // A file pasted together from two encodings is decoded line by line.
  const lines = linesOf(file).map(bytes => ({ bytes, text: utf8(bytes) }))
  const { decode, doubt } = readingOf(lines.flatMap(({ bytes, text }) => (text === null ? [bytes] : [])))
  return { text: lines.map(({ bytes, text }) => text ?? decode(bytes)).join(''), doubt }
}

export function utf16Encoding(file: Buffer): 'utf-16le' | 'utf-16be' | null {
  const mark = file.subarray(0, 2).toString('latin1')
  if (mark === '\xFF\xFE') return 'utf-16le'
  if (mark === '\xFE\xFF') return 'utf-16be'
  // Without a mark, a Latin text has a zero in every other byte.
  const head = file.subarray(0, 200)
  const zeros = (parity: number) => head.filter((byte, index) => index % 2 === parity && byte === 0).length
  if (zeros(1) > head.length / 4 && zeros(0) === 0) return 'utf-16le'
  if (zeros(0) > head.length / 4 && zeros(1) === 0) return 'utf-16be'
  return null
}

function utf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

function linesOf(file: Buffer): Buffer[] {
  const lines: Buffer[] = []
  for (let start = 0; start < file.length; ) {
    const newline = file.indexOf('\n', start)
    const end = newline === -1 ? file.length : newline + 1
    lines.push(file.subarray(start, end))
    start = end
  }
  return lines
}

/** From 0x80 on. By hand: the platform does not know MS-DOS, and its Macintosh is not in every build. */
const MACINTOSH =
  'ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø' +
  '¿¡¬√ƒ≈∆«»…\u00A0ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\uF8FFÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ'
const MS_DOS =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐' +
  '└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u00AD±‗¾¶§÷¸°¨·¹³²■\u00A0'

const decodeWith = (high: string) => (bytes: Buffer) =>
  bytes.toString('latin1').replace(/[\x80-\xFF]/g, byte => high.charAt(byte.charCodeAt(0) - 0x80))

interface Reading {
  name: string
  decode: (bytes: Buffer) => string
}

/** The usual one first: it wins when two readings are as good. */
const READINGS: readonly Reading[] = [
  { name: 'Windows', decode: decodeWindows1252 },
  { name: 'Macintosh', decode: decodeWith(MACINTOSH) },
  { name: 'MS-DOS', decode: decodeWith(MS_DOS) },
]

/** As much as shows which reading is right. */
const JUDGED_BYTES = 200_000

function readingOf(lines: readonly Buffer[]): { decode: (bytes: Buffer) => string; doubt: string | null } {
  const judged: Buffer[] = []
  let judgedBytes = 0
  for (const line of lines) {
    if (judgedBytes > JUDGED_BYTES) break
    judged.push(line.subarray(0, JUDGED_BYTES))
    judgedBytes += line.length
  }
  const judgements = READINGS.map(({ name, decode }) => {
    const texts = judged.map(decode)
    return { name, decode, texts, strange: texts.reduce((sum, text) => sum + strangeness(text), 0) }
  }).toSorted((a, b) => a.strange - b.strange)
  const [best] = judgements
  if (best === undefined) return { decode: decodeWindows1252, doubt: null }
  const sure = best.name === 'Windows' && best.strange === 0
  return { decode: best.decode, doubt: sure ? null : doubtOf(best.name, best.texts) }
}

function doubtOf(name: string, texts: readonly string[]): string {
  const example = /[\p{L}’ -]*[\u00C0-\u017F][\p{L}’ -]*/u.exec(texts.join('\n'))?.[0].trim()
  const shown = example === undefined || example === '' ? '' : ` : on lit « ${example.slice(0, 60)} »`
  return (
    `Ce fichier ne dit pas comment ses accents sont écrits. Ils sont lus à la manière de ${name}${shown}. ` +
    'Si un nom est mal écrit, enregistrez le tableau au format .xlsx et déposez-le de nouveau.'
  )
}

const FRENCH_LOWER = 'àâäçéèêëîïôöùûüÿœæ'
const FRENCH_UPPER = FRENCH_LOWER.toUpperCase()
/** Signs of French typing, which stand between words. */
const SIGNS = '«»–—…€°²\u00A0“”'

/** How little a text looks like French: 0 when each letter beyond ASCII stands where one would. */
function strangeness(text: string): number {
  let strange = 0
  for (const { 0: letter, index } of text.matchAll(/[\x80-\uFFFF]/g)) {
    const before = text.charAt(index - 1)
    const after = text.charAt(index + 1)
    if (FRENCH_LOWER.includes(letter)) {
      // « ÉTé » is a capital misread.
      if (/\p{Lu}/u.test(before) && /\p{Lu}/u.test(after)) strange += 1
    } else if (FRENCH_UPPER.includes(letter)) {
      if (/\p{Ll}/u.test(before)) strange += 1
    } else if (letter === '’' || letter === '‘') {
      if (!/\p{L}/u.test(before)) strange += 1
    } else if (SIGNS.includes(letter)) {
      if (/\p{L}/u.test(before) && /\p{L}/u.test(after)) strange += 1
    } else strange += 2
  }
  return strange
}
