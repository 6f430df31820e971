/** A table that people read by rows: scrolled on a wide screen, cards on a phone. */
import type { ComponentChildren, JSX } from 'preact'

interface DataTableProps {
  /** Says what the table holds to those who do not see it; unique in the page. */
  label: string
  columns: readonly string[]
  /** The first cell names its row. */
  rows: readonly { id: string; cells: readonly ComponentChildren[] }[]
}

export function DataTable({ label, columns, rows }: DataTableProps): JSX.Element {
  return (
    <section class="scroll" tabindex={0} aria-label={label}>
      <table class="data">
        <thead>
          <tr>
            {columns.map(column => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, cells: [name, ...cells] }) => (
            <tr key={id}>
              <th scope="row">{name}</th>
              {cells.map((cell, position) => (
                <td key={columns[position + 1]} data-label={columns[position + 1]}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
