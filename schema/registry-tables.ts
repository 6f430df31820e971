/** The FINESS registry as last imported: reference data, replaced whole, pointed at by no other table. */
import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
  customType,
  date,
  index,
  integer,
  pgTable,
  text,
  timestamp,
} from 'drizzle-orm/pg-core'
import type { RegistryFormat, RegistryStructure } from '../server/domain/registry.ts'

const tsvector = customType<{ data: string }>({ dataType: () => 'tsvector' })

/** Which data is loaded: one row, or none when no registry was imported. */
export const finessRegistry = pgTable(
  'finess_registry',
  {
    id: integer('id').primaryKey(),
    format: text('format').$type<RegistryFormat>().notNull(),
    /** What the file says of itself; null when it does not. */
    dataOn: date('data_on', { mode: 'string' }),
    importedAt: timestamp('imported_at', { withTimezone: true }).notNull(),
    establishments: integer('establishments').notNull(),
    legalEntities: integer('legal_entities').notNull(),
  },
  t => [check('finess_registry_is_one', sql`${t.id} = 1`)],
)

/** Establishments (ET) and legal entities (EJ) of the registry; see `RegistryStructure` for the units. */
export const finessStructures = pgTable(
  'finess_structures',
  {
    number: text('number').primaryKey(),
    kind: text('kind').$type<RegistryStructure['kind']>().notNull(),
    name: text('name'),
    longName: text('long_name'),
    ejNumber: text('ej_number'),
    categorie: text('categorie'),
    departement: text('departement'),
    acheminement: text('acheminement'),
    siret: text('siret'),
    open: boolean('open').notNull(),
    /**
     * Words of the names and of the town as `searchWords` spells them: found by prefix, with no extension.
     */
    words: tsvector('words').notNull(),
  },
  t => [index('finess_structures_ej').on(t.ejNumber), index('finess_structures_words').using('gin', t.words)],
)

/**
 * Every word of the registry with its trigrams, so that a misspelt word is found without the pg_trgm
 * extension.
 */
export const finessWords = pgTable(
  'finess_words',
  {
    word: text('word').primaryKey(),
    trigrams: text('trigrams').array().notNull(),
  },
  t => [index('finess_words_trigrams').using('gin', t.trigrams)],
)
