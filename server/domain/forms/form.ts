/**
 * Forms that are answered on screen. A model says its questions in the words of the Word model of the same
 * code; a form is that model for one owner, with what is known of it already in its place.
 */

import type { ModelCode } from '../kit/models.ts'
import { missingWords } from '../kit/print.ts'
import type { KitValue, KitValues, MissingFact } from '../kit/values.ts'
import type { FieldKind } from './answer.ts'

export interface ModelField {
  /** Stored with the answers: never given to another question. */
  id: string
  /** Beside the question's own words, where one question has several answers. */
  label?: string
  kind: FieldKind
  /** Of the Word model, where the answer is a fact that the kit knows: kept there, asked nowhere twice. */
  tag?: string
}

export type Column =
  /** What is known: words with tags. */
  { words: string; value: string } | { words: string; id: string; kind: FieldKind }

export type ModelItem =
  /** What the porteur knows already: words with tags, never asked again. */
  | { kind: 'known'; words: string; value: string; details?: ModelField }
  | { kind: 'question'; words: string; fields: readonly ModelField[] }
  /** So many lines to fill in, or one for each line of a list. */
  | { kind: 'table'; id: string; columns: readonly Column[]; lines: number | { list: string } }
  /** What the lines of a column make together, and what it is compared with. */
  | { kind: 'sums'; heads?: readonly string[]; sums: readonly Sum[]; showsShare: boolean }
  | { kind: 'note'; words: string; when?: string; each?: string }

export interface Sum {
  words: string
  /** Columns that are added up, each by the id of its table and its own. */
  of: ReadonlyArray<{ table: string; column: string }>
  known?: string
}

export interface ModelPart {
  title: string | null
  level: 1 | 2
  /** A condition of the kit: the part is left out where it does not hold. */
  when?: string
  note?: string
  heads?: readonly string[]
  items: readonly ModelItem[]
}

export interface FormModel {
  code: ModelCode
  introduction: string
  parts: readonly ModelPart[]
  /** What is written by hand under the form once printed; none where the model has no signature. */
  signature: readonly string[]
}

/** One answer to give. */
export interface Field {
  id: string
  /** Beside the words of its question; null where it is its only answer. */
  label: string | null
  /** Of the part, then of the question: enough to know it out of its place. */
  part: string | null
  question: string
  kind: FieldKind
}

export interface Known {
  text: string
  missing: readonly MissingFact[]
}

export type Cell = { known: Known } | { field: Field }

export type FormItem =
  | { kind: 'known'; words: string; value: Known; details: Field | null }
  | { kind: 'question'; words: string; fields: readonly Field[] }
  | {
      kind: 'table'
      id: string
      columns: readonly string[]
      rows: ReadonlyArray<readonly Cell[]>
      /** Lines can be added as they are needed. */
      grows: boolean
    }
  | { kind: 'sums'; heads: readonly string[]; sums: readonly FormSum[]; showsShare: boolean }
  | { kind: 'note'; value: Known }

export interface FormSum {
  words: string
  fields: readonly Field[]
  known: Known | null
}

export interface FormPart {
  title: string | null
  level: 1 | 2
  note: string | null
  items: readonly FormItem[]
}

export interface Form {
  code: ModelCode
  introduction: string
  parts: readonly FormPart[]
  signature: readonly string[]
}

/** Of the fields for further details, which stand beside the answer of a question. */
export const DETAILS_SUFFIX = '-precisions'

/** Nobody misses it when it is empty. */
export const isDetails = ({ id }: Pick<Field, 'id'>): boolean => id.endsWith(DETAILS_SUFFIX)

/** No table is longer: a form is no spreadsheet. */
export const MOST_LINES = 30
/** Free lines after the last one filled in. */
const FREE_LINES = 2

interface Filling {
  values: KitValues
  /** Ids of the lines of each list, in their order. */
  lineIds: Readonly<Record<string, readonly string[]>>
  /** Ids of the fields answered so far: tables show their lines, and some that are free. */
  answered: ReadonlySet<string>
}

/** The form of one owner. */
export function formOf(model: FormModel, filling: Filling): Form {
  const { code, introduction, signature } = model
  const parts = model.parts.filter(({ when }) => when === undefined || filling.values[when] === true)
  const tables = new Map<string, readonly Field[]>()
  return {
    code,
    introduction,
    parts: parts.map(({ title, level, note, items }) => ({
      title,
      level,
      note: note ?? null,
      items: items.flatMap(item => itemOf(item, title, filling, tables)),
    })),
    signature: signature.map(line => filled(line, [filling.values]).text),
  }
}

type Columns = Map<string, readonly Field[]>

