/** How the figures of a form read. */
export function shareOfWhole(total: number | null, whole: number | null, before = ''): string {
  if (total === null || whole === null || whole === 0) return ''
  const share = new Intl.NumberFormat('fr-FR', { maximumFractionDigits: 1 }).format((100 * total) / whole)
  return `${before}${share}\u00a0%`
}

/** « 12 réponses sur 31 » */
export const progressWords = ({ answered, asked }: { answered: number; asked: number }): string =>
  `${answered} ${answered < 2 ? 'réponse' : 'réponses'} sur ${asked}`
