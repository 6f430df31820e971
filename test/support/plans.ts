/** What the planner would do with a statement, were it kept from every way that an index can spare. */
import { type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../server/steps/ports.ts'

interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Index Cond'?: string
  Plans?: PlanNode[]
}

/**
 * The tables that a statement can only read from end to end: row after row, or by an index in which it looks
 * nothing up. Planned for any values, with the other joins off, so that neither the few rows of a test nor chance
 * decides. An index on some of the rows may be read whole: they are those that were looked for; and so may the first
 * rows of any.
 *
 * @param statement with `$1`, `$2`… in the place of values.
 */
export async function readWhole(db: Database, statement: string): Promise<string[]> {
  return await db.transaction(async tx => {
    await keepFrom(tx, ['seqscan', 'hashjoin', 'mergejoin'])
    const partial = await rowsOf<{ name: string }>(
      tx,
      sql`select indexrelid::regclass::text as name from pg_index where indpred is not null`,
    )
    const wholes = async () => wholesIn(await planOf(tx, statement), new Set(partial.map(({ name }) => name)))
    const found = await wholes()
    // Two indexes together cost more than one from end to end, of a few rows: what they can spare is spared.
    await keepFrom(tx, ['indexscan', 'indexonlyscan'])
    const byBitmaps = await wholes()
    return found.filter(table => byBitmaps.includes(table))
  })
}

/**
 * Whether no index gives the rows of a statement in its order: all of them are then read and sorted, however few of
 * them are wanted.
 */
export async function sortsAll(db: Database, statement: string): Promise<boolean> {
  return await db.transaction(async tx => {
    await keepFrom(tx, ['seqscan', 'bitmapscan', 'hashjoin', 'mergejoin', 'sort', 'incremental_sort'])
    const isSorting = (node: PlanNode | undefined): boolean =>
      node !== undefined && (/Sort$/.test(node['Node Type']) || (node.Plans ?? []).some(isSorting))
    return isSorting(await planOf(tx, statement))
  })
}

/** The planner is kept from these ways wherever there is another one, until the end of the transaction. */
async function keepFrom(tx: Database, ways: readonly string[]): Promise<void> {
  for (const way of ways) await tx.execute(sql.raw(`set local enable_${way} = off`))
}

/** As for any values: prepared, and not explained with some, since what equals null is looked for nowhere. */
async function planOf(tx: Database, statement: string): Promise<PlanNode | undefined> {
  await tx.execute(sql.raw('set local plan_cache_mode = force_generic_plan'))
  const highest = Math.max(0, ...[...statement.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)))
  const values = highest === 0 ? '' : `(${Array.from({ length: highest }, () => 'null').join()})`
  // Its plan is kept with it, and so it goes each time.
  await tx.execute(sql.raw(`prepare asked as ${statement}`))
  const [explained] = await rowsOf<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
    tx,
    sql.raw(`explain (format json) execute asked${values}`),
  )
  await tx.execute(sql.raw('deallocate asked'))
  return explained?.['QUERY PLAN'][0]?.Plan
}

/** Foreign keys whose rows are not found by an index: deleting what they point at reads the whole table. */
export async function keysWithoutIndex(db: Database): Promise<string[]> {
  const rows = await rowsOf<{ key: string }>(
    db,
    sql`select key.conrelid::regclass || '.' || (
        select attname from pg_attribute where attrelid = key.conrelid and attnum = key.conkey[1]) as key
      from pg_constraint key where key.contype = 'f' and not exists (
        select 1 from pg_index where indrelid = key.conrelid and indkey[0] = key.conkey[1] and indpred is null)`,
  )
  return rows.map(({ key }) => key)
}

/** @param isFirst whether no more is read than the first rows in the order of an index. */
function wholesIn(node: PlanNode | undefined, partial: ReadonlySet<string>, isFirst = false): string[] {
  if (node === undefined) return []
  const { 'Node Type': type, 'Index Name': index = '', 'Index Cond': condition, Plans: plans = [] } = node
  const isIndex = /Index (Only )?Scan$/.test(type)
  const isLookedUp = isIndex && (condition !== undefined || partial.has(index) || isFirst)
  const isWhole = (type === 'Seq Scan' || isIndex) && !isLookedUp
  const [outer, ...others] = plans
  const staysFirst = type === 'Limit' || (isFirst && type === 'Nested Loop')
  return [
    ...(isWhole ? [node['Relation Name'] ?? index] : []),
    ...wholesIn(outer, partial, staysFirst),
    ...others.flatMap(each => wholesIn(each, partial)),
  ]
}

async function rowsOf<Row>(db: Database, text: SQL): Promise<Row[]> {
  return ((await db.execute(text)) as unknown as { rows: Row[] }).rows
}
