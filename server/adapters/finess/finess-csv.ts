/**
 * Reader of the old national extract, `etalab-cs1100502` and `etalab-cs1100507`: one record a line, no column
 * header.
 */
import { parse } from 'csv-parse/sync'
import { isDay } from '../../domain/deadline.ts'
import { normaliseFiness } from '../../domain/finess.ts'
import type { RegistryItem } from '../../domain/registry.ts'
import { checkedStructure, decodeLine, matching, UnreadableFile } from './finess-record.ts'

/** A real line has about 360 bytes. Beyond this, a quote was never closed or the file is something else. */
const MAX_LINE_BYTES = 1 << 20
/** Up to the SIRET, the last column that is read. */
const MIN_COLUMNS = 23
const RECORD_START = /^"?(?:structureet|structureej|geolocalisation)"?;/

/** @throws UnreadableFile when the file is cut, damaged or another extract. */
export async function* readFinessCsv(bytes: AsyncIterable<Buffer>): AsyncGenerator<RegistryItem> {
  yield { kind: 'format', format: 'csv' }
  const encodings = new Set<string>()
  let expectedColumns = 0
  for await (const { text, line, closed, complete } of records(bytes, encodings)) {
    if (text.trim() === '') continue
    const fields = closed ? fieldsOf(text) : null
    if (!complete && (fields === null || fields.length < expectedColumns)) {
      throw new UnreadableFile(
        `Le fichier s’arrête au milieu de la ligne ${line} : le téléchargement est ` +
          'incomplet. Téléchargez-le à nouveau.',
      )
    }
    if (fields === null) {
      yield { kind: 'refused', line, reason: 'Un guillemet n’est pas refermé.' }
      continue
    }
    const recordType = (fields[0] ?? '').trim().toLowerCase()
    if (recordType === 'finess') {
      const dataOn = (fields[3] ?? '').trim()
      if (isDay(dataOn)) yield { kind: 'date', dataOn }
    } else if (recordType === 'structureet') {
      expectedColumns ||= fields.length
      yield structureOf(fields, line)
    } else if (recordType === 'structureej' && expectedColumns === 0) {
      throw new UnreadableFile(
        `Ligne ${line} : ce fichier est l’extrait des entités juridiques (cs1100501), qui ne ` +
          'contient aucun établissement. Importez l’extrait des établissements, ' +
          'etalab-cs1100502 ou etalab-cs1100507.',
      )
    } else if (/^[a-z_]{1,40}$/.test(recordType)) {
      yield { kind: 'skipped', recordType }
    } else {
      yield { kind: 'refused', line, reason: 'La ligne ne commence pas par un type d’enregistrement.' }
    }
  }
  yield { kind: 'encodings', encodings: [...encodings] }
}

interface CsvRecord {
  text: string
  /** Where it begins, from 1. */
  line: number
  /** Whether its quotes are closed. */
  closed: boolean
  /** Whether a line feed ends it; only the last record of a file may lack one. */
  complete: boolean
}

/**
 * Lines, joined when a quoted field holds a line feed; a record that never closes its quote ends where the
 * next one begins.
 */
async function* records(bytes: AsyncIterable<Buffer>, encodings: Set<string>): AsyncGenerator<CsvRecord> {
  let open: CsvRecord | null = null
  for await (const { text, line, complete } of lines(bytes, encodings)) {
    if (open !== null && RECORD_START.test(text)) {
      yield open
      open = null
    }
    const hasOddQuotes = text.includes('"') && text.split('"').length % 2 === 0
    const record: CsvRecord =
      open === null
        ? { text, line, complete, closed: !hasOddQuotes }
        : { text: `${open.text}\n${text}`, line: open.line, complete, closed: hasOddQuotes }
    refuseLongerThanALine(record.text.length, record.line)
    if (record.closed) {
      yield record
      open = null
    } else open = record
  }
  if (open !== null) yield open
}

async function* lines(bytes: AsyncIterable<Buffer>, encodings: Set<string>) {
  let line = 0
  let rest: Buffer = Buffer.alloc(0)
  const decoded = (raw: Buffer, complete: boolean) => {
    line += 1
    refuseLongerThanALine(raw.length, line)
    const { text, encoding } = decodeLine(raw)
    if (encoding !== null) encodings.add(encoding)
    return { text: text.replace(/^\uFEFF|\r$/g, ''), line, complete }
  }
  for await (const chunk of bytes) {
    const block: Buffer = Buffer.concat([rest, chunk])
    let start = 0
    for (let end = block.indexOf(10); end !== -1; end = block.indexOf(10, start)) {
      yield decoded(block.subarray(start, end), true)
      start = end + 1
    }
    rest = block.subarray(start)
    refuseLongerThanALine(rest.length, line + 1)
  }
  if (rest.length > 0) yield decoded(rest, false)
}

function refuseLongerThanALine(length: number, line: number): void {
  if (length <= MAX_LINE_BYTES) return
  throw new UnreadableFile(
    `La ligne ${line} dépasse 1 Mo : le fichier est abîmé, ou un guillemet n’y est ` +
      'jamais refermé. Téléchargez-le à nouveau sans l’ouvrir dans un tableur.',
  )
}

/** A line without quotes is its own split, ten times faster than a parser; the others follow RFC 4180. */
function fieldsOf(text: string): string[] | null {
  if (!text.includes('"')) return text.split(';')
  try {
    const [fields] = parse(text, {
      delimiter: ';',
      relax_quotes: true,
      relax_column_count: true,
    }) as string[][]
    return fields ?? null
  } catch {
    return null
  }
}

function structureOf(fields: readonly string[], line: number): RegistryItem {
  if (fields.length < MIN_COLUMNS) {
    return { kind: 'refused', line, reason: `Il manque des colonnes : ${fields.length} au lieu de 32.` }
  }
  const at = (column: number) => fields[column] ?? ''
  refuseResaved(line, [at(1), at(2)], at(22))
  return checkedStructure(line, {
    kind: 'ET',
    number: at(1),
    ejNumber: at(2),
    name: at(3),
    longName: at(4),
    categorie: at(18),
    departement: departementOf(at(13).trim(), at(15).trim()),
    acheminement: at(15),
    siret: at(22),
    open: true,
  })
}

/**
 * A spreadsheet that opens this file drops the zeros in front of its numbers and rounds the long ones: what
 * it then saves looks like a registry and is none. One such line is enough: the national file has not one.
 */
function refuseResaved(line: number, numbers: readonly string[], siret: string): void {
  const shortened = numbers.find(number => {
    const read = normaliseFiness(number)
    return !read.ok && read.refusal === 'lost-zero'
  })
  const rounded = [...numbers, siret].find(number => /^\d[.,]\d+E\+\d+$/i.test(number.trim()))
  if (shortened === undefined && rounded === undefined) return
  const sign =
    shortened === undefined
      ? `le numéro ${rounded} est arrondi`
      : `le numéro ${shortened} a perdu le zéro de son début`
  throw new UnreadableFile(
    `Ligne ${line} : ${sign}. Ce fichier a été ouvert puis enregistré par un tableur, qui abîme les ` +
      `numéros : il est refusé en entier, et le registre déjà chargé reste en place. Téléchargez à ` +
      'nouveau le fichier d’origine, et donnez-le sans l’ouvrir.',
  )
}

/** Overseas the extract has letters (9A to 9F, 9J); the postal code there begins with the INSEE code. */
function departementOf(code: string, acheminement: string): string | null {
  return /^9[A-Z]$/.test(code)
    ? matching(acheminement.slice(0, 3), /^9[78]\d$/)
    : matching(code, /^\d[0-9AB]$/)
}
