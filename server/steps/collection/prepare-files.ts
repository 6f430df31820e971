/**
 * What happens to a received file before it is recorded: it is judged by its bytes, and photos become
 * documents.
 */

import { Readable } from 'node:stream'
import { and, eq } from 'drizzle-orm'
import { files } from '../../../schema/tables.ts'
import type { PieceDefinition } from '../../domain/call.ts'
import {
  type FileRefusal,
  MEDIA_TYPES,
  photoBecomes,
  photosName,
  refuseFault,
  refuseFile,
  refuseInfected,
  renamed,
} from '../../domain/file-acceptance.ts'
import { type FileFacts, type FileFault, NO_FACTS } from '../../domain/file-facts.ts'
import type { StoredFile } from '../../domain/piece.ts'
import type { Context, DevelopedPhoto, PhotoFault, Photos, StagedBlob } from '../ports.ts'
import { proveWhole } from '../read/stored-bytes.ts'

/** A file that the piece takes. */
export interface TakenFile {
  /** Its rank among the files sent. */
  position: number
  /** Fit to be shown. */
  name: string
  blob: StagedBlob
  mediaType: string
  facts: FileFacts
  /** A JPEG without its end mark, of which every line was read all the same. */
  lacksItsEnd: boolean
}

/** A file that was not taken, and its rank among those sent. */
export type RefusedFile = FileRefusal & { position: number }

/**
 * A document of the new version, and the photos that it was made of: none when it is the file that was sent.
 */
export interface PreparedDocument {
  document: NewFile
  originals: readonly NewFile[]
}

export type NewFile = Pick<
  StoredFile,
  'name' | 'sha256' | 'crc32' | 'size' | 'mediaType' | 'pageCount' | 'width' | 'height' | 'signature'
>

/** @param takenBefore the files of the same deposit that were taken so far. */
export async function judgeFile(
  context: Context,
  definition: PieceDefinition,
  file: { position: number; name: string; blob: StagedBlob; isTruncated: boolean },
  takenBefore: readonly TakenFile[],
): Promise<{ taken: TakenFile } | { refused: RefusedFile }> {
  const { position, name, blob } = file
  const { mediaType, facts, ...understood } = await context.understandFile(blob.path)
  const lacksItsEnd = await isWholePicture(context, blob, mediaType, understood.fault)
  const fault = lacksItsEnd ? null : understood.fault
  const refusal =
    // Nothing is known of it, not even its type.
    (fault === 'too-heavy' || fault === 'busy' ? refuseFault({ name, mediaType }, fault) : null) ??
    refuseFile(
      definition,
      // A document with macros is told so rather than that its type is unknown; so is one cut before its
      // type.
      {
        name,
        size: blob.size,
        mediaType: typeBehindFault(definition, mediaType, fault),
        truncated: file.isTruncated,
      },
      documentsBefore(definition, mediaType, takenBefore),
    ) ??
    (fault === null ? null : refuseFault({ name, mediaType }, fault)) ??
    ((await isKnownInfected(context, blob.sha256)) ? refuseInfected(name) : null)
  if (refusal !== null) return { refused: { ...refusal, position } }
  const type = mediaType ?? 'application/octet-stream'
  return { taken: { position, name, blob, mediaType: type, facts, lacksItsEnd } }
}

/** A JPEG without its end mark is whole all the same when a decoder reads every line of it. */
async function isWholePicture(
  { photos }: Pick<Context, 'photos'>,
  blob: StagedBlob,
  mediaType: string | null,
  fault: FileFault | null,
): Promise<boolean> {
  if (fault !== 'truncated' || mediaType !== MEDIA_TYPES.jpg) return false
  return (await photos.develop(blob.path, mediaType, 'page')).ok
}

const OFFICE = ['docx', 'xlsx', 'odt', 'ods'] as const
const BARE_CONTAINERS = new Set([null, 'application/zip', 'application/x-cfb'])

/**
 * The type to hold against the piece's formats. Encrypted, cut and macro-carrying office documents do not say
 * that they are Word or Excel: where such a document is awaited, their fault is what the person must hear.
 */
function typeBehindFault(
  { formats }: PieceDefinition,
  mediaType: string | null,
  fault: string | null,
): string | null {
  const office = OFFICE.find(format => formats.includes(format))
  if (fault === 'labelled' && office !== undefined) return MEDIA_TYPES[office]
  const hidesItsType = BARE_CONTAINERS.has(mediaType) || /macroenabled/i.test(mediaType ?? '')
  return fault !== null && office !== undefined && hidesItsType ? MEDIA_TYPES[office] : mediaType
}

/** The photos of a deposit are one document, whatever their number: the first of them counts. */
function documentsBefore(
  definition: PieceDefinition,
  mediaType: string | null,
  takenBefore: readonly TakenFile[],
): number {
  const isPage = (type: string | null) => photoBecomes(definition, type) === 'pdf'
  const photos = takenBefore.filter(taken => isPage(taken.mediaType)).length
  const others = takenBefore.length - photos
  return others + (photos > 0 && !isPage(mediaType) ? 1 : 0)
}

async function isKnownInfected(context: Context, sha256: string): Promise<boolean> {
  const found = await context.db
    .select({ id: files.id })
    .from(files)
    .where(and(eq(files.sha256, sha256), eq(files.scan, 'infecte')))
    .limit(1)
  return found.length > 0
}

