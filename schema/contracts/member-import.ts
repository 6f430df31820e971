/** A member table on its way through a form or the API: whatever comes back is checked again, nothing is trusted. */
import { z } from 'zod'
import type { Correction, MemberTable } from '../../server/domain/member-columns.ts'
import { MEMBER_FIELDS, tidy } from '../../server/domain/member-columns.ts'

/** As many lines and characters as a sheet may have: see `SHEET_LIMITS`. */
const MAX_LINES = 5_000
export const MAX_CELL_CHARACTERS = 2_000
const MAX_COLUMNS = 200

const field = z.enum(MEMBER_FIELDS)
const text = z.string().max(MAX_CELL_CHARACTERS)
const line = z.int().min(1).max(10_000_000)
const cells = z.partialRecord(field, text)

const tableContract: z.ZodType<MemberTable> = z.object({
  columns: z.array(z.object({ field, column: z.int().min(0).max(20_000), header: text })).max(MAX_COLUMNS),
  unusedColumns: z
    .array(z.object({ column: z.int().min(0).max(20_000), header: text, reason: text }))
    .max(MAX_COLUMNS),
  missing: z.array(z.object({ field, explanation: text })).max(MEMBER_FIELDS.length),
  lines: z
    .array(z.object({ line, values: cells, unread: cells }))
    .max(MAX_LINES)
    .refine(lines => new Set(lines.map(one => one.line)).size === lines.length),
  ignored: z.array(z.object({ line, text, reason: text })).max(MAX_LINES),
})

const correctionsContract: z.ZodType<Correction[]> = z
  .array(z.union([z.object({ line, field, value: text }), z.object({ line, ignore: z.literal(true) })]))
  .max(MAX_LINES * MEMBER_FIELDS.length)

/** What the preview page carries from one answer to the next: nothing is stored before the confirmation. */
export interface ImportDraft {
  /** Null for CSV and pasted cells. */
  sheetName: string | null
  otherSheets: readonly string[]
  /** As read. */
  table: MemberTable
  /** What the person changed since. */
  corrections: readonly Correction[]
}

const draftContract: z.ZodType<ImportDraft> = z.object({
  sheetName: text.nullable(),
  otherSheets: z.array(text).max(MAX_COLUMNS),
  table: tableContract,
  corrections: correctionsContract,
})

function parsed<Value>(contract: z.ZodType<Value>, json: string): Value | null {
  try {
    return contract.safeParse(JSON.parse(json)).data ?? null
  } catch {
    return null
  }
}

/** @returns null when the text is not a draft that this application wrote. */
export const readImportDraft = (json: string): ImportDraft | null => parsed(draftContract, json)

/** @returns null when the text is not a list of corrections. */
export const readCorrections = (json: string): readonly Correction[] | null =>
  parsed(correctionsContract, json)

/** The import over the API, as JSON. */
export const importContract = z.object({
  lignes: z
    .array(cells)
    .min(1)
    .max(MAX_LINES)
    .optional()
    .describe('Les membres, une ligne chacun ; à défaut, « texte »'),
  texte: z.string().optional().describe('Cellules copiées d’un tableur, en-têtes comprises'),
  corrections: correctionsContract.optional().describe('À apporter aux lignes avant de les juger'),
  confirmer: z
    .boolean()
    .default(false)
    .describe('Vrai : tout est ajouté si aucune ligne n’est à corriger, sinon rien ne l’est'),
})

/** Lines given as objects, numbered from 1. */
export function tableOfLines(
  lines: readonly Partial<Record<(typeof MEMBER_FIELDS)[number], string>>[],
): MemberTable {
  return {
    columns: [],
    unusedColumns: [],
    missing: [],
    ignored: [],
    lines: lines.map((values, index) => ({
      line: index + 1,
      values: Object.fromEntries(
        Object.entries(values).flatMap(([name, value]) => (tidy(value) === '' ? [] : [[name, tidy(value)]])),
      ),
      unread: {},
    })),
  }
}
