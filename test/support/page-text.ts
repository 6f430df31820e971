/** What a person finds on a page. */
import type { Page } from './page-client.ts'

/** The words, without tags, with plain spaces. */
export function textOf({ html }: Pick<Page, 'html'>): string {
  return html
    .replace(/<wbr\s*\/?>/g, '')
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

const plain = (text = '') =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')

/** What the form of that address sends when nothing is changed in it, its forgery token and buttons aside. */
export function answersIn({ html }: Pick<Page, 'html'>, action: string): Array<[string, string]> {
  const forms = html.match(/<form[\s\S]*?<\/form>/g) ?? []
  const form = forms.find(each => each.includes(`action="${action}"`) && each.includes('class="call-form"'))
  if (form === undefined) throw new Error(`no form leads to ${action}`)
  const attribute = (tag: string, name: string) => new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]
  const tags = form.match(/<input[^>]*>|<select[\s\S]*?<\/select>|<textarea[\s\S]*?<\/textarea>/g) ?? []
  return tags.flatMap((tag): Array<[string, string]> => {
    const name = attribute(tag, 'name')
    if (name === undefined || name === 'csrf') return []
    if (tag.startsWith('<textarea')) return [[name, plain(/>([\s\S]*)<\/textarea>/.exec(tag)?.[1])]]
    if (tag.startsWith('<select')) {
      const chosen = tag.match(/<option[^>]*>/g)?.find(option => / selected/.test(option))
      const [first] = tag.match(/<option[^>]*>/g) ?? []
      return [[name, plain(attribute(chosen ?? first ?? '', 'value'))]]
    }
    const isBox = /type="(checkbox|radio)"/.test(tag)
    return isBox && !/ checked/.test(tag) ? [] : [[name, plain(attribute(tag, 'value'))]]
  })
}
