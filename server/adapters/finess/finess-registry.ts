/**
 * Reads a FINESS registry file as a stream, in bounded memory. The format is told by the bytes, never by the
 * name: the old CSV or FINESS+ in JSON, gzipped or not.
 */
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { RegistryItem } from '../../domain/registry.ts'
import { readFinessCsv } from './finess-csv.ts'
import { readFinessPlus } from './finess-json.ts'
import { UnreadableFile } from './finess-record.ts'

/** The real file inflates to 0.75 GB; far beyond that it is something else, made to exhaust a server. */
const MAX_INFLATED_BYTES = 4 * 2 ** 30
/** Larger than zlib's 16 kB: fewer turns of the event loop. */
const INFLATED_CHUNK_BYTES = 256 << 10
const HEAD_BYTES = 512

const DOWNLOAD_AGAIN =
  'Téléchargez à nouveau le registre : etalab-cs1100502 (.csv) ou finess-structures-mensuel (.json.gz).'

/**
 * What the file holds, in its order. A file that cannot be trusted ends with one `unreadable` item; what came
 * before must then be thrown away.
 *
 * @param source the file's bytes, such as `createReadStream` or an upload.
 * @throws the source's own errors: a disk that fails, an upload that is cut off.
 */
export async function* readFinessRegistry(source: AsyncIterable<Buffer>): AsyncGenerator<RegistryItem> {
  let establishments = 0
  try {
    for await (const item of formatReader(source)) {
      if (item.kind === 'structure' && item.structure.kind === 'ET') establishments += 1
      yield item
    }
    if (establishments === 0)
      throw new UnreadableFile(`Aucun établissement n’a pu être lu dans ce fichier. ${DOWNLOAD_AGAIN}`)
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error
    yield { kind: 'unreadable', reason: error.message }
  }
}

async function* formatReader(
  source: AsyncIterable<Buffer>,
  isInflated = false,
): AsyncGenerator<RegistryItem> {
  const chunks = source[Symbol.asyncIterator]()
  try {
    const head = await headOf(chunks)
    const bytes = resumed(head, chunks)
    const start = head
      .toString('latin1')
      .replace(/^\xEF\xBB\xBF/, '')
      .trimStart()
    if (!isInflated && start.startsWith('\x1F\x8B')) yield* formatReader(inflated(bytes), true)
    else if (/^"?finess"?;/i.test(start)) yield* readFinessCsv(bytes)
    else if (start.startsWith('{')) yield* readFinessPlus(bytes)
    else throw new UnreadableFile(`${unknownKind(start)} ${DOWNLOAD_AGAIN}`)
  } finally {
    await chunks.return?.()
  }
}

async function headOf(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0)
  while (head.length < HEAD_BYTES) {
    const next = await chunks.next()
    if (next.done === true) break
    head = Buffer.concat([head, next.value])
  }
  return head
}

async function* resumed(head: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield head
  yield* { [Symbol.asyncIterator]: () => chunks }
}

/** One sentence that names what the file seems to be. */
function unknownKind(start: string): string {
  if (start === '') return 'Le fichier est vide.'
  if (start.startsWith('\x1F\x8B')) return 'Ce fichier est compressé deux fois.'
  if (start.startsWith('<'))
    return 'Ce fichier est une page web, pas le registre : le téléchargement a échoué.'
  if (start.startsWith('%PDF')) return 'Ce fichier est un PDF, pas le registre.'
  if (start.startsWith('PK'))
    return 'Ce fichier est une archive ZIP ou un classeur Excel : donnez le fichier d’origine.'
  if (/^(?:\xFF\xFE|\xFE\xFF)/.test(start)) {
    return (
      'Ce fichier a été enregistré en « texte Unicode » (UTF-16) par un tableur : donnez ' +
      'le fichier d’origine.'
    )
  }
  if (start.startsWith('structureet;'))
    return 'La première ligne manque : elle commence par « finess;etalab; » et donne la date des données.'
  return 'Ce fichier n’est pas un registre FINESS : il ne commence ni par « finess; » ni par « { ».'
}

async function* inflated(compressed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: INFLATED_CHUNK_BYTES })
  // Errors of either side reach the loop below; the callback is only asked for by the signature.
  pipeline(Readable.from(compressed), gunzip, () => {})
  let inflatedBytes = 0
  try {
    for await (const chunk of gunzip) {
      inflatedBytes += chunk.length
      if (inflatedBytes > MAX_INFLATED_BYTES) {
        throw new UnreadableFile(
          `Ce fichier compressé dépasse 4 Go une fois ouvert : ce n’est pas le registre. ${DOWNLOAD_AGAIN}`,
        )
      }
      yield chunk
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))) throw error
    throw new UnreadableFile(
      error.message === 'unexpected end of file'
        ? 'Le fichier compressé est incomplet : le téléchargement a été interrompu. Téléchargez-le à nouveau.'
        : 'Le fichier compressé est abîmé. Téléchargez-le à nouveau.',
      { cause: error },
    )
  }
}
