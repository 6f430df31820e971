/** Lines of a sheet as they are read, held to the limits. */
import { cellAddress, type SheetRow } from '../../domain/member-import/columns.ts'
import {
  beyondColumns,
  type RefusedSheet,
  refuseSheet,
  type SheetLimits,
  tooManyCells,
  tooManyLines,
} from './sheet-refusal.ts'

/** Of Excel's own grid, from 0: a line of separators alone stops there. */
const LAST_COLUMN = 16_384

export interface SheetRows {
  name: string
  rows: readonly SheetRow[]
  /** Why reading stopped after these rows; null when they are all. */
  refused: RefusedSheet | null
}

/** Stops whoever reads cells, at the first that goes beyond the limits. */
export class BeyondLimits extends Error {
  readonly refused: RefusedSheet

  constructor(refused: RefusedSheet) {
    super()
    this.refused = refused
  }
}

/**
 * Lines as they are read: each cell is held to the limits before its line is built, and blank lines are left
 * out.
 */
export class LimitedRows {
  readonly rows: SheetRow[] = []
  readonly #limits: SheetLimits
  #cells = 0

  constructor(limits: SheetLimits) {
    this.#limits = limits
  }

  /** @throws BeyondLimits. */
  check(line: number, column: number, text: string): void {
    const { maxCellCharacters, maxColumns } = this.#limits
    if (text.length > maxCellCharacters) {
      throw new BeyondLimits(
        refuseSheet(
          'long-cell',
          `La cellule ${cellAddress(line, column)} contient ${text.length} caractères, ` +
            `${maxCellCharacters} ` +
            'au plus sont lus : videz-la ou raccourcissez-la.',
        ),
      )
    }
    if (column >= LAST_COLUMN || (column >= maxColumns && text.trim() !== '')) {
      throw new BeyondLimits(beyondColumns(cellAddress(line, column), maxColumns))
    }
  }

  /** @throws BeyondLimits. */
  add(row: SheetRow): void {
    if (row.unread === undefined && isBlank(row.cells)) return
    const { maxRows, maxCells } = this.#limits
    this.#cells += row.cells.length
    if (this.rows.length === maxRows) throw new BeyondLimits(tooManyLines(maxRows))
    if (this.#cells > maxCells) throw new BeyondLimits(tooManyCells())
    this.rows.push(row)
  }
}

const isBlank = (cells: readonly string[]): boolean => cells.every(cell => cell.trim() === '')
