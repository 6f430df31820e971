/** Finding, in a porteur's own list of DUI solutions, which column holds what. No list is shipped. */
import { type SheetRow, tidy } from './member-import/columns.ts'
import { plainText } from './solution-identity.ts'

/** Named as the form's fields, so that one contract reads both. */
export const SOLUTION_FIELDS = ['editeur', 'produit', 'couloirs', 'statut', 'source', 'date'] as const
export type SolutionField = (typeof SOLUTION_FIELDS)[number]

/** As `plainText` gives them; the first words of a header are enough. */
const HEADERS: Record<SolutionField, readonly string[]> = {
  editeur: ['editeur', 'fournisseur', 'societe'],
  produit: ['produit', 'solution', 'logiciel', 'nom de la solution', 'nom du logiciel'],
  couloirs: ['couloir'],
  statut: ['statut', 'referencement', 'reference'],
  source: ['source'],
  date: ['date', 'lu le', 'consulte le'],
}

export interface SolutionLine {
  line: number
  values: Partial<Record<SolutionField, string>>
}

function recognise(header: string): SolutionField | null {
  const plain = plainText(header)
  return SOLUTION_FIELDS.find(field => HEADERS[field].some(word => plain.startsWith(word))) ?? null
}

/** Null when no line has both an editor's and a product's header. */
export function readSolutionLines(rows: readonly SheetRow[]): SolutionLine[] | null {
  const headerAt = rows.findIndex(({ cells }) => {
    const fields = cells.map(recognise)
    return fields.includes('editeur') && fields.includes('produit')
  })
  const header = rows[headerAt]?.cells.map(recognise)
  if (header === undefined) return null
  return rows.slice(headerAt + 1).map(({ line, cells }) => {
    const values: SolutionLine['values'] = {}
    for (const [column, cell] of cells.entries()) {
      const field = header[column]
      if (field && tidy(cell) !== '') values[field] ??= tidy(cell)
    }
    return { line, values }
  })
}
