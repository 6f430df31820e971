/** The order in which a form asks its questions, for answers that were stored one by one. */
import type { AnsweredLine } from './answer.ts'
import type { Column, FormModel } from './form.ts'

/** What it does not ask any more comes last. */
export function inFormOrder(lines: readonly AnsweredLine[], model: FormModel | null): AnsweredLine[] {
  const ids = (model?.parts ?? []).flatMap(({ items }) =>
    items.flatMap(item => {
      if (item.kind === 'question') return item.fields.map(({ id }) => id)
      if (item.kind === 'known') return item.details === undefined ? [] : [item.details.id]
      return item.kind === 'table' ? [item.id, ...item.columns.flatMap(columnId)] : []
    }),
  )
  const rankOf = (id: string) => {
    const rank = ids.indexOf(id)
    return rank === -1 ? ids.length : rank
  }
  const keyOf = ({ field }: AnsweredLine): readonly number[] => {
    const [table = '', line = '', column = ''] = field.split('.')
    return [rankOf(table), Number(line) || 0, rankOf(column)]
  }
  return lines
    .map(line => ({ line, key: keyOf(line) }))
    .toSorted(({ key: a }, { key: b }) => {
      const at = a.findIndex((value, place) => value !== b[place])
      return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0)
    })
    .map(({ line }) => line)
}

const columnId = (column: Column): string[] => ('id' in column ? [column.id] : [])
