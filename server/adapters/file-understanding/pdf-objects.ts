/**
 * Reads single PDF objects out of text: dictionaries, arrays, numbers, names, strings and references (ISO
 * 32000-1, 7.3). Made for hostile bytes: bounded in depth, never looks further than the text it is given.
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
  const reader = new ValueReader(text, start)
  return { value: reader.value(0), end: reader.at }
}

class ValueReader {
  at: number
  readonly #text: string

  constructor(text: string, start: number) {
    this.#text = text
    this.at = start
  }

  value(depth: number): PdfValue {
    if (depth > DEEPEST) throw new PdfSyntaxError('too deep')
    this.#take(BLANK)
    if (this.#text.startsWith('<<', this.at)) return this.#dictionary(depth)
    if (this.#text[this.at] === '[') return this.#array(depth)
    if (this.#text[this.at] === '(') return this.#literal()
    const name = this.#take(NAME)
    if (name !== null) return new Name(name[1] ?? '')
    const hex = this.#take(HEX_STRING)
    if (hex !== null) return fromHex(hex[1] ?? '')
    const reference = this.#take(REFERENCE)
    if (reference !== null) return { object: Number(reference[1]) }
    const number = this.#take(NUMBER)
    if (number !== null) return Number(number[0])
    const word = this.#take(WORD)?.[0]
    if (word === 'true' || word === 'false') return word === 'true'
    if (word === 'null') return null
    throw new PdfSyntaxError(`no value at ${this.at}`)
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.#text)
    if (found !== null) this.at = pattern.lastIndex
    return found
  }

  #dictionary(depth: number): Dictionary {
    const entries: Dictionary = new Map()
    this.at += 2
    for (;;) {
      this.#take(BLANK)
      if (this.#text.startsWith('>>', this.at)) {
        this.at += 2
        return entries
      }
      const name = this.#take(NAME)
      if (name === null) throw new PdfSyntaxError(`no key at ${this.at}`)
      entries.set(name[1] ?? '', this.value(depth + 1))
    }
  }

  #array(depth: number): PdfValue[] {
    const values: PdfValue[] = []
    this.at++
    for (;;) {
      this.#take(BLANK)
      if (this.#text[this.at] === ']') {
        this.at++
        return values
      }
      values.push(this.value(depth + 1))
    }
  }

  #literal(): string {
    let read = ''
    let open = 0
    for (; this.at < this.#text.length; this.at++) {
      const c = this.#text[this.at] ?? ''
      if (c === '\\') {
        read += this.#escaped()
        continue
      }
      if (c === '(' && open++ === 0) continue
      if (c === ')' && --open === 0) {
        this.at++
        return read
      }
      read += c
    }
    throw new PdfSyntaxError('string without end')
  }

  /** What a backslash and its followers stand for; leaves the place on the last of them. */
  #escaped(): string {
    const octal = /^[0-7]{1,3}/.exec(this.#text.slice(this.at + 1, this.at + 4))?.[0]
    if (octal !== undefined) {
      this.at += octal.length
      return String.fromCharCode(Number.parseInt(octal, 8) & 0xff)
    }
    this.at++
    const next = this.#text[this.at] ?? ''
    if (next === '\r' && this.#text[this.at + 1] === '\n') this.at++
    return ESCAPES.get(next) ?? next
  }
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
