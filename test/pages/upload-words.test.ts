import { describe, expect, it } from 'vitest'
import type { Format } from '../../server/domain/call.ts'
import { BYTES_PER_MB, MEDIA_TYPES, refuseFile } from '../../server/domain/file-acceptance.ts'
import { MAX_FILES_PER_DEPOSIT } from '../../server/steps/deposit-uploads.ts'

type RefuseChosenFile = (
  accepts: { formats: readonly string[]; maxFileMb: number; severalFiles: boolean },
  file: { name: string; size: number },
  position: number,
) => string | null

/** A browser's script, outside this TypeScript project. */
const script: string = '../../templates/assets/upload-rules.js'
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
    ['an image that no one asks for', { name: 'scan.BMP', size: 9, format: null }, 0],
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
      const file = { name: 'photo.bmp', size: 9 }
      expect(refuseChosenFile(accepts, file, 0)).toBe(
        refuseFile(accepts, { ...file, mediaType: null, truncated: false }, 0)?.reason,
      )
    }
  })

  it.each(['bail.pdf', 'BAIL.PDF', 'bail', 'bail.final', 'photo.jpeg', 'photo.jfif', 'IMG_0042.HEIC'])(
    'and leaves « %s », which may be good, to the server',
    name => {
      expect(refuseChosenFile(piece, { name, size: 2 * BYTES_PER_MB }, 0)).toBeNull()
    },
  )

  it('refuses the photo of a phone only where neither photos nor PDF are taken', () => {
    const photo = { name: 'IMG_0042.heic', size: 9 }
    const takes = (formats: Format[]) =>
      refuseChosenFile({ formats, maxFileMb: 2, severalFiles: true }, photo, 0) === null
    expect([takes(['pdf']), takes(['jpg', 'docx']), takes(['docx', 'xlsx'])]).toEqual([true, true, false])
  })

  it('refuses a fifty-first file, as the server would refuse the deposit', () => {
    const several = { ...piece, severalFiles: true }
    const page = { name: 'page.pdf', size: 9 }
    expect(refuseChosenFile(several, page, MAX_FILES_PER_DEPOSIT - 1)).toBeNull()
    expect(refuseChosenFile(several, page, MAX_FILES_PER_DEPOSIT)).toContain(
      `${MAX_FILES_PER_DEPOSIT} fichiers au plus`,
    )
  })
})
