/** The pieces recorded for a grappe, with their versions, files, reviews, exceptions and extensions. */
import { and, asc, eq, inArray, isNotNull, type SQL } from 'drizzle-orm'
import { esms, extensions, files, nonApplicables, pieces, reviews, versions } from '../../../schema/tables.ts'
import { type Extension, extensionsOf } from '../../domain/extension.ts'
import { groupBy } from '../../domain/group-by.ts'
import type { NonApplicable, Piece, Review, StoredFile, Version } from '../../domain/piece.ts'
import type { Database } from '../ports.ts'

/**
 * The pieces recorded for a grappe, each with its versions, oldest first, in six queries.
 *
 * @param within narrows every one of the queries, such as to what a member's link may see.
 */
export async function readPieces(db: Database, grappeId: string, within?: SQL): Promise<Piece[]> {
  return (await readPiecesOf(db, [grappeId], within)).get(grappeId) ?? []
}

/**
 * The same for several grappes, by their ids, in as many queries.
 *
 * @param wanted `damagedFiles`: no other files, where their loss alone counts.
 */
export async function readPiecesOf(
  db: Database,
  grappeIds: readonly string[],
  within?: SQL,
  wanted: { damagedFiles?: true } = {},
): Promise<Map<string, Piece[]>> {
  const where = and(inArray(pieces.grappeId, [...grappeIds]), within)
  const pieceRows = await db
    .select({ piece: pieces, ogOfEsms: esms.ogId })
    .from(pieces)
    .leftJoin(esms, eq(pieces.esmsId, esms.id))
    .where(where)
    .orderBy(asc(pieces.code), asc(pieces.id))
  const versionRows = await db
    .select({ version: versions })
    .from(versions)
    .innerJoin(pieces, eq(versions.pieceId, pieces.id))
    .where(where)
    .orderBy(asc(versions.number))
  const fileRows = await db
    .select({ file: files })
    .from(files)
    .innerJoin(versions, eq(files.versionId, versions.id))
    .innerJoin(pieces, eq(versions.pieceId, pieces.id))
    .where(and(where, wanted.damagedFiles && isNotNull(files.damagedAt)))
    .orderBy(asc(files.position))

  const reviewRows = await db
    .select({ review: reviews })
    .from(reviews)
    .innerJoin(versions, eq(reviews.versionId, versions.id))
    .innerJoin(pieces, eq(versions.pieceId, pieces.id))
    .where(where)
    .orderBy(asc(reviews.at), asc(reviews.id))
  const nonApplicableRows = await db
    .select({ asked: nonApplicables })
    .from(nonApplicables)
    .innerJoin(pieces, eq(nonApplicables.pieceId, pieces.id))
    .where(where)
    .orderBy(asc(nonApplicables.askedAt), asc(nonApplicables.id))

  const granted = await readExtensions(db, grappeIds)

  const lastReview = new Map(reviewRows.map(({ review }) => [review.versionId, reviewOfRow(review)]))
  const lastAsked = new Map(nonApplicableRows.map(({ asked }) => [asked.pieceId, nonApplicableOfRow(asked)]))
  const filesOf = groupBy(fileRows, ({ file }) => file.versionId)
  const versionsOf = groupBy(versionRows, ({ version }) => version.pieceId)
  const read = new Map<string, Piece[]>()
  for (const { piece, ogOfEsms } of pieceRows) {
    const ofGrappe = read.get(piece.grappeId) ?? []
    read.set(piece.grappeId, ofGrappe)
    ofGrappe.push({
      id: piece.id,
      code: piece.code,
      scope: piece.scope,
      ogId: piece.ogId,
      esmsId: piece.esmsId,
      ...partedVersions(
        (versionsOf.get(piece.id) ?? []).map(({ version }) => ({
          row: version,
          version: versionOfRow(version, {
            review: lastReview.get(version.id) ?? null,
            files: (filesOf.get(version.id) ?? []).map(({ file }) => fileOfRow(file)),
          }),
        })),
      ),
      nonApplicable: lastAsked.get(piece.id) ?? null,
      extensions: extensionsOf(granted.get(piece.grappeId) ?? [], {
        code: piece.code,
        ogId: piece.ogId ?? ogOfEsms,
        esmsId: piece.esmsId,
      }),
    })
  }
  return read
}

function versionOfRow(
  { id, number, depositedAt, depositedBy, decision, motive, decidedAt }: typeof versions.$inferSelect,
  held: Pick<Version, 'review' | 'files'>,
): Version {
  return {
    id,
    number,
    depositedAt: depositedAt.toISOString(),
    depositedBy,
    decision,
    motive,
    decidedAt: decidedAt?.toISOString() ?? null,
    ...held,
  }
}

/** What was taken out is set apart, so that no reader can take it for a deposit that counts. */
function partedVersions(
  all: ReadonlyArray<{ row: typeof versions.$inferSelect; version: Version }>,
): Pick<Piece, 'versions' | 'takenOut'> {
  return {
    versions: all.filter(({ row }) => row.takenOutAt === null).map(({ version }) => version),
    takenOut: all.flatMap(({ row: { takenOutAt, takenOutBy, movedToPieceId }, version }) =>
      takenOutAt === null
        ? []
        : [
            {
              ...version,
              takenOutAt: takenOutAt.toISOString(),
              takenOutBy: takenOutBy ?? '',
              movedToPieceId,
            },
          ],
    ),
  }
}

export function fileOfRow(row: typeof files.$inferSelect): StoredFile {
  const { id, name, sha256, crc32, size, mediaType, role, pageCount, width, height, scan, virus } = row
  const damaged = row.damagedAt && { damagedAt: row.damagedAt.toISOString() }
  const found = row.signature && { signature: row.signature }
  const facts = { pageCount, width, height, ...found }
  return { id, name, sha256, crc32, size, mediaType, role, ...facts, scan, virus, ...damaged }
}

function reviewOfRow({ decision, motive, deadlineOn, actor, at }: typeof reviews.$inferSelect): Review {
  return { decision, motive, deadlineOn, actor, at: at.toISOString() }
}

export function nonApplicableOfRow(row: typeof nonApplicables.$inferSelect): NonApplicable {
  const { id, reason, askedBy, decision, motive } = row
  return {
    id,
    reason,
    askedBy,
    askedAt: row.askedAt.toISOString(),
    decision,
    motive,
    decidedAt: row.decidedAt?.toISOString() ?? null,
  }
}

/** The later last days granted in each grappe, oldest first. */
async function readExtensions(
  db: Database,
  grappeIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Extension[]>> {
  const rows = await db
    .select()
    .from(extensions)
    .where(inArray(extensions.grappeId, [...grappeIds]))
    .orderBy(asc(extensions.grantedAt), asc(extensions.id))
  const granted = new Map<string, Extension[]>()
  for (const { grappeId, grantedAt, ...extension } of rows) {
    granted.set(grappeId, [
      ...(granted.get(grappeId) ?? []),
      { ...extension, grantedAt: grantedAt.toISOString() },
    ])
  }
  return granted
}
