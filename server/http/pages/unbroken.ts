/** No line of a page ends inside guillemets. */

/** What a form sends back, whole, and one tag: what was typed stays as it was. */
const WHOLE = /<(textarea|pre)\b[\s\S]*?<\/\1>/g
const TAG = /<[^>"]*(?:"[^"]*"[^>"]*)*>/y

/**
 * Names are shown as they were typed, but no line of a page ends inside their guillemets. Fields keep what
 * was typed. Only what stands around a guillemet is looked at: a page has far more tags than those.
 */
export function unbroken(html: string): string {
  const wholes = [...html.matchAll(WHOLE)].map(({ index, 0: { length } }) => [index, index + length] as const)
  const isKept = (at: number) => {
    TAG.lastIndex = html.lastIndexOf('<', at)
    return (
      (TAG.lastIndex >= 0 && TAG.test(html) && TAG.lastIndex > at) ||
      wholes.some(([start, end]) => start < at && at < end)
    )
  }
  return html.replace(/\u00ab\x20|\x20\u00bb/g, (found, at: number) =>
    isKept(at) ? found : found.replace(' ', '\u00a0'),
  )
}
