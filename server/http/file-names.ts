/**
 * Names of uploaded files as their bytes came. The reader of multipart bodies takes every name for UTF-8, and
 * puts a mark in the place of each letter of the programs that still write those of Windows.
 */
import type { IncomingMessage } from 'node:http'
import { windowsLetters } from '../domain/windows-1252.ts'

const MARK = '\ufffd'
const END_OF_HEADERS = Buffer.from('\r\n\r\n')
/** More than the headers of any part. */
const MOST_HEADER_BYTES = 16_384

/**
 * Follows the body while it is read; to be called once its reader is attached, which alone sets the pace.
 *
 * @returns the name of the n-th file part, from 0, given what the reader made of it.
 */
export function followNames(body: IncomingMessage): (order: number, read: string) => string {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(body.headers['content-type'] ?? '')
  const opening = Buffer.from(`--${boundary?.[1] ?? boundary?.[2] ?? ''}\r\n`)
  const names: string[] = []
  let rest: Buffer = Buffer.alloc(0)
  // A body is long and its headers are short: nothing is copied but what lies across two of its chunks.
  const isAcross = (chunk: Buffer) =>
    chunk.length < opening.length ||
    Buffer.concat([rest, chunk.subarray(0, opening.length - 1)]).includes(opening)
  body.on('data', (chunk: Buffer) => {
    rest = isAcross(chunk) ? Buffer.concat([rest, chunk]) : chunk
    for (;;) {
      const start = rest.indexOf(opening)
      if (start < 0) {
        rest = rest.subarray(Math.max(0, rest.length - opening.length + 1))
        return
      }
      const end = rest.indexOf(END_OF_HEADERS, start)
      if (end < 0) {
        rest = rest.length - start > MOST_HEADER_BYTES ? Buffer.alloc(0) : rest.subarray(start)
        return
      }
      const headers = rest.toString('latin1', start, end)
      const name = /filename="((?:[^"\\]|\\.)*)"/i.exec(headers)?.[1]
      if (name !== undefined || /application\/octet-stream/i.test(headers)) names.push(name ?? '')
      rest = rest.subarray(end)
    }
  })
  return (order, read) => (read.includes(MARK) ? windowsLetters(names[order] ?? read) : read)
}
