import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unbroken } from '../../server/http/pages/unbroken.ts'

/** The same, tag after tag, as it reads: slow on a page of fifty thousand tags. */
const tagByTag = (html: string): string =>
  html.replace(/<(textarea|pre)\b[\s\S]*?<\/\1>|<[^>"]*(?:"[^"]*"[^>"]*)*>|\u00ab\x20|\x20\u00bb/g, found =>
    found.startsWith('<') ? found : found.replace(' ', '\u00a0'),
  )

const words = fc.array(fc.constantFrom('« ', ' »', '«', '»', 'nom', ' ', '>', "'", '&quot;', '&lt;'), {
  maxLength: 6,
})
const text = words.map(all => all.join(''))
const element = fc
  .tuple(fc.constantFrom('p', 'pre', 'textarea', 'a'), text, text, text)
  .map(([name, attribute, inside, after]) => `<${name} title="${attribute}">${inside}</${name}>${after}`)

test('guillemets of a text keep their spaces, those of fields and attributes stay as typed', () => {
  expect(unbroken('<p title="« a »">« b »</p><textarea>« c »</textarea>')).toBe(
    '<p title="« a »">«\u00a0b\u00a0»</p><textarea>« c »</textarea>',
  )
  fc.assert(
    fc.property(text, fc.array(element, { maxLength: 8 }), (before, elements) => {
      const html = before.replaceAll('>', '') + elements.join('')
      expect(unbroken(html)).toBe(tagByTag(html))
    }),
    { numRuns: 300 },
  )
})
