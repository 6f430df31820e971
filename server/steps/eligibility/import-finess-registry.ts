/** Replaces the FINESS registry by the content of a file, in one transaction: all of it, or nothing. */
import { sql } from 'drizzle-orm'
import { finessRegistry, finessStructures, finessWords } from '../../../schema/registry-tables.ts'
import type { RegistryDate, RegistryItem, RegistryStructure } from '../../domain/registry.ts'
import type { RefusedLine, RegistryReport } from '../../domain/registry-report.ts'
import { searchWords } from '../../domain/search-words.ts'
import type { Database } from '../ports.ts'

/** Rows per statement, sent as one JSON parameter: as fast as arrays, and no limit of 65,535 parameters. */
const BATCH_ROWS = 2000
const MAX_REFUSED_KEPT = 100
const MAX_RECORD_TYPES_KEPT = 20

export type RegistryImport =
  | { ok: true; report: RegistryReport }
  /** One French sentence that says what to do. The previous registry is untouched. */
  | { ok: false; reason: string }

/**
 * @param items what `readFinessRegistry` reads from the file.
 * @param onProgress called after each batch with the number of structures stored so far.
 * @throws what the source of the items or the database throws; the previous registry is then untouched.
 */
export async function importFinessRegistry(
  context: { db: Database; now: () => Date },
  items: AsyncIterable<RegistryItem>,
  onProgress: (structures: number) => void = () => {},
): Promise<RegistryImport> {
  try {
    const report = await context.db.transaction(tx => replaceRegistry(tx, items, context.now(), onProgress))
    // Space of the replaced rows becomes free for the next import: PGlite has no background vacuum.
    await context.db.execute(sql`vacuum analyze ${finessStructures}`)
    await context.db.execute(sql`vacuum analyze ${finessWords}`)
    return { ok: true, report }
  } catch (error) {
    if (error instanceof FileRefused) return { ok: false, reason: error.message }
    throw error
  }
}

/** Thrown to undo the transaction, caught above. */
class FileRefused extends Error {}

async function replaceRegistry(
  tx: Database,
  items: AsyncIterable<RegistryItem>,
  now: Date,
  onProgress: (structures: number) => void,
): Promise<RegistryReport> {
  // Two imports at once take turns; readers go on with the previous registry.
  await tx.execute(sql`lock table ${finessRegistry} in share row exclusive mode`)
  const [previous] = await tx.select().from(finessRegistry)
  await tx.delete(finessRegistry)
  await tx.delete(finessStructures)
  await tx.delete(finessWords)

  const date: RegistryDate = { format: 'csv', dataOn: null }
  const skipped = new Map<string, number>()
  const refused: RefusedLine[] = []
  let refusedCount = 0
  let encodings: readonly string[] = []
  const refuse = (line: number, reason: string) => {
    refusedCount += 1
    if (refused.length < MAX_REFUSED_KEPT) refused.push({ line, reason })
  }

  const seen = new Set<string>()
  let batch: RegistryStructure[] = []
  const flush = async () => {
    await storeStructures(tx, batch)
    batch = []
    onProgress(seen.size)
  }
  for await (const item of items) {
    switch (item.kind) {
      case 'structure': {
        const { number } = item.structure
        if (seen.has(number)) {
          refuse(item.line, `${number} : ce numéro est déjà présent plus haut dans le fichier.`)
          break
        }
        seen.add(number)
        batch.push(item.structure)
        if (batch.length === BATCH_ROWS) await flush()
        break
      }
      case 'refused':
        refuse(item.line, item.reason)
        break
      case 'skipped': {
        const isKept = skipped.has(item.recordType) || skipped.size < MAX_RECORD_TYPES_KEPT
        const recordType = isKept ? item.recordType : 'autres'
        skipped.set(recordType, (skipped.get(recordType) ?? 0) + 1)
        break
      }
      case 'format':
        date.format = item.format
        break
      case 'date':
        date.dataOn = item.dataOn
        break
      case 'encodings':
        encodings = item.encodings
        break
      case 'unreadable':
        throw new FileRefused(item.reason)
    }
  }
  await flush()
  await storeLegalEntitiesKnownByNumber(tx)
  await storeWords(tx)
  const counts = await countStructures(tx)
  await tx.insert(finessRegistry).values({
    id: 1,
    ...date,
    importedAt: now,
    establishments: counts.establishments,
    legalEntities: counts.legalEntities,
  })
  return { ...date, ...counts, encodings, skipped, refusedCount, refused, previous: previous ?? null }
}

async function storeStructures(tx: Database, structures: readonly RegistryStructure[]): Promise<void> {
  const rows = structures.map(structure => ({
    number: structure.number,
    kind: structure.kind,
    name: structure.name,
    long_name: structure.longName,
    ej_number: structure.ejNumber,
    categorie: structure.categorie,
    departement: structure.departement,
    acheminement: structure.acheminement,
    siret: structure.siret,
    open: structure.open,
    words: searchWords(`${structure.name} ${structure.longName ?? ''} ${structure.acheminement ?? ''}`).join(
      ' ',
    ),
  }))
  await tx.execute(
    sql`insert into ${finessStructures}
      select * from json_populate_recordset(null::${finessStructures}, ${JSON.stringify(rows)}::json)`,
  )
}

/** The old CSV lists establishments only: their legal entities are known by number. */
async function storeLegalEntitiesKnownByNumber(tx: Database): Promise<void> {
  await tx.execute(
    sql`insert into finess_structures (number, kind, open, words)
      select distinct ej_number, 'EJ', true, ''::tsvector from finess_structures where ej_number is not null
      on conflict do nothing`,
  )
}

/**
 * Words that a person may misspell: four letters at least, no digits. Same trigrams as `trigrams` of the
 * domain.
 */
async function storeWords(tx: Database): Promise<void> {
  await tx.execute(
    sql`insert into finess_words (word, trigrams)
      select word, array(
        select substr('  ' || word || ' ', start, 3) from generate_series(1, length(word) + 1) start)
      from ts_stat('select words from finess_structures') where word ~ '^[a-z]{4,60}$'`,
  )
}

async function countStructures(tx: Database) {
  const [counts] = await tx
    .select({
      establishments: sql<number>`count(*) filter (where ${finessStructures.kind} = 'ET')::int`,
      openEstablishments: sql<number>`count(*) filter (
        where ${finessStructures.kind} = 'ET' and ${finessStructures.open}
      )::int`,
      legalEntities: sql<number>`count(*) filter (where ${finessStructures.kind} = 'EJ')::int`,
    })
    .from(finessStructures)
  if (counts === undefined) throw new Error('A count without a row')
  return counts
}
