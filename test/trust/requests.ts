/**
 * Requests that nobody would write, drawn from the API's own description: right enough to reach the act, then
 * wrong by one thing. The same seed draws the same requests.
 */
import fc from 'fast-check'
import type { OpenAPIV3_1 } from 'openapi-types'

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** An act of the API as it describes itself. */
export interface Operation {
  method: Method
  /** `/api/v1/grappes/{grappe}` */
  path: string
  body: OpenAPIV3_1.SchemaObject | null
  query: string[]
  multipart: boolean
}

/** What is sent: everything that a line of HTTP may hold, as it leaves. */
export interface Drawn {
  operation: Operation
  holder: string
  url: string
  headers: Record<string, string>
  payload: Buffer | null
}

/** Ids that exist, under the name of the parameter that takes them. */
export type KnownIds = Readonly<Record<string, readonly string[]>>

const METHODS = ['get', 'post', 'put', 'delete'] as const

export function operationsOf(document: OpenAPIV3_1.Document): Operation[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    METHODS.flatMap(method => {
      const said = item?.[method]
      if (said === undefined) return []
      const content = (said.requestBody as OpenAPIV3_1.RequestBodyObject | undefined)?.content ?? {}
      const parameters = (said.parameters ?? []) as OpenAPIV3_1.ParameterObject[]
      return [
        {
          method: method.toUpperCase() as Method,
          path,
          body: (content['application/json']?.schema as OpenAPIV3_1.SchemaObject | undefined) ?? null,
          query: parameters.filter(({ in: place }) => place === 'query').map(({ name }) => name),
          multipart: 'multipart/form-data' in content,
        },
      ]
    }),
  )
}

/** Words that broke something somewhere: NUL, halves of a pair, formats that look like others, SQL, HTML. */
const NASTY = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udfff\ud800',
  '‮txt.fdp',
  '😀'.repeat(40),
  'é'.repeat(5000),
  "'; drop table pieces; --",
  '<script>alert(1)</script>',
  '{{7*7}}',
  '%00',
  '%',
  '../../etc/passwd',
  '-1',
  '0',
  '1e400',
  'NaN',
  '9'.repeat(400),
  '0x7fffffff',
  '2147483648',
  'null',
  'undefined',
  '__proto__',
  'constructor',
  '2026-02-30',
  '+275760-09-13',
  '0000-00-00',
  '-000001-01-01',
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '00000000-0000-0000-0000-00000000000g',
  'a@b',
  'a@b.fr\r\nBcc: x@y.fr',
]

const nasty = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
)

const anything: fc.Arbitrary<unknown> = fc.oneof(
  nasty,
  fc.integer(),
  fc.double(),
  fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], { a: { b: {} } }, 2 ** 53, -0, 1e300),
  fc.json({ maxDepth: 3 }).map(text => JSON.parse(text) as unknown),
  fc
    .integer({ min: 50, max: 2000 })
    .map(depth => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown),
)

/** A value that the schema would take, or nearly: formats are not all drawn. */
function drawnOf(schema: OpenAPIV3_1.SchemaObject, ids: KnownIds): fc.Arbitrary<unknown> {
  const of = (inner: unknown) => drawnOf((inner ?? {}) as OpenAPIV3_1.SchemaObject, ids)
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined && choices.length > 0) return fc.oneof(...choices.map(of))
  if (schema.allOf !== undefined && schema.allOf.length > 0) return of(schema.allOf[0])
  if ('const' in schema) return fc.constant(schema.const)
  if (schema.enum !== undefined && schema.enum.length > 0)
    return fc.constantFrom(...(schema.enum as unknown[]))
  const known = Object.values(ids).flat()
  switch (Array.isArray(schema.type) ? schema.type[0] : schema.type) {
    case 'object': {
      const fields = Object.entries(schema.properties ?? {})
      return fc.record(Object.fromEntries(fields.map(([name, inner]) => [name, of(inner)])))
    }
    case 'array':
      return fc.array(of((schema as OpenAPIV3_1.ArraySchemaObject).items), { maxLength: 3 })
    case 'integer':
    case 'number':
      return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 200, 2 ** 31 - 1) })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'string':
      return fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...known) },
        fc.constantFrom(
          'Nom',
          'contact@exemple.fr',
          '2026-07-01',
          'PA',
          'acquisition',
          '01 02 03 04 05',
          '42',
        ),
        nasty,
      )
    default:
      return anything
  }
}

