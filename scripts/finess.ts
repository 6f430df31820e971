/**
 * The FINESS registry from a terminal.
 *
 * `npm run finess -- import FILE` replaces the registry by a file's content; the server must be stopped.
 * `npm run finess -- check` reads numbers on standard input, one a line, and exits with 1 when any is
 * refused.
 */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { readFinessRegistry } from '../server/adapters/finess/finess-registry.ts'
import { normaliseFiness } from '../server/domain/finess.ts'
import { reportLines } from '../server/domain/registry-report.ts'
import { importFinessRegistry } from '../server/steps/eligibility/import-finess-registry.ts'
import type { Database } from '../server/steps/ports.ts'

const USAGE = `Usage :
  npm run finess -- import FICHIER   remplace le registre FINESS
                                    (etalab-cs1100502 .csv ou finess-structures .json.gz)
  npm run finess -- check            vérifie les numéros lus sur l’entrée standard, un par ligne
`

/**
 * Prints `NUMBER valide` or `NUMBER refusé : reason` for each line that is not blank. @returns the exit code.
 */
export async function checkNumbers(input: Readable, output: Writable): Promise<0 | 1> {
  let exitCode: 0 | 1 = 0
  async function* verdicts() {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const number = line.trim()
      if (number === '') continue
      const result = normaliseFiness(number)
      if (!result.ok) exitCode = 1
      yield result.ok ? `${number} valide\n` : `${number} refusé : ${result.reason}\n`
    }
  }
  try {
    await pipeline(Readable.from(verdicts()), output, { end: false })
  } catch (error) {
    // The reader left, such as `| head`: what it wanted was printed.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPIPE')) throw error
  }
  return exitCode
}

/** Imports a file, telling its progress and its result. @returns the exit code. */
export async function importFile(
  db: Database,
  path: string,
  terminal: { out: Writable; progress: Writable | null },
) {
  const { size } = await stat(path)
  const source = createReadStream(path, { highWaterMark: 256 << 10 })
  const result = await importFinessRegistry(
    { db, now: () => new Date() },
    readFinessRegistry(source),
    structures => {
      const percent = Math.floor((100 * source.bytesRead) / size)
      terminal.progress?.write(`\r${percent} % lus, ${french(structures)} structures`)
    },
  )
  terminal.progress?.write('\n')
  if (!result.ok) {
    terminal.out.write(`Import refusé : ${result.reason}\nLe registre précédent est inchangé.\n`)
    return 1
  }
  terminal.out.write(`${reportLines(result.report).join('\n')}\n`)
  return 0
}

function french(count: number): string {
  return count.toLocaleString('fr-FR')
}

async function main([command, path]: readonly string[]): Promise<number> {
  if (command === 'check') return await checkNumbers(process.stdin, process.stdout)
  if (command !== 'import' || path === undefined) {
    process.stderr.write(USAGE)
    return 1
  }
  if (!(await stat(path).catch(() => null))?.isFile()) {
    process.stderr.write(`Le fichier ${path} n’existe pas.\n`)
    return 1
  }
  // Loaded here only: `check` needs none of it.
  const [{ createContext }, { ConfigError, readConfig }, { FolderInUseError }] = await Promise.all([
    import('../server/context.ts'),
    import('../server/config.ts'),
    import('../server/adapters/data-folder/folder-lock.ts'),
  ])
  try {
    const context = await createContext(readConfig(process.env))
    try {
      const progress = process.stderr.isTTY ? process.stderr : null
      return await importFile(context.db, path, { out: process.stdout, progress })
    } finally {
      await context.close()
    }
  } catch (error) {
    if (!(error instanceof FolderInUseError || error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    if (error instanceof FolderInUseError) {
      process.stderr.write('Pour importer sans arrêter le serveur, utilisez sa page d’import du registre.\n')
    }
    return 1
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2))