/**
 * Turns the photos of a deposit into one PDF, in the order in which they were sent and at the place of the
 * first; or each HEIC into a JPEG where no PDF is accepted.
 *
 * @param staged receives every file made here, so that the caller publishes or discards them with the others.
 */
export async function developPhotos(
  context: Context,
  definition: PieceDefinition,
  taken: readonly TakenFile[],
  staged: StagedBlob[],
): Promise<{ documents: PreparedDocument[]; refused: RefusedFile[] }> {
  const documents: PreparedDocument[] = []
  const refused: RefusedFile[] = []
  const refusePhoto = (photo: TakenFile, fault: PhotoFault) =>
    refused.push({ ...refuseFault(photo, fault), position: photo.position })
  let pagesAreMade = false
  for (const file of taken) {
    const becomes = photoBecomes(definition, file.mediaType)
    if (becomes === null) {
      documents.push({ document: newFile(file, file.blob, file.facts), originals: [] })
    } else if (becomes === 'jpg') {
      const developed = await context.photos.develop(file.blob.path, file.mediaType, 'full')
      if (!developed.ok) {
        refusePhoto(file, developed.fault)
        continue
      }
      const { photo } = developed
      const blob = await context.blobs.stage(Readable.from([photo.jpeg]))
      staged.push(blob)
      const document = newFile({ name: renamed(file.name, 'jpg'), mediaType: MEDIA_TYPES.jpg }, blob, {
        ...NO_FACTS,
        width: photo.width,
        height: photo.height,
      })
      documents.push({ document, originals: [newFile(file, file.blob, sizeBefore(photo))] })
    } else if (!pagesAreMade) {
      pagesAreMade = true
      const photos = taken.filter(each => photoBecomes(definition, each.mediaType) === 'pdf')
      const pagesOf = photos.map(photo => ({
        ...photo,
        pageCount: photo.facts.pageCount,
        withFile: <Result>(use: (path: string) => Promise<Result>) => use(photo.blob.path),
      }))
      const originals: NewFile[] = []
      const blob = await makePdf(context, pagesOf, (photo, page, developed) => {
        if (!developed.ok) refusePhoto(photo, developed.fault)
        else if (page === 0) {
          const { pageCount } = photo
          originals.push(newFile(photo, photo.blob, { ...sizeBefore(developed.photo), pageCount }))
        }
      })
      staged.push(blob)
      if (originals.length > 0) documents.push({ document: pdfOf(blob, originals), originals })
    }
  }
  return { documents, refused }
}

/** The PDF of photos kept as originals, in the order given. */
export async function remakePdf(
  context: Context,
  originals: readonly StoredFile[],
): Promise<{ document: NewFile; blob: StagedBlob }> {
  const photos = originals.map(original => ({
    mediaType: original.mediaType,
    pageCount: original.pageCount,
    async withFile<Result>(use: (path: string) => Promise<Result>) {
      await proveWhole(context.blobs, { ...original, path: original.name })
      return await context.blobs.withFile(original.sha256, use)
    },
  }))
  const blob = await makePdf(context, photos, (_photo, _page, developed) => {
    if (!developed.ok) {
      throw new Error(`A photo that was developed once could not be developed again: ${developed.fault}`)
    }
  })
  return { document: pdfOf(blob, originals), blob }
}

/** A photo that the store holds, or is about to. */
interface PhotoFile {
  mediaType: string
  pageCount: number | null
  withFile<Result>(use: (path: string) => Promise<Result>): Promise<Result>
}

/** One page in memory at a time: each is drawn as soon as it is decoded. A photo that fails gives no more. */
async function makePdf<Photo extends PhotoFile>(
  context: Context,
  photos: readonly Photo[],
  done: (photo: Photo, page: number, developed: Awaited<ReturnType<Photos['develop']>>) => void,
): Promise<StagedBlob> {
  async function* pages() {
    for (const photo of photos) {
      for (let page = 0; page < (photo.pageCount ?? 1); page++) {
        const developed = await photo.withFile(path =>
          context.photos.develop(path, photo.mediaType, 'page', page),
        )
        done(photo, page, developed)
        if (!developed.ok) break
        yield developed.photo
      }
    }
  }
  return await context.blobs.stage(context.photos.toPdf(pages()))
}

function pdfOf(blob: StagedBlob, originals: readonly Pick<StoredFile, 'name' | 'pageCount'>[]): NewFile {
  const pageCount = originals.reduce((sum, original) => sum + (original.pageCount ?? 1), 0)
  const name = photosName(
    originals.map(each => each.name),
    pageCount,
  )
  return newFile({ name, mediaType: MEDIA_TYPES.pdf }, blob, { ...NO_FACTS, pageCount })
}

const sizeBefore = (photo: DevelopedPhoto): FileFacts => ({
  ...NO_FACTS,
  width: photo.originalWidth,
  height: photo.originalHeight,
})

const newFile = (
  { name, mediaType }: Pick<StoredFile, 'name' | 'mediaType'>,
  { sha256, crc32, size }: StagedBlob,
  { pageCount, width, height, signature }: FileFacts,
): NewFile => ({
  name,
  mediaType,
  sha256,
  crc32,
  size,
  pageCount,
  width,
  height,
  ...(signature === null ? {} : { signature }),
})
