/**
 * The peer of the kit's benchmark: our models, their tags written in docx-templates' own language, filled in
 * by docx-templates. It runs JavaScript found in a template, so it is a peer here and nothing else:
 * docs/adr/0019.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { ZipArchive } from 'archiver'
import { createReport } from 'docx-templates'
import { fromBuffer, type ZipFile } from 'yauzl'
import type { ModelCode } from '../../server/domain/kit/models.ts'
import type { PrintedValues } from '../../server/domain/kit/print.ts'
import { TAGS } from '../../server/domain/kit/tags.ts'

const LISTS = new Set(TAGS.flatMap(({ name, kind }) => (kind === 'list' ? [name] : [])))

export type Peer = (code: string, values: PrintedValues) => Promise<Uint8Array>

export async function openPeer(folder: string, codes: readonly ModelCode[]): Promise<Peer> {
  const models = new Map<string, Buffer>()
  for (const code of codes) models.set(code, await translated(await readFile(join(folder, `${code}.docx`))))
  return async (code, values) => {
    const template = models.get(code)
    if (template === undefined) throw new Error(`No model ${code}`)
    return await createReport({
      template,
      cmdDelimiter: ['{', '}'],
      additionalJsContext: {
        /** The innermost list that holds the tag, as easy-template-x looks it up. */
        at: (name: string, ...lines: PrintedValues[]) =>
          [...lines, values].find(scope => name in scope)?.[name] ?? '',
      },
    })
  }
}

/** The same document with `{INS …}`, `{FOR …}` and `{IF …}`; what repeats a row stands in rows of its own. */
async function translated(docx: Buffer): Promise<Buffer> {
  const zip = new ZipArchive({ store: true })
  const written = buffer(zip)
  for (const [name, bytes] of await entriesOf(docx)) {
    zip.append(/^word\/[^/]*\.xml$/.test(name) ? Buffer.from(inTheirWords(bytes.toString())) : bytes, {
      name,
    })
  }
  await zip.finalize()
  return await written
}

const ROW_OF = (text: string) => `<w:tr><w:tc><w:p><w:r><w:t>${text}</w:t></w:r></w:p></w:tc></w:tr>`

function inTheirWords(xml: string): string {
  const withRows = xml.replace(/<w:tr[ >](?:(?!<w:tr[ >]).)*?<\/w:tr>/gs, row => {
    const list = [...LISTS].find(name => row.includes(`{#${name}}`) && row.includes(`{/${name}}`))
    if (list === undefined) return row
    const bare = row.replace(`{#${list}}`, '').replace(`{/${list}}`, '')
    return `${ROW_OF(`{#${list}}`)}${bare}${ROW_OF(`{/${list}}`)}`
  })
  const open: string[] = []
  return withRows.replace(/\{([#/]?)([^{}]+)\}/g, (_, mark: string, name: string) => {
    const asked = ['at(', [`'${name}'`, ...open.toReversed().map(line => `$${line}`)].join(', '), ')'].join(
      '',
    )
    if (mark === '') return `{INS ${asked}}`
    if (!LISTS.has(name)) return mark === '#' ? `{IF ${asked}}` : '{END-IF}'
    if (mark === '/') return `{END-FOR ${open.pop()}}`
    open.push(`line${open.length}`)
    return `{FOR ${open.at(-1)} IN ${asked}}`
  })
}

async function entriesOf(docx: Buffer): Promise<[name: string, bytes: Buffer][]> {
  const zip = await new Promise<ZipFile>((resolve, reject) =>
    fromBuffer(docx, { lazyEntries: true }, (error, opened) => (error ? reject(error) : resolve(opened))),
  )
  const entries: [string, Buffer][] = []
  return await new Promise((resolve, reject) => {
    zip.on('error', reject).on('end', () => resolve(entries))
    zip.on('entry', entry =>
      zip.openReadStream(entry, (error, stream) => {
        if (error) return reject(error)
        buffer(stream).then(bytes => {
          entries.push([entry.fileName, bytes])
          zip.readEntry()
        }, reject)
      }),
    )
    zip.readEntry()
  })
}