/** One value somewhere in it replaced, taken out, or one more put in. */
function spoilt(value: unknown, by: unknown, place: number): unknown {
  if (Array.isArray(value)) {
    if (value.length === 0 || place % 5 === 0) return [...(value as unknown[]), by]
    return (value as unknown[]).with(place % value.length, by)
  }
  if (value === null || typeof value !== 'object') return by
  const fields = Object.entries(value)
  if (fields.length === 0 || place % 7 === 0) return { ...value, inconnu: by }
  const at = place % fields.length
  if (place % 11 === 0) return Object.fromEntries(fields.filter((_, i) => i !== at))
  return Object.fromEntries(
    fields.map(([name, each], i) => [name, i === at ? spoilt(each, by, place >> 3) : each]),
  )
}

const jsonOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value) ?? '')

function jsonBody(schema: OpenAPIV3_1.SchemaObject, ids: KnownIds): fc.Arbitrary<Buffer> {
  const sound = drawnOf(schema, ids)
  return fc.oneof(
    { weight: 3, arbitrary: sound.map(jsonOf) },
    {
      weight: 5,
      arbitrary: fc.tuple(sound, anything, fc.nat(1000)).map(([v, by, at]) => jsonOf(spoilt(v, by, at))),
    },
    anything.map(jsonOf),
    // Cut off midway, doubled, or not JSON.
    fc.tuple(sound, fc.double({ min: 0, max: 1, noNaN: true })).map(([v, share]) => {
      const whole = jsonOf(v)
      return whole.subarray(0, Math.floor(whole.length * share))
    }),
    fc.uint8Array({ maxLength: 60 }).map(bytes => Buffer.from(bytes)),
    fc.constant(Buffer.from('{"__proto__":{"x":1},"constructor":{"prototype":{}}}')),
  )
}

/** Boundaries that do not match, parts without a name or a file name, bodies cut off. */
const multipartBody: fc.Arbitrary<{ type: string; payload: Buffer }> = fc
  .tuple(
    fc.constantFrom('b', '"b"', 'autre', '', 'é', 'x'.repeat(300)),
    fc.constantFrom(
      'form-data; name="fichiers"; filename="a.pdf"',
      'form-data; name="fichiers"; filename=""',
      'form-data; name="fichiers"',
      'form-data; filename="a.pdf"',
      'form-data; name="fichiers"; filename*=UTF-8\'\'%00%ff.pdf',
      'form-data; name="garder"',
      'form-data; name="__proto__"; filename="a.pdf"',
      'attachment',
      '',
    ),
    fc.oneof(nasty, fc.constantFrom('%PDF-1.4\n%%EOF', 'PK\u0003\u0004', '\u0089PNG\r\n\u001a\n')),
    fc.constantFrom('\r\n--b--\r\n', '\r\n--b', '\r\n--b\r\n', '', '\r\n--b--'),
  )
  .map(([boundary, disposition, content, end]) => ({
    type: boundary === '' ? 'multipart/form-data' : `multipart/form-data; boundary=${boundary}`,
    payload: Buffer.from(
      `--b\r\nContent-Disposition: ${disposition}\r\nContent-Type: application/pdf\r\n\r\n${content}${end}`,
      'latin1',
    ),
  }))

const fillPath = (path: string, ids: KnownIds): fc.Arbitrary<string> => {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  const valueFor = (name: string) =>
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...(ids[name] ?? ['1', '2'])) },
      { weight: 1, arbitrary: fc.constantFrom(...Object.values(ids).flat()) },
      { weight: 2, arbitrary: nasty },
    )
  return fc.record(Object.fromEntries(names.map(name => [name, valueFor(name)]))).map(values =>
    path.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = values[name] ?? ''
      try {
        return value.startsWith('%') ? value : encodeURIComponent(value)
      } catch {
        // Half a pair cannot be encoded: sent as it is.
        return value
      }
    }),
  )
}