function itemOf(item: ModelItem, part: string | null, filling: Filling, columns: Columns): FormItem[] {
  const { values } = filling
  switch (item.kind) {
    case 'known': {
      const details = item.details && fieldOf(item.details, item.words, part)
      return [
        { kind: 'known', words: item.words, value: filled(item.value, [values]), details: details ?? null },
      ]
    }
    case 'question': {
      const fields = item.fields.map(field => fieldOf(field, item.words, part))
      return [{ kind: 'question', words: item.words, fields }]
    }
    case 'table':
      return [tableOf(item, part, filling, columns)]
    case 'sums':
      return [
        {
          kind: 'sums',
          heads: item.heads ?? [],
          showsShare: item.showsShare,
          sums: item.sums.map(({ words, of, known }) => ({
            words,
            fields: of.flatMap(({ table, column }) => columns.get(`${table}.${column}`) ?? []),
            known: known === undefined ? null : filled(known, [values]),
          })),
        },
      ]
    case 'note': {
      if (item.when !== undefined && values[item.when] !== true) return []
      const lines = item.each === undefined ? [null] : linesOf(values, item.each)
      return lines.map(line => ({
        kind: 'note' as const,
        value: filled(item.words, line === null ? [values] : [values, line]),
      }))
    }
  }
}

const fieldOf = ({ id, label, kind }: ModelField, question: string, part: string | null): Field => ({
  id,
  label: label ?? null,
  part,
  question,
  kind,
})

function tableOf(
  { id, columns, lines }: Extract<ModelItem, { kind: 'table' }>,
  part: string | null,
  { values, lineIds, answered }: Filling,
  byColumn: Columns,
): FormItem {
  const grows = typeof lines === 'number'
  const list = grows ? [] : linesOf(values, lines.list)
  const ids = grows
    ? numbered(id, lines, answered)
    : list.map((_, at) => lineIds[lines.list]?.[at] ?? String(at + 1))
  const rows = ids.map((line, at) =>
    columns.map((column): Cell => {
      if ('value' in column) return { known: filled(column.value, [values, list[at] ?? {}]) }
      const name = list[at]?.['esms.nom']
      const label = typeof name === 'string' ? name : `ligne ${at + 1}`
      const field: Field = {
        id: `${id}.${line}.${column.id}`,
        label,
        part,
        question: column.words,
        kind: column.kind,
      }
      const key = `${id}.${column.id}`
      byColumn.set(key, [...(byColumn.get(key) ?? []), field])
      return { field }
    }),
  )
  return { kind: 'table', id, columns: columns.map(({ words }) => words), rows, grows }
}

/** From 1: those of the model, or as many as are filled in and a few that are free. */
function numbered(table: string, least: number, answered: ReadonlySet<string>): string[] {
  const used = [...answered].flatMap(field => {
    const [of, line] = field.split('.')
    return of === table && /^\d{1,2}$/.test(line ?? '') ? [Number(line)] : []
  })
  const count = Math.min(MOST_LINES, Math.max(least, Math.max(0, ...used) + FREE_LINES))
  return Array.from({ length: count }, (_, at) => String(at + 1))
}

const linesOf = (values: KitValues, list: string): readonly KitValues[] => {
  const found = values[list]
  return Array.isArray(found) ? (found as readonly KitValues[]) : []
}

const isMissing = (value: KitValue | undefined): value is MissingFact =>
  typeof value === 'object' && !Array.isArray(value)

/** Words with tags, each replaced by what is known: a fact that nobody gave shows, as in the Word model. */
function filled(words: string, scopes: readonly KitValues[]): Known {
  const missing: MissingFact[] = []
  const text = words.replace(/\{([\w.]+)\}/g, (_, tag: string) => {
    const value = scopes.findLast(scope => tag in scope)?.[tag]
    if (typeof value === 'string') return value
    if (!isMissing(value)) return ''
    missing.push(value)
    return missingWords(value)
  })
  return { text, missing }
}

/** Every answer that the form asks for, in its order. */
export function fieldsOf({ parts }: Pick<Form, 'parts'>): Field[] {
  return parts.flatMap(({ items }) =>
    items.flatMap((item): readonly Field[] => {
      switch (item.kind) {
        case 'known':
          return item.details === null ? [] : [item.details]
        case 'question':
          return item.fields
        case 'table':
          return item.rows.flat().flatMap(cell => ('field' in cell ? [cell.field] : []))
        default:
          return []
      }
    }),
  )
}

/** What the form shows as not known, each once. */
export function missingOf({ parts }: Pick<Form, 'parts'>): MissingFact[] {
  const all = parts.flatMap(({ items }) =>
    items.flatMap((item): readonly MissingFact[] => {
      switch (item.kind) {
        case 'known':
        case 'note':
          return item.value.missing
        case 'table':
          return item.rows.flat().flatMap(cell => ('known' in cell ? cell.known.missing : []))
        default:
          return []
      }
    }),
  )
  return [...new Map(all.map(fact => [JSON.stringify(fact), fact])).values()]
}
