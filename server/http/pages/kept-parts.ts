/**
 * Parts of pages kept as they were drawn, each for as long as what it tells of: a board of two hundred lines,
 * of which one has changed, draws one line.
 */
import { randomBytes } from 'node:crypto'
import type { VNode } from 'preact'
import { render } from 'preact-render-to-string'
import type { DrawPart } from '../../../templates/pages/part.ts'
import { unbroken } from './unbroken.ts'

/** Stands for a part within a page that is being drawn: nobody can write it. */
const MARK = randomBytes(24).toString('base64url')

interface Part {
  from: readonly unknown[]
  html: string
}

/** By what each tells of: it goes when that does. */
const kept = new WeakMap<object, Map<string, Part>>()

function partOf(of: object, name: string, from: readonly unknown[], draw: () => VNode): string {
  const parts = kept.get(of) ?? new Map<string, Part>()
  kept.set(of, parts)
  const known = parts.get(name)
  if (known?.from.length === from.length && from.every((each, order) => Object.is(each, known.from[order])))
    return known.html
  const html = unbroken(render(draw()))
  parts.set(name, { from, html })
  return html
}

/** For one page: what draws its parts, and what puts them where they stand. */
export function pageParts(): { part: DrawPart; fill: (html: string) => string } {
  const parts: string[] = []
  return {
    part: (...about) => `${MARK}${parts.push(partOf(...about)) - 1};`,
    fill: html =>
      html
        .split(MARK)
        .map((text, order) => {
          if (order === 0) return text
          const end = text.indexOf(';')
          return `${parts[Number(text.slice(0, end))] ?? ''}${text.slice(end + 1)}`
        })
        .join(''),
  }
}
