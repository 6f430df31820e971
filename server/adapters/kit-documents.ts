/** The models of `templates/documents/`, filled in; and several documents as one ZIP, made on the spot. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, pipeline, type Readable } from 'node:stream'
import type { TemplateHandler } from 'easy-template-x'
import { MODEL_CODES } from '../domain/kit/models.ts'
import type { PrintedValues, ReadTag } from '../domain/kit/print.ts'
import type { KitWriter, ZippedDocument } from '../steps/ports.ts'

const ROLES = { Open: 'opens', Close: 'closes', SelfClosed: 'value' } as const

interface OpenModels {
  handler: TemplateHandler
  byCode: ReadonlyMap<string, { bytes: Buffer; tags: readonly ReadTag[] }>
}

/** The models are opened when the first one is asked for: half a second of a small machine's start. */
export function kitWriterIn(folder: string): KitWriter {
  let opening: Promise<OpenModels> | undefined
  const modelOf = async (code: string) => {
    opening ??= openModels(folder)
    const { handler, byCode } = await opening
    const model = byCode.get(code)
    if (model === undefined) throw new Error(`No model ${code}`)
    return { handler, ...model }
  }
  return {
    tagsOf: async code => (await modelOf(code)).tags,
    blank: async code => (await modelOf(code)).bytes,
    async write(code: string, values: PrintedValues) {
      const { handler, bytes } = await modelOf(code)
      return await handler.process(bytes, values)
    },
    zip: zipOf,
  }
}

/** @throws when a model of this server is missing, or closes what it did not open. */
async function openModels(folder: string): Promise<OpenModels> {
  const { TemplateHandler } = await import('easy-template-x')
  const handler = new TemplateHandler()
  const byCode = new Map<string, { bytes: Buffer; tags: readonly ReadTag[] }>()
  for (const code of MODEL_CODES) {
    const bytes = await readFile(join(folder, `${code}.docx`))
    const tags = (await handler.parseTags(bytes)).map(
      ({ name, disposition }): ReadTag => ({ name, role: ROLES[disposition] }),
    )
    const flaw = unclosed(tags)
    if (flaw !== null) throw new Error(`The model ${code} does not close {#${flaw}}`)
    byCode.set(code, { bytes, tags })
  }
  return { handler, byCode }
}

/** The first list or condition that is not closed in its turn; null when all are. */
function unclosed(tags: readonly ReadTag[]): string | null {
  const open: string[] = []
  for (const { name, role } of tags) {
    if (role === 'opens') open.push(name)
    if (role === 'closes' && open.pop() !== name) return name
  }
  return open[0] ?? null
}

/**
 * Each file is made when the one before it was taken. A fault ends the stream before the central
 * directory, so that no reader takes it for whole.
 */
function zipOf(files: AsyncIterable<ZippedDocument>, date: Date): Readable {
  const output = new PassThrough()
  const stop = new AbortController()
  const fill = async () => {
    const { ZipArchive } = await import('archiver')
    if (output.destroyed) return
    const zip = new ZipArchive({ store: true })
    pipeline(zip, output, () => stop.abort())
    for await (const { path, bytes } of files) {
      const appended = once(zip, 'entry', { signal: stop.signal })
      zip.append(bytes, { name: path, date, mode: 0o644 })
      await appended
    }
    await zip.finalize()
  }
  // Once the reader has left there is nobody to tell; `destroy` then does nothing.
  fill().catch((error: Error) => output.destroy(error))
  return output
}
