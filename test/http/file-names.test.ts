import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import { followNames } from '../../server/http/file-names.ts'

const BOUNDARY = 'limite'
const HEAD = 'Content-Disposition: form-data; name="fichiers"; filename='

/** As an old program writes it: one byte a letter. */
const BODY = Buffer.from(
  `--${BOUNDARY}\r\n${HEAD}"relev\xe9.pdf"\r\nContent-Type: application/pdf\r\n\r\n` +
    `\r\n--limit\r\n--limites ${'x'.repeat(40)}\r\n--${BOUNDARY}\r\n${HEAD}"\xe9t\xe9.pdf"\r\n\r\n` +
    `fin\r\n--${BOUNDARY}--\r\n`,
  'latin1',
)

it('reads the names of files as their bytes came, wherever the line cuts them', async () => {
  for (let size = 1; size <= BODY.length; size++) {
    const chunks = Array.from({ length: Math.ceil(BODY.length / size) }, (_, at) =>
      BODY.subarray(at * size, (at + 1) * size),
    )
    const headers = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }
    const body = Object.assign(Readable.from(chunks), { headers }) as unknown as IncomingMessage
    const nameOf = followNames(body)
    await new Promise(ended => body.once('end', ended))
    expect([nameOf(0, 'relev\ufffd.pdf'), nameOf(1, '\ufffdt\ufffd.pdf')], `by ${size}`).toEqual([
      'relevé.pdf',
      'été.pdf',
    ])
  }
})
