/**
 * Reads single PDF objects out of text: dictionaries, arrays, numbers, names, strings and references (ISO 32000-1,
 * 7.3). Made for hostile bytes: bounded in depth, never looks further than the text it is given.
 */

export interface Reference {
  object: number
}

/** Strings keep one character per byte. */
export type PdfValue = number | boolean | null | string | Name | Reference | PdfValue[] | Dictionary
export type Dictionary = Map<string, PdfValue>

class Name {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** The text does not hold the object that was looked for: cut, or no PDF syntax. */
export class PdfSyntaxError extends Error {}

const DEEPEST = 20
const BLANK = /(?:[\0\t\n\f\r ]+|%[^\r\n]*)*/y
const NAME = /\/([^\0\t\n\f\r ()<>[\]{}/%]*)/y
const REFERENCE = /(\d{1,10})[\0\t\n\f\r ]+\d{1,5}[\0\t\n\f\r ]+R(?![A-Za-z0-9])/y
const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)/y
const WORD = /[A-Za-z]+/y
const HEX_STRING = /<([0-9A-Fa-f\0\t\n\f\r ]*)>/y

/** Reads the value that begins at `start`, and says where it ends. */
export function readValue(text: string, start: number): { value: PdfValue; end: number } {
  let at = start
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found !== null) at = pattern.lastIndex
    return found
  }
  const value = (depth: number): PdfValue => {
    if (depth > DEEPEST) throw new PdfSyntaxError('too deep')
    take(BLANK)
    if (text.startsWith('<<', at)) return dictionary(depth)
    if (text[at] === '[') return array(depth)
    if (text[at] === '(') return literal()
    const name = take(NAME)
    if (name !== null) return new Name(name[1] ?? '')
    const hex = take(HEX_STRING)
    if (hex !== null) return fromHex(hex[1] ?? '')
    const reference = take(REFERENCE)
    if (reference !== null) return { object: Number(reference[1]) }
    const number = take(NUMBER)
    if (number !== null) return Number(number[0])
    const word = take(WORD)?.[0]
    if (word === 'true' || word === 'false') return word === 'true'
    if (word === 'null') return null
    throw new PdfSyntaxError(`no value at ${at}`)
  }
  const dictionary = (depth: number): Dictionary => {
    const entries: Dictionary = new Map()
    at += 2
    for (;;) {
      take(BLANK)
      if (text.startsWith('>>', at)) {
        at += 2
        return entries
      }
      const name = take(NAME)
      if (name === null) throw new PdfSyntaxError(`no key at ${at}`)
      entries.set(name[1] ?? '', value(depth + 1))
    }
  }
  const array = (depth: number): PdfValue[] => {
    const values: PdfValue[] = []
    at++
    for (;;) {
      take(BLANK)
      if (text[at] === ']') {
        at++
        return values
      }
      values.push(value(depth + 1))
    }
  }
  const literal = (): string => {
    let read = ''
    let open = 0
    for (; at < text.length; at++) {
      const c = text[at] ?? ''
      if (c === '\\') {
        const octal = /^[0-7]{1,3}/.exec(text.slice(at + 1, at + 4))?.[0]
        if (octal !== undefined) {
          read += String.fromCharCode(Number.parseInt(octal, 8) & 0xff)
          at += octal.length
        } else {
          at++
          const next = text[at] ?? ''
          if (next === '\r' && text[at + 1] === '\n') at++
          read += ESCAPES.get(next) ?? next
        }
        continue
      }
      if (c === '(' && open++ === 0) continue
      if (c === ')' && --open === 0) {
        at++
        return read
      }
      read += c
    }
    throw new PdfSyntaxError('string without end')
  }
  return { value: value(0), end: at }
}

const ESCAPES = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['b', '\b'],
  ['f', '\f'],
  ['\n', ''],
  ['\r', ''],
])

function fromHex(digits: string): string {
  const bare = digits.replace(/[\0\s]/g, '')
  const pairs = bare.match(/../g) ?? []
  const last = bare.length % 2 === 1 ? [`${bare.at(-1)}0`] : []
  return String.fromCharCode(...[...pairs, ...last].map(pair => Number.parseInt(pair, 16)))
}

export const asDictionary = (value: PdfValue | undefined): Dictionary | null =>
  value instanceof Map ? value : null
export const asNumber = (value: PdfValue | undefined): number | null =>
  typeof value === 'number' ? value : null
export const asString = (value: PdfValue | undefined): string | null =>
  typeof value === 'string' ? value : null
export const asName = (value: PdfValue | undefined): string | null =>
  value instanceof Name ? value.text : null
export const asReference = (value: PdfValue | undefined): number | null =>
  value !== null && typeof value === 'object' && 'object' in value ? value.object : null
export const asArray = (value: PdfValue | undefined): PdfValue[] | null =>
  Array.isArray(value) ? value : null
