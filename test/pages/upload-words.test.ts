import { describe, expect, it } from 'vitest'
import type { Format } from '../../server/domain/call.ts'
import { BYTES_PER_MB, MEDIA_TYPES, photoBecomes, refuseFile } from '../../server/domain/file-acceptance.ts'
import { FILE_KINDS } from '../../server/domain/file-kinds.ts'

type RefuseChosenFile = (
  accepts: { formats: readonly string[]; maxFileMb: number; severalFiles: boolean },
  file: { name: string; size: number },
  position: number,
) => string | null

/** A browser's script, outside this TypeScript project. */
const script: string = '../../templates/assets/upload-rules.js'
const { refuseChosenFile, KINDS } = (await import(script)) as {
  refuseChosenFile: RefuseChosenFile
  KINDS: ReadonlyArray<readonly [string, string | null]>
}

interface Photos {
  becomesPage(formats: readonly string[], name: string): boolean
  isConverted(formats: readonly string[], name: string): boolean
  documentsBefore(formats: readonly string[], before: readonly string[], name: string): number
  moved<Item>(items: readonly Item[], item: Item, step: -1 | 1): Item[]
}
const photosScript: string = '../../templates/assets/photos.js'
const { becomesPage, documentsBefore, isConverted, moved } = (await import(photosScript)) as Photos

const typeOf = (name: string) =>
  /(heic|webp)$/i.test(name)
    ? `image/${/heic$/i.test(name) ? 'heic' : 'webp'}`
    : /tif$/.test(name)
      ? 'image/tiff'
      : MEDIA_TYPES[/pdf$/.test(name) ? 'pdf' : /png$/.test(name) ? 'png' : 'jpg']

const piece = { formats: ['pdf', 'docx', 'jpg'] as const, maxFileMb: 2, severalFiles: false }
const serverSays = (file: { name: string; size: number; format: Format | null }, position = 0) =>
  refuseFile(
    piece,
    {
      name: file.name,
      size: file.size,
      mediaType: file.format === null ? null : MEDIA_TYPES[file.format],
      truncated: false,
    },
    position,
  )?.reason ?? null

describe('Before sending, a person reads what the server would say', () => {
  it.each([
    ['an empty file', { name: 'bail.pdf', size: 0, format: 'pdf' }, 0],
    ['a file that is too large', { name: 'bail.pdf', size: 2 * BYTES_PER_MB + 1, format: 'pdf' }, 0],
    ['a spreadsheet where a letter is awaited', { name: 'comptes.XLSX', size: 9, format: 'xlsx' }, 0],
    ['a second document where one is awaited', { name: 'page 2.docx', size: 9, format: 'docx' }, 1],
  ] as const)('about %s', (_, file, position) => {
    const said = refuseChosenFile(piece, file, position)
    expect(said).not.toBeNull()
    expect(said).toBe(serverSays(file, position))
  })

  it('names every format as the server does', () => {
    const formats = Object.keys(MEDIA_TYPES) as Format[]
    for (const format of formats) {
      const accepts = { formats: [format], maxFileMb: 2, severalFiles: false }
      const file = { name: 'liste.csv', size: 9 }
      expect(refuseChosenFile(accepts, file, 0)).toBe(
        refuseFile(accepts, { ...file, mediaType: null, truncated: false }, 0)?.reason,
      )
    }
  })

  it('about files that no piece takes, by kind', () => {
    for (const { extensions, words } of FILE_KINDS) {
      for (const extension of extensions) {
        const [, said] = KINDS.find(([names]) => names.split(' ').includes(extension)) ?? []
        expect([extension, said]).toEqual([extension, words])
      }
    }
    const mail = { name: 'Fwd RIB.eml', size: 9 }
    const byServer = refuseFile(piece, { ...mail, mediaType: 'message/rfc822', truncated: false }, 0)?.reason
    expect(refuseChosenFile(piece, mail, 0)).toBe(byServer)
    expect(byServer).toContain('c’est un courriel')
  })

  it('about photos: they are pages of one PDF, wherever a PDF is taken', async () => {
    const names = [
      'page 1.jpg',
      'page 2.HEIC',
      'page 3.png',
      'bail.pdf',
      'page 4.jpeg',
      'fax.tif',
      'recu.webp',
    ]
    for (const formats of [['pdf'], ['jpg'], ['pdf', 'jpg', 'png'], ['docx']] as Format[][]) {
      for (const name of names) {
        const mediaType = typeOf(name)
        expect([formats, name, becomesPage(formats, name)]).toEqual([
          formats,
          name,
          photoBecomes({ formats }, mediaType) === 'pdf',
        ])
        expect(isConverted(formats, name)).toBe(photoBecomes({ formats }, mediaType) !== null)
      }
    }
    const ranks = names.map((name, i) => documentsBefore(['pdf'], names.slice(0, i), name))
    expect(ranks).toEqual([0, 0, 0, 1, 1, 1, 1])
  })

  it('moves a page among the others, and leaves it at the ends', () => {
    expect(moved(['a', 'b', 'c'], 'c', -1)).toEqual(['a', 'c', 'b'])
    expect(moved(['a', 'b', 'c'], 'a', 1)).toEqual(['b', 'a', 'c'])
    expect(moved(['a', 'b', 'c'], 'a', -1)).toEqual(['a', 'b', 'c'])
    expect(moved(['a', 'b', 'c'], 'c', 1)).toEqual(['a', 'b', 'c'])
  })

  it.each(['bail.pdf', 'BAIL.PDF', 'bail', 'bail.final', 'photo.jpeg', 'photo.jfif'])(
    'and leaves « %s », which may be good, to the server',
    name => {
      expect(refuseChosenFile(piece, { name, size: 2 * BYTES_PER_MB }, 0)).toBeNull()
    },
  )
})
