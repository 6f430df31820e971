/** What happens to a received file before it is recorded: it is judged by its bytes, and photos become documents. */

import { Readable } from 'node:stream'
import { and, eq } from 'drizzle-orm'
import { files } from '../../schema/tables.ts'
import type { PieceDefinition } from '../domain/call.ts'
import {
  type FileRefusal,
  MEDIA_TYPES,
  photoBecomes,
  photosName,
  refuseFault,
  refuseFile,
  refuseInfected,
  renamed,
} from '../domain/file-acceptance.ts'
import { type FileFacts, NO_FACTS } from '../domain/file-facts.ts'
import type { StoredFile } from '../domain/piece.ts'
import type { ByteSource, Context, DevelopedPhoto, StagedBlob } from './ports.ts'

/** A file that the piece takes. */
export interface TakenFile {
  /** Its rank among the files sent. */
  position: number
  /** Fit to be shown. */
  name: string
  blob: StagedBlob
  mediaType: string
  facts: FileFacts
}

/** A file that was not taken, and its rank among those sent. */
export type RefusedFile = FileRefusal & { position: number }

/** A document of the new version, and the photos that it was made of: none when it is the file that was sent. */
export interface PreparedDocument {
  document: NewFile
  originals: readonly NewFile[]
}

export type NewFile = Pick<
  StoredFile,
  'name' | 'sha256' | 'crc32' | 'size' | 'mediaType' | 'pageCount' | 'width' | 'height'
>

/** @param takenBefore the files of the same deposit that were taken so far. */
export async function judgeFile(
  context: Context,
  definition: PieceDefinition,
  file: { position: number; name: string; blob: StagedBlob; isTruncated: boolean },
  takenBefore: readonly TakenFile[],
): Promise<{ taken: TakenFile } | { refused: RefusedFile }> {
  const { position, name, blob } = file
  const { mediaType, facts, fault } = await context.understandFile(blob, blob.mediaType)
  const refusal =
    refuseFile(
      definition,
      // A document with macros is told so rather than that its type is unknown; so is one cut before its type.
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
  return { taken: { position, name, blob, mediaType: mediaType ?? 'application/octet-stream', facts } }
}

const OFFICE = ['docx', 'xlsx', 'odt', 'ods'] as const
const BARE_CONTAINERS = new Set([null, 'application/zip', 'application/x-cfb'])

/**
 * The type to hold against the piece's formats. Encrypted, cut and macro-carrying office documents do not say that they
 * are Word or Excel: where such a document is awaited, their fault is what the person must hear.
 */
function typeBehindFault(
  { formats }: PieceDefinition,
  mediaType: string | null,
  fault: string | null,
): string | null {
  const office = OFFICE.find(format => formats.includes(format))
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
 * Turns the photos of a deposit into one PDF, in the order in which they were sent and at the place of the first; or
 * each HEIC into a JPEG where no PDF is accepted.
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
  const refusePhoto = (photo: TakenFile) =>
    refused.push({ ...refuseFault(photo, 'undecodable'), position: photo.position })
  let pagesAreMade = false
  for (const file of taken) {
    const becomes = photoBecomes(definition, file.mediaType)
    if (becomes === null) {
      documents.push({ document: newFile(file, file.blob, file.facts), originals: [] })
    } else if (becomes === 'jpg') {
      const photo = await context.photos.develop(file.blob, file.mediaType, 'full')
      if (photo === null) {
        refusePhoto(file)
        continue
      }
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
      const originals: NewFile[] = []
      const blob = await makePdf(context, photos, (photo, developed) => {
        if (developed === null) refusePhoto(photo)
        else originals.push(newFile(photo, photo.blob, sizeBefore(developed)))
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
    blob: {
      size: original.size,
      read: (position: number, target: Uint8Array) => context.blobs.read(original.sha256, position, target),
    },
  }))
  const blob = await makePdf(context, photos, (_, developed) => {
    if (developed === null) throw new Error('A photo that was developed once could not be developed again')
  })
  return { document: pdfOf(blob, originals), blob }
}

/** One photo in memory at a time: each becomes a page as soon as it is decoded. */
async function makePdf<Photo extends { blob: ByteSource; mediaType: string }>(
  context: Context,
  photos: readonly Photo[],
  done: (photo: Photo, developed: DevelopedPhoto | null) => void,
): Promise<StagedBlob> {
  async function* pages() {
    for (const photo of photos) {
      const developed = await context.photos.develop(photo.blob, photo.mediaType, 'page')
      done(photo, developed)
      if (developed !== null) yield developed
    }
  }
  return await context.blobs.stage(context.photos.toPdf(pages()))
}

const pdfOf = (blob: StagedBlob, originals: readonly Pick<StoredFile, 'name'>[]): NewFile =>
  newFile({ name: photosName(originals.map(({ name }) => name)), mediaType: MEDIA_TYPES.pdf }, blob, {
    ...NO_FACTS,
    pageCount: originals.length,
  })

const sizeBefore = (photo: DevelopedPhoto): FileFacts => ({
  pageCount: null,
  width: photo.originalWidth,
  height: photo.originalHeight,
})

const newFile = (
  { name, mediaType }: Pick<StoredFile, 'name' | 'mediaType'>,
  { sha256, crc32, size }: StagedBlob,
  { pageCount, width, height }: FileFacts,
): NewFile => ({ name, mediaType, sha256, crc32, size, pageCount, width, height })
