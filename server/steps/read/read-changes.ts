/** What the journal of a grappe says since one of its lines, with the pieces as they are then. */
import { sql } from 'drizzle-orm'
import { finessRegistry, journal } from '../../../schema/tables.ts'
import type { RecordedAct } from '../../domain/journal/entry.ts'
import type { Piece } from '../../domain/piece.ts'
import type { Database } from '../ports.ts'
import { preparedOnce } from '../prepared-once.ts'
import { extensionOfRow, pieceOfRows } from './read-pieces.ts'

export interface GrappeChanges {
  revision: number
  /** When the FINESS registry was imported; null without one. */
  registryAt: string | null
  /** Of the line after which these are told, as the chain has it; null when it is not there. */
  lineHash: string | null
  /** Oldest first, at most as many as asked for. */
  lines: ReadonlyArray<{ id: number; hash: string; kind: RecordedAct['kind']; pieceId: string | null }>
  /** Those that these lines name, whatever they say of them. */
  pieces: readonly Piece[]
}

const after = {
  grappe: sql.placeholder('grappe'),
  line: sql.placeholder('line'),
  most: sql.placeholder('most'),
}

/** One statement, so that all of it is of one instant without a transaction around it. */
const changesOf = preparedOnce(db =>
  db.query.grappes
    .findFirst({
      columns: { revision: true },
      extras: {
        registryAt: sql<string | null>`(select imported_at::text from ${finessRegistry})`.as('at'),
        lineHash: sql<string | null>`(
          select line.hash from ${journal} line
          where line.id = ${after.line} and line.grappe_id = ${after.grappe}
        )`.as('line_hash'),
      },
      where: ({ id }, { eq }) => eq(id, after.grappe),
      with: {
        journal: {
          columns: { id: true, hash: true, kind: true, pieceId: true },
          where: ({ id }, { gt }) => gt(id, after.line),
          orderBy: ({ id }, { asc }) => asc(id),
          limit: after.most,
        },
        pieces: {
          // drizzle would take a column of the journal for one of the pieces.
          where: ({ id }) => sql`${id} in (
            select line.piece_id from ${journal} line
            where line.grappe_id = ${after.grappe} and line.id > ${after.line}
            order by line.id limit ${after.most}
          )`,
          with: {
            esms: { columns: { ogId: true } },
            versions: {
              orderBy: ({ number }, { asc }) => asc(number),
              with: {
                files: { orderBy: ({ position }, { asc }) => asc(position) },
                reviews: { orderBy: ({ at, id }, { desc }) => [desc(at), desc(id)], limit: 1 },
              },
            },
            nonApplicables: { orderBy: ({ askedAt, id }, { desc }) => [desc(askedAt), desc(id)], limit: 1 },
          },
        },
        extensions: { orderBy: ({ grantedAt, id }, { asc }) => [asc(grantedAt), asc(id)] },
      },
    })
    .prepare('changes_of_grappe'),
)

/**
 * @param lastLine of the journal, after which the lines are told.
 * @param most lines to tell.
 * @returns null when there is no such grappe.
 */
export async function readChanges(
  db: Database,
  grappeId: string,
  { lastLine, most }: { lastLine: number; most: number },
): Promise<GrappeChanges | null> {
  const found = await changesOf(db).execute({ grappe: grappeId, line: lastLine, most })
  if (found === undefined) return null
  const { revision, registryAt, lineHash, journal: lines } = found
  const granted = found.extensions.map(extensionOfRow)
  const pieces = found.pieces.map(piece =>
    pieceOfRows(
      { piece, ogOfEsms: piece.esms?.ogId ?? null },
      {
        versions: piece.versions.map(version => ({
          version,
          files: version.files,
          review: version.reviews[0],
        })),
        nonApplicable: piece.nonApplicables[0],
        granted,
      },
    ),
  )
  return { revision, registryAt, lineHash, lines, pieces }
}
