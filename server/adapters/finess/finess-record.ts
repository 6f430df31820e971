/** What the two registry formats share: a structure checked, a text decoded, a file refused as a whole. */
import { isAscii, isUtf8 } from 'node:buffer'
import type { RegistryItem, RegistryStructure } from '../../domain/registry.ts'
import { decodeWindows1252 } from '../windows-1252.ts'

/** A file of which nothing may be kept; the message is one French sentence that says what to do. */
export class UnreadableFile extends Error {}

/** Longer than any field of the official formats (60 at most), short enough for every index. */
const MAX_TEXT_LENGTH = 300

/**
 * As the official format has it (`typeNumeroFiness`). The key is not asked of the registry: it is the
 * authority.
 */
const NUMBER_PATTERN = /^[0-9][0-9A-Z][0-9]{7}$/

/** What ISO-8859-15 changed in ISO-8859-1, in names: the others are the same or never seen. */
const ISO_8859_15 = new Map([
  ['¤', '€'],
  ['¼', 'Œ'],
  ['½', 'œ'],
  ['¾', 'Ÿ'],
])

/** A structure as a file spells it: texts not trimmed, empty when not given. */
interface RawStructure {
  kind: RegistryStructure['kind']
  number: string
  /** Null for an EJ. */
  ejNumber: string | null
  name: string
  longName: string
  categorie: string
  departement: string | null
  acheminement: string
  siret: string
  open: boolean
}

/**
 * The structure ready to store, or the reason why its line is refused. An optional fact badly written is
 * unknown.
 */
export function checkedStructure(line: number, raw: RawStructure): RegistryItem {
  const refused = (reason: string): RegistryItem => ({ kind: 'refused', line, reason })
  const number = matching(raw.number, NUMBER_PATTERN)
  if (number === null)
    return refused(`Le numéro FINESS n’a pas la forme attendue : « ${raw.number.slice(0, 40)} ».`)
  const ejNumber = raw.ejNumber === null ? null : matching(raw.ejNumber, NUMBER_PATTERN)
  if (raw.ejNumber !== null && ejNumber === null) {
    return refused(
      `${number} : le numéro de l’entité juridique n’a pas la forme attendue : ` +
        `« ${raw.ejNumber.slice(0, 40)} ».`,
    )
  }
  const longName = cleaned(raw.longName)
  const name = cleaned(raw.name) ?? longName
  if (name === null) return refused(`${number} : la raison sociale manque.`)
  const acheminement = cleaned(raw.acheminement)
  if ([name, longName, acheminement].some(text => text !== null && text.length > MAX_TEXT_LENGTH)) {
    return refused(`${number} : un texte dépasse ${MAX_TEXT_LENGTH} caractères.`)
  }
  const structure: RegistryStructure = {
    number,
    kind: raw.kind,
    name,
    longName,
    ejNumber,
    categorie: matching(raw.categorie, /^\d{3}$/),
    departement: raw.departement,
    acheminement,
    siret: matching(raw.siret, /^\d{14}$/),
    open: raw.open,
  }
  return { kind: 'structure', line, structure }
}

/** The text, trimmed, when it has the given form; null otherwise. */
export function matching(text: string, pattern: RegExp): string | null {
  const trimmed = text.trim()
  return pattern.test(trimmed) ? trimmed : null
}

/**
 * Control characters and halves of surrogate pairs, which PostgreSQL refuses, and runs of spaces become one
 * space.
 */
function cleaned(text: string): string | null {
  const clean = text
    .replace(/[\p{Cc}\p{Cs}\s]+/gu, ' ')
    .trim()
    .normalize('NFC')
  return clean === '' ? null : clean
}

/**
 * Decodes one line. Extracts before 2026 are in Windows-1252 or ISO-8859-15, and a file may mix encodings, so
 * each line is judged for itself: UTF-8 when it is valid; else ISO-8859-15 when it holds its Œ, œ, Ÿ or €,
 * whose bytes are ¼, ½, ¾ and ¤ in Windows-1252 and in no name, and none of the bytes that only Windows-1252
 * uses.
 */
export function decodeLine(bytes: Buffer): { text: string; encoding: string | null } {
  if (isAscii(bytes)) return { text: bytes.toString('latin1'), encoding: null }
  if (isUtf8(bytes)) return { text: bytes.toString(), encoding: 'UTF-8' }
  const latin1 = bytes.toString('latin1')
  if (/[¤¼½¾]/.test(latin1) && !/[\x80-\x9F]/.test(latin1)) {
    return { text: latin1.replace(/[¤¼½¾]/g, byte => ISO_8859_15.get(byte) ?? byte), encoding: 'ISO-8859-15' }
  }
  return { text: decodeWindows1252(bytes), encoding: 'Windows-1252' }
}
