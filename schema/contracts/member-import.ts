/**
 * A member table on its way through a form or the API: whatever comes back is checked again, nothing is
 * trusted.
 */
import { z } from 'zod'
import { COLUMN_USES, MEMBER_FIELDS, type SheetRow, tidy } from '../../server/domain/member-import/columns.ts'
import type { Correction, MemberTable } from '../../server/domain/member-import/table.ts'

/** As many lines and characters as a sheet may have: see `SHEET_LIMITS`. */
const MAX_LINES = 5_000
export const MAX_CELL_CHARACTERS = 2_000
const MAX_COLUMNS = 200

const field = z.enum(MEMBER_FIELDS)
const text = z.string().max(MAX_CELL_CHARACTERS)
const line = z.int().min(1).max(10_000_000)
const cells = z.partialRecord(field, text)

const rowContract = z.object({
  line,
  cells: z.array(text).max(MAX_COLUMNS),
  unread: z.array(z.object({ column: z.int().min(0).max(20_000), reason: text })).optional(),
  hidden: z.literal(true).optional(),
})

const correctionsContract: z.ZodType<Correction[]> = z
  .array(z.union([z.object({ line, field, value: text }), z.object({ line, ignore: z.literal(true) })]))
  .max(MAX_LINES * MEMBER_FIELDS.length)

/** What each column holds, by its place from 0; null for nothing. */
const usesContract = z.array(z.enum(COLUMN_USES).nullable()).max(MAX_COLUMNS)
export type ColumnUses = z.infer<typeof usesContract>

/** What the preview page carries from one answer to the next: nothing is stored before the confirmation. */
export interface ImportDraft {
  /** Null for CSV and pasted cells. */
  sheetName: string | null
  otherSheets: readonly string[]
  doubt: string | null
  /** As read. */
  rows: readonly SheetRow[]
  /** What the person, this time or the last one, said of the columns; null: as recognised. */
  uses: ColumnUses | null
  /** Whether these come from the last file of the same shape. */
  isRemembered: boolean
  /** Lines set apart that are members all the same. */
  takenBack: readonly number[]
  /** What the person changed since. */
  corrections: readonly Correction[]
}

const draftContract = z.object({
  sheetName: text.nullable(),
  otherSheets: z.array(text).max(MAX_COLUMNS),
  doubt: text.nullable(),
  rows: z
    .array(rowContract)
    .max(MAX_LINES)
    .refine(rows => new Set(rows.map(row => row.line)).size === rows.length),
  uses: usesContract.nullable(),
  isRemembered: z.boolean(),
  takenBack: z.array(line).max(MAX_LINES),
  corrections: correctionsContract,
})

function parsed<Contract extends z.ZodType>(contract: Contract, json: string): z.infer<Contract> | null {
  try {
    return contract.safeParse(JSON.parse(json)).data ?? null
  } catch {
    return null
  }
}

/** @returns null when the text is not a draft that this application wrote. */
export const readImportDraft = (json: string): ImportDraft | null =>
  parsed(draftContract, json) as ImportDraft | null

/** @returns null when what was stored is not what this application stores today. */
export const readColumnUses = (stored: unknown): ColumnUses | null =>
  usesContract.safeParse(stored).data ?? null

/** @returns null when the text is not a list of columns. */
export const readSentColumnUses = (json: string): ColumnUses | null => parsed(usesContract, json)

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
  colonnes: usesContract
    .optional()
    .describe(
      'Ce que contient chaque colonne du texte, dans l’ordre ; null : elle n’est pas lue. À défaut, les ' +
        'en-têtes le disent',
    ),
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
    remarks: [],
    hiddenLines: [],
    lines: lines.map((values, index) => ({
      line: index + 1,
      values: Object.fromEntries(
        Object.entries(values).flatMap(([name, value]) => (tidy(value) === '' ? [] : [[name, tidy(value)]])),
      ),
      unread: {},
    })),
  }
}
