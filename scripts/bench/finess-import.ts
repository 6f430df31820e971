/**
 * Imports a CSV and a FINESS+ file of national size and compares the time with reading (and decompressing)
 * the same file. Each measure runs in its own process, so that its peak memory is its own.
 *
 * `npm run bench:finess [-- --small]`; the small one only proves that the benchmark still works.
 */
import { spawnSync } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createGunzip } from 'node:zlib'
import { type OpenDatabase, openPglite, openPostgresql } from '../../server/adapters/database.ts'
import { readFinessRegistry } from '../../server/adapters/finess/finess-registry.ts'
import { importFinessRegistry } from '../../server/steps/eligibility/import-finess-registry.ts'
import { searchFiness } from '../../server/steps/eligibility/search-finess.ts'
import { lookUpFiness } from '../../server/steps/read/look-up-finess.ts'
import { type PostgresqlServer, startPostgresql } from '../../test/support/postgresql.ts'
import {
  FINESS_PLUS_ESTABLISHMENTS,
  finessCsv,
  finessPlusJson,
  NATIONAL_ESTABLISHMENTS,
  writeGenerated,
} from './generate-finess.ts'

const RUNS = 3

type Measure = 'bytes' | 'reader' | 'pglite' | 'postgresql'
interface Measured {
  seconds: number
  peakRssMib: number
  lookUpMs?: number
  searchMs?: number
  guessMs?: number
}

async function measure(what: Measure, path: string): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-finess-'))
  const server: PostgresqlServer | null = what === 'postgresql' ? await startPostgresql() : null
  const database =
    server !== null
      ? await openPostgresql(`${server.url}/postgres`)
      : what === 'pglite'
        ? await openPglite({ folder: join(folder, 'db') })
        : null
  const started = performance.now()
  const source = createReadStream(path, { highWaterMark: 256 << 10 })
  if (database !== null) {
    const result = await importFinessRegistry(
      { db: database.db, now: () => new Date() },
      readFinessRegistry(source),
    )
    if (!result.ok || result.report.refusedCount > 0)
      throw new Error(`The import went wrong: ${JSON.stringify(result)}`)
  } else if (what === 'reader') {
    for await (const item of readFinessRegistry(source))
      if (item.kind === 'unreadable') throw new Error(item.reason)
  } else {
    const bytes = path.endsWith('.gz') ? source.pipe(createGunzip({ chunkSize: 256 << 10 })) : source
    for await (const chunk of bytes) chunk.length
  }
  const seconds = (performance.now() - started) / 1000
  const peakRssMib = process.resourceUsage().maxRSS / 1024
  const queries = database === null ? {} : await measureQueries(database)
  await database?.close()
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
  return { seconds, peakRssMib, ...queries }
}

/** Medians of seven: 49 numbers at once, a name and a town as written, and both misspelt. */
async function measureQueries({ db }: OpenDatabase) {
  const { hits } = await searchFiness(db, 'saint', { limit: 49 })
  const [hit] = hits
  if (hit?.acheminement == null) throw new Error('Nothing to search')
  const text = `${hit.name} ${hit.acheminement.slice(6)}`
  const misspelt = text.replace(/(\p{L}{5,})$/u, word => `${word.slice(0, 3)}x${word.slice(3)}`)
  return {
    lookUpMs: await medianMs(() =>
      lookUpFiness(
        db,
        hits.map(({ number }) => number),
      ),
    ),
    searchMs: await medianMs(() => searchFiness(db, text)),
    guessMs: await medianMs(async () => {
      const found = await searchFiness(db, misspelt)
      if (!found.approximate || found.hits.length === 0) throw new Error(`Not guessed: ${misspelt}`)
    }),
  }
}

async function medianMs(act: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let run = 0; run < 7; run += 1) {
    const started = performance.now()
    await act()
    times.push(performance.now() - started)
  }
  return median(times)
}

function median(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[values.length >> 1] ?? Number.NaN
}

/** Runs one measure several times in processes of their own; medians, and the highest memory. */
function measureApart(what: Measure, path: string, runs: number): Measured {
  const results = Array.from({ length: runs }, (): Measured => {
    const child = spawnSync(
      process.execPath,
      [...process.execArgv, fileURLToPath(import.meta.url), '--measure', what, path],
      {
        encoding: 'utf8',
      },
    )
    if (child.status !== 0) throw new Error(`${what} ${path}: ${child.stderr}`)
    return JSON.parse(child.stdout.trim().split('\n').at(-1) ?? '')
  })
  const last = results.at(-1)
  if (last === undefined) throw new Error('No run')
  return {
    ...last,
    seconds: median(results.map(({ seconds }) => seconds)),
    peakRssMib: Math.max(...results.map(({ peakRssMib }) => peakRssMib)),
  }
}

async function main(small: boolean): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-finess-'))
  const scale = small ? 0.01 : 1
  const figures: Record<string, number> = {}
  const round = (value: number) => Number(value.toPrecision(3))
  try {
    const files = [
      { name: 'csv', path: join(folder, 'etalab.csv'), parts: finessCsv(NATIONAL_ESTABLISHMENTS * scale) },
      {
        name: 'finess_plus',
        path: join(folder, 'finess.json.gz'),
        parts: finessPlusJson(FINESS_PLUS_ESTABLISHMENTS * scale),
      },
    ]
    console.log('file         what          seconds   ratio   peak MiB   49 numbers   search   misspelt (ms)')
    for (const { name, path, parts } of files) {
      await writeGenerated(parts, path)
      console.log(`${name}: ${((await stat(path)).size / 1e6).toFixed(1)} MB`)
      let limit = Number.NaN
      for (const what of ['bytes', 'reader', 'pglite', 'postgresql'] as const) {
        const { seconds, peakRssMib, ...queries } = measureApart(what, path, small ? 1 : RUNS)
        if (what === 'bytes') limit = seconds
        const columns = [seconds.toFixed(2), (seconds / limit).toFixed(1), peakRssMib.toFixed(0)]
        const queryColumns = Object.values(queries).map(value => value.toFixed(1).padStart(10))
        console.log(
          name.padEnd(12),
          what.padEnd(12),
          ...columns.map(value => value.padStart(8)),
          ...queryColumns,
        )
        figures[`${name}_${what}_s`] = round(seconds)
        figures[`${name}_${what}_vs_bytes`] = round(seconds / limit)
        figures[`${name}_${what}_peak_rss_mib`] = round(peakRssMib)
        for (const [query, value] of Object.entries(queries))
          figures[`${name}_${what}_${query}`] = round(value)
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  console.log(JSON.stringify(figures))
}

const [option, what, path] = process.argv.slice(2)
if (option === '--measure' && path !== undefined)
  console.log(JSON.stringify(await measure(what as Measure, path)))
else await main(option === '--small')
