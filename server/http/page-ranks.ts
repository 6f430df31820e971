/** The ranks typed in the form « Réordonner les pages ». */
import { RANK_PREFIX } from '../../templates/pages/page-order.tsx'

/** Ranks by photo id; whatever is no number is left out. */
export function ranksOf(fields: Readonly<Record<string, string>>): ReadonlyMap<string, number> {
  return new Map(
    Object.entries(fields).flatMap(([name, value]): [string, number][] => {
      const rank = Number.parseFloat(value)
      return name.startsWith(RANK_PREFIX) && Number.isFinite(rank)
        ? [[name.slice(RANK_PREFIX.length), rank]]
        : []
    }),
  )
}
