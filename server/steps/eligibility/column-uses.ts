/** What a porteur said of the columns of a spreadsheet, kept for the next one with the same headers. */
import { createHash } from 'node:crypto'
import { and, eq } from 'drizzle-orm'
import { type ColumnUses, readColumnUses } from '../../../schema/contracts/member-import.ts'
import { columnMappings } from '../../../schema/tables.ts'
import type { PorteurScope } from '../access/porteur-scope.ts'
import type { Context } from '../ports.ts'

/** @param shape the headers, in order: see `sheetShape` */
const shapeKey = (shape: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(shape)).digest('hex')

/** @returns null when nothing was said of such a sheet. */
export async function recallColumnUses(
  { db }: Pick<Context, 'db'>,
  { porteur }: Pick<PorteurScope, 'porteur'>,
  shape: readonly string[],
): Promise<ColumnUses | null> {
  const [row] = await db
    .select({ mapping: columnMappings.mapping })
    .from(columnMappings)
    .where(and(eq(columnMappings.porteurId, porteur.id), eq(columnMappings.shape, shapeKey(shape))))
  return row === undefined ? null : readColumnUses(row.mapping)
}

export async function keepColumnUses(
  { db, now }: Pick<Context, 'db' | 'now'>,
  { porteur }: Pick<PorteurScope, 'porteur'>,
  shape: readonly string[],
  mapping: ColumnUses,
): Promise<void> {
  await db
    .insert(columnMappings)
    .values({ porteurId: porteur.id, shape: shapeKey(shape), mapping, createdAt: now() })
    .onConflictDoUpdate({
      target: [columnMappings.porteurId, columnMappings.shape],
      set: { mapping, createdAt: now() },
    })
}