const queryOf = (names: readonly string[]): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(fc.constantFrom(...names, 'inconnu', 'page', 'q'), nasty), { maxLength: 3 })
    .map(pairs => (pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`))

/** Any request to any act, by any of these holders. */
export function requestOf(
  operations: readonly Operation[],
  holders: Readonly<Record<string, string>>,
  ids: KnownIds,
): fc.Arbitrary<Drawn> {
  return fc.constantFrom(...operations).chain(operation => {
    const body: fc.Arbitrary<{ type: string; payload: Buffer } | null> =
      operation.method === 'GET'
        ? fc.constant(null)
        : operation.multipart
          ? multipartBody
          : fc
              .tuple(
                jsonBody(operation.body ?? {}, ids),
                fc.oneof(
                  { weight: 8, arbitrary: fc.constant('application/json') },
                  fc.constantFrom(
                    'text/plain',
                    'application/x-www-form-urlencoded',
                    'application/json; charset=utf-16',
                    'x',
                  ),
                ),
              )
              .map(([payload, type]) => ({ type, payload }))
    const owner = ownerOf(operation.path)
    return fc
      .record({
        url: fillPath(operation.path, ids),
        query: queryOf(operation.query),
        holder: fc.oneof(
          { weight: 8, arbitrary: fc.constant(owner) },
          fc.constantFrom(...Object.keys(holders)),
        ),
        sent: body,
        header: fc.constantFrom<Record<string, string>>(
          {},
          {},
          {},
          { range: 'bytes=9-1' },
          { 'if-none-match': '"x' },
        ),
      })
      .map(({ url, query, holder, sent, header }) => ({
        operation,
        holder,
        url: url + query,
        headers: {
          ...header,
          ...(holders[holder] === '' ? {} : { authorization: `Bearer ${holders[holder]}` }),
          ...(sent === null ? {} : { 'content-type': sent.type }),
        },
        payload: sent?.payload ?? null,
      }))
  })
}

/** Who is let in there: the others are refused at the door, and prove less. */
const ownerOf = (path: string): string =>
  path.startsWith('/api/v1/depot') ? 'membre' : path.startsWith('/api/v1/lecture') ? 'ars' : 'porteur'

/** A form as a page holds it: where it goes, and what it sends untouched. */
export interface PageForm {
  method: 'GET' | 'POST'
  action: string
  fields: Array<[name: string, value: string]>
}

const ENTITIES: Readonly<Record<string, string>> = { quot: '"', lt: '<', gt: '>', amp: '&', '#39': "'" }
const plain = (text: string) =>
  text.replace(/&(quot|lt|gt|amp|#39);/g, (_, name: string) => ENTITIES[name] ?? '')
const attribute = (tag: string, name: string) => {
  const found = new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1]
  return found === undefined ? null : plain(found)
}

/** The forms of a page that this product draws. */
export function formsOf(html: string, url: string): PageForm[] {
  return [...html.matchAll(/<form[\s\S]*?<\/form>/g)].map(([form]) => {
    const opening = /<form[^>]*>/.exec(form)?.[0] ?? ''
    const inputs = [...form.matchAll(/<(?:input|textarea|select|button)[^>]* name="[^"]*"[^>]*>/g)]
    return {
      method: attribute(opening, 'method') === 'post' ? 'POST' : 'GET',
      action: attribute(opening, 'action') ?? url,
      fields: inputs
        .map(([tag]): [string, string] => [attribute(tag, 'name') ?? '', attribute(tag, 'value') ?? ''])
        .filter(([name]) => name !== 'csrf'),
    }
  })
}

/** The same form with a few fields spoilt, doubled, taken out or added. */
export function spoiltForm(form: PageForm): fc.Arbitrary<PageForm> {
  const names = [...form.fields.map(([name]) => name), 'inconnu']
  return fc
    .array(fc.record({ at: fc.nat(30), name: fc.constantFrom(...names), value: nasty, act: fc.nat(3) }), {
      minLength: 1,
      maxLength: 4,
    })
    .map(changes => {
      let fields = form.fields
      for (const { at, name, value, act } of changes) {
        if (act === 0) fields = [...fields, [name, value]]
        else if (act === 1) fields = fields.filter((_, i) => i !== at % fields.length)
        else fields = fields.map(field => (field[0] === name ? [name, value] : field))
      }
      return { ...form, fields }
    })
}
