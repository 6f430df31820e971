/** What a browser would send of a form, hidden fields and all. */
import type { Page } from './page-client.ts'

export type Fields = Array<[string, string]>

/** Every field of a form as a browser would send it, with these instead of its own. */
export function fieldsOf(
  { html }: Pick<Page, 'html'>,
  action: string,
  instead: Record<string, string> = {},
): Fields {
  const form = html.split('<form').find(each => each.includes(`action="${action}"`)) ?? ''
  const own = form.split('</form>')[0] ?? ''
  const plain = (value = '') =>
    value.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&#39;', '’').replaceAll('&amp;', '&')
  const inputs = [...own.matchAll(/<input([^>]*)>/g)].flatMap(([, held = '']): Fields => {
    const [, name = ''] = /name="([^"]*)"/.exec(held) ?? []
    const [, value = ''] = /value="([^"]*)"/.exec(held) ?? []
    const isOff = /type="(radio|checkbox)"/.test(held) && !/ checked/.test(held)
    return name === '' || name === 'csrf' || isOff ? [] : [[name, plain(value)]]
  })
  const areas = [...own.matchAll(/<textarea[^>]*name="([^"]*)"[^>]*>([^<]*)</g)]
  const sent: Fields = [
    ...inputs,
    ...areas.map(([, name = '', value]): [string, string] => [name, plain(value)]),
  ]
  return [...sent.filter(([name]) => !(name in instead)), ...Object.entries(instead)]
}
