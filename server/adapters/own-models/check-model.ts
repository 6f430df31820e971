/**
 * Reads a Word file that a porteur would use as a model, and says all that keeps it from being one: to be
 * called outside the server's process (`reader-process/`).
 */
import { Buffer } from 'node:buffer'
import { fileTypeFromBuffer } from 'file-type'
import type { FileFlaw, ModelReading } from '../../domain/kit/own-model.ts'
import { understandFile } from '../file-understanding/index.ts'
import { fileFlaws } from './model-flaws.ts'
import { inflateParts, type ModelParts } from './model-parts.ts'
import { readTags } from './model-tags.ts'

const ZIP_BYTES = Buffer.from('PK', 'latin1')
const WORD_MAIN =
  /wordprocessingml\.(?:document|template)\.main\+xml|ms-word\.(?:document|template)\.macroEnabled/i
/** In the relationships of a document saved as « strict »: names that the filler does not know. */
const STRICT = /purl\.oclc\.org\/ooxml/i

export async function checkModel(sent: Uint8Array): Promise<ModelReading> {
  const file = Buffer.from(sent)
  const only = (flaw: FileFlaw): ModelReading => ({ flaws: [flaw], filled: [] })
  if (!file.subarray(0, 2).equals(ZIP_BYTES)) return only(await notAZip(file))
  const { parts, flaws: unread } = await inflateParts(file)
  if (parts.size === 0) return { flaws: unread, filled: [] }
  const types = parts.get('[Content_Types].xml')?.toString() ?? ''
  if (unread.length === 0 && !WORD_MAIN.test(types)) return only({ kind: 'not-docx' })
  const flaws = [...unread, ...fileFlaws(parts)]
  if (flaws.some(({ kind }) => kind === 'damaged' || kind === 'doctype')) return { flaws, filled: [] }
  const tags = await tagsOf(file, parts)
  return Array.isArray(tags)
    ? { flaws: [...flaws, ...tags], filled: [] }
    : { flaws: [...flaws, ...tags.flaws], filled: tags.filled }
}

/** Why not, as far as its first bytes tell. */
async function notAZip(file: Buffer): Promise<FileFlaw> {
  const sniffed = await fileTypeFromBuffer(file).catch(() => undefined)
  const { fault } = await understandFile(
    {
      size: file.length,
      read: async (position, target) => file.copy(target, 0, position, position + target.length),
    },
    sniffed?.mime ?? null,
  )
  return fault === 'password' || fault === 'labelled' ? { kind: fault } : { kind: 'not-docx' }
}

async function tagsOf(file: Buffer, parts: ModelParts) {
  try {
    return await readTags(file, parts)
  } catch (error) {
    if (error instanceof RangeError) throw error
    const root = parts.get('_rels/.rels')?.toString() ?? ''
    return [STRICT.test(root) ? { kind: 'strict' as const } : { kind: 'damaged' as const, part: '' }]
  }
}
