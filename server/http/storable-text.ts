/**
 * Texts that a database takes. PostgreSQL stores neither the character NUL nor half of a surrogate pair, and
 * no keyboard types them: the first is taken out, the second becomes U+FFFD as in any form of a browser.
 */
import type { FastifyInstance } from 'fastify'

const NUL = '\u0000'
const HALF_PAIR = /\p{Surrogate}/gu

export const storableText = (text: string): string => text.replaceAll(NUL, '').replace(HALF_PAIR, '\ufffd')

/** Of every request, before it is judged: what no row could hold is not there to be judged. */
export function keepTextsStorable(app: FastifyInstance): void {
  app.addHook('preValidation', async request => {
    for (const part of [request.params, request.query, request.body]) makeStorable(part)
  })
}

/** In place, and without recursion: a body may be nested deeper than a stack. */
function makeStorable(value: unknown): void {
  const left = [value]
  while (left.length > 0) {
    const holder = left.pop()
    if (holder === null || typeof holder !== 'object' || Buffer.isBuffer(holder)) continue
    for (const [name, inner] of Object.entries(holder)) {
      if (typeof inner === 'string') (holder as Record<string, unknown>)[name] = storableText(inner)
      else left.push(inner)
    }
  }
}
