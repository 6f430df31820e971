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

  const lastReview = new Map(reviewRows.map(({ review }) => [review.versionId, review]))
  const lastAsked = new Map(nonApplicableRows.map(({ asked }) => [asked.pieceId, asked]))
  const filesOf = groupBy(fileRows, ({ file }) => file.versionId)
  const versionsOf = groupBy(versionRows, ({ version }) => version.pieceId)
  const read = new Map<string, Piece[]>()
  for (const row of pieceRows) {
    const { id, grappeId } = row.piece
    const ofGrappe = read.get(grappeId) ?? []
    read.set(grappeId, ofGrappe)
    ofGrappe.push(
      pieceOfRows(row, {
        versions: (versionsOf.get(id) ?? []).map(({ version }) => ({
          version,
          files: (filesOf.get(version.id) ?? []).map(({ file }) => file),
          review: lastReview.get(version.id),
        })),
        nonApplicable: lastAsked.get(id),
        granted: granted.get(grappeId) ?? [],
      }),
    )
  }
  return read
}

/** A version with what hangs on it, each as stored. */
interface VersionRows {
  version: typeof versions.$inferSelect
  /** By position. */
  files: ReadonlyArray<typeof files.$inferSelect>
  /** The last one. */
  review: typeof reviews.$inferSelect | undefined
}

/** What hangs on a piece, each as stored. */
interface PieceRows {
  /** Oldest first. */
  versions: readonly VersionRows[]
  /** The last request. */
  nonApplicable: typeof nonApplicables.$inferSelect | undefined
  /** In its grappe, oldest first. */
  granted: readonly Extension[]
}

export function pieceOfRows(
  { piece, ogOfEsms }: { piece: typeof pieces.$inferSelect; ogOfEsms: string | null },
  { versions: all, nonApplicable, granted }: PieceRows,
): Piece {
  const { id, code, scope, ogId, esmsId } = piece
  return {
    id,
    code,
    scope,
    ogId,
    esmsId,
    ...partedVersions(all),
    nonApplicable: nonApplicable === undefined ? null : nonApplicableOfRow(nonApplicable),
    extensions: extensionsOf(granted, { code, ogId: ogId ?? ogOfEsms, esmsId }),
  }
}

function versionOfRow({ version, files: held, review }: VersionRows): Version {
  const { id, number, depositedAt, depositedBy, decision, motive, decidedAt } = version
  return {
    id,
    number,
    depositedAt: depositedAt.toISOString(),
    depositedBy,
    decision,
    motive,
    decidedAt: decidedAt?.toISOString() ?? null,
    review: review === undefined ? null : reviewOfRow(review),
    files: held.map(fileOfRow),
  }
}

/** What was taken out is set apart, so that no reader can take it for a deposit that counts. */
function partedVersions(all: readonly VersionRows[]): Pick<Piece, 'versions' | 'takenOut'> {
  return {
    versions: all.filter(({ version }) => version.takenOutAt === null).map(versionOfRow),
    takenOut: all.flatMap(rows => {
      const { takenOutAt, takenOutBy, movedToPieceId } = rows.version
      if (takenOutAt === null) return []
      const taken = { takenOutAt: takenOutAt.toISOString(), takenOutBy: takenOutBy ?? '', movedToPieceId }
      return [{ ...versionOfRow(rows), ...taken }]
    }),
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
  for (const row of rows)
    granted.set(row.grappeId, [...(granted.get(row.grappeId) ?? []), extensionOfRow(row)])
  return granted
}

export function extensionOfRow(row: typeof extensions.$inferSelect): Extension {
  const { grappeId: _, grantedAt, ...extension } = row
  return { ...extension, grantedAt: grantedAt.toISOString() }
}
