/** What a person finds on a page. */
import type { Page } from './page-client.ts'

/** The words, without tags, with plain spaces. */
export function textOf({ html }: Pick<Page, 'html'>): string {
  return html
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')
}

/** What a field holds; undefined when the page has no such field. */
export function fieldOf({ html }: Pick<Page, 'html'>, name: string): string | undefined {
  const field = new RegExp(`name="${name}"[^>]*? value(?:="([^"]*)")?[ />]`).exec(html)
  return field === null ? undefined : (field[1] ?? '')
}
