import { describe, expect, it } from 'vitest'
import type { Format } from '../../server/domain/call.ts'
import { BYTES_PER_MB, MEDIA_TYPES, refuseFile } from '../../server/domain/file-acceptance.ts'

type RefuseChosenFile = (
  accepts: { formats: readonly string[]; maxFileMb: number; severalFiles: boolean },
  file: { name: string; size: number },
  position: number,
) => string | null

/** A browser's script, outside this TypeScript project. */
const script: string = '../../templates/assets/upload.js'
const { refuseChosenFile } = (await import(script)) as { refuseChosenFile: RefuseChosenFile }

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
    ['a phone photo in a format that no one opens', { name: 'scan.heic', size: 9, format: null }, 0],
    ['a second file where one is awaited', { name: 'page 2.jpeg', size: 9, format: 'jpg' }, 1],
  ] as const)('about %s', (_, file, position) => {
    const said = refuseChosenFile(piece, file, position)
    expect(said).not.toBeNull()
    expect(said).toBe(serverSays(file, position))
  })

  it('names every format as the server does', () => {
    const formats = Object.keys(MEDIA_TYPES) as Format[]
    for (const format of formats) {
      const accepts = { formats: [format], maxFileMb: 2, severalFiles: false }
      const file = { name: 'photo.heic', size: 9 }
      expect(refuseChosenFile(accepts, file, 0)).toBe(
        refuseFile(accepts, { ...file, mediaType: null, truncated: false }, 0)?.reason,
      )
    }
  })

  it.each(['bail.pdf', 'BAIL.PDF', 'bail', 'bail.final', 'photo.jpeg', 'photo.jfif'])(
    'and leaves « %s », which may be good, to the server',
    name => {
      expect(refuseChosenFile(piece, { name, size: 2 * BYTES_PER_MB }, 0)).toBeNull()
    },
  )
})
