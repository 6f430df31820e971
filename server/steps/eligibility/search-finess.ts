/** Finds establishments of the registry by name and town, accents and case ignored, misspelling tolerated. */
import { eq, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { finessStructures, finessWords } from '../../../schema/registry-tables.ts'
import type { RegistryDate, RegistryStructure } from '../../domain/registry.ts'
import { searchWords, slipsBetween, trigrams } from '../../domain/search-words.ts'
import type { Database } from '../ports.ts'
import { readRegistryDate, structureColumns } from '../read/look-up-finess.ts'

const MAX_TEXT_LENGTH = 200
const MAX_WORDS = 10
/** Shorter words are too close to one another to be guessed. */
const MIN_GUESSED_LENGTH = 4
const MAX_GUESSES = 8
const CANDIDATES = 50

export interface FinessSearch {
  hits: readonly (RegistryStructure & { ejName: string | null })[]
  /** True when nothing matched as typed and words that look alike were searched instead. */
  approximate: boolean
  /** Which data answered; null without a registry, and then there are no hits. */
  registry: RegistryDate | null
}

/**
 * @param text words of the name and of the town, in any order, the last ones possibly unfinished; a postal
 * code works too.
 * @param kind establishments (ET) or legal entities (EJ), whose names only FINESS+ has.
 */
export async function searchFiness(
  db: Database,
  text: string,
  { kind = 'ET', limit = 20 }: { kind?: RegistryStructure['kind']; limit?: number } = {},
): Promise<FinessSearch> {
  const registry = await readRegistryDate(db)
  const words = searchWords(text.slice(0, MAX_TEXT_LENGTH))
    .filter(word => word.length > 1)
    .slice(0, MAX_WORDS)
  if (registry === null || words.length === 0) return { hits: [], approximate: false, registry }

  const hits = await matching(db, words.map(beginning), { words, kind, limit })
  if (hits.length > 0) return { hits, approximate: false, registry }
  const terms: string[] = []
  for (const word of words)
    terms.push(alternatives([beginning(word), ...(await wordsLike(db, word)).map(exactly)]))
  return { hits: await matching(db, terms, { words, kind, limit }), approximate: true, registry }
}

/**
 * Structures that have every term, whole words first, then open ones. Words hold letters and digits only, so
 * terms need no escape.
 */
async function matching(
  db: Database,
  terms: readonly string[],
  { words, kind, limit }: { words: readonly string[]; kind: RegistryStructure['kind']; limit: number },
) {
  const ej = alias(finessStructures, 'ej')
  const rows = await db
    .select({ structure: structureColumns, ejName: ej.name })
    .from(finessStructures)
    .leftJoin(ej, eq(ej.number, finessStructures.ejNumber))
    .where(
      sql`${finessStructures.words} @@ ${terms.join(' & ')}::tsquery and ${finessStructures.kind} = ${kind}`,
    )
    .orderBy(
      sql`${finessStructures.words} @@ ${words.map(exactly).join(' & ')}::tsquery desc`,
      sql`${finessStructures.open} desc`,
      finessStructures.name,
      finessStructures.number,
    )
    .limit(limit)
  return rows.map(({ structure, ejName }) => ({ ...structure, ejName }))
}

/** Words of the registry one or two slips away, nearest first. */
async function wordsLike(db: Database, word: string): Promise<string[]> {
  if (word.length < MIN_GUESSED_LENGTH) return []
  const maxSlips = word.length < 5 ? 1 : 2
  const wanted = sql`array(select json_array_elements_text(${JSON.stringify(trigrams(word))}::json))`
  const candidates = await db
    .select({ word: finessWords.word })
    .from(finessWords)
    .where(
      sql`${finessWords.trigrams} && ${wanted}
        and length(${finessWords.word}) between ${word.length - maxSlips} and ${word.length + maxSlips}`,
    )
    .orderBy(
      sql`(select count(*) from unnest(${finessWords.trigrams}) part where part = any(${wanted})) desc`,
    )
    .limit(CANDIDATES)
  return candidates
    .map(candidate => ({ word: candidate.word, slips: slipsBetween(word, candidate.word) }))
    .filter(({ slips }) => slips <= maxSlips)
    .sort((left, right) => left.slips - right.slips)
    .slice(0, MAX_GUESSES)
    .map(candidate => candidate.word)
}

/** The word, or one that begins with it when it is long enough not to match everything. */
function beginning(word: string): string {
  return word.length < 3 ? exactly(word) : `${exactly(word)}:*`
}

function exactly(word: string): string {
  return `'${word}'`
}

function alternatives(terms: readonly string[]): string {
  return `(${terms.join(' | ')})`
}
