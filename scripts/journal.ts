/**
 * `npm run journal -- verify`: every line of every journal against the line before it, and against the
 * dossiers sealed since. `export --grappe ID --to FILE` writes one journal down with its proof;
 * `verify FILE` checks such a file with no server. Ends with 0 when all is as it was written, 1 otherwise.
 */
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import type { OpenDatabase } from '../server/adapters/database.ts'
import { type Config, readConfig } from '../server/config.ts'
import {
  brokenAt,
  type ChainReport,
  chainText,
  readChain,
  verifyJournals,
} from '../server/steps/read/journal-chain.ts'
import { onDatabase } from './database-of.ts'

const USAGE = `Usage :
  npm run journal -- verify                           vérifie les journaux, et ce que les sceaux en disent
  npm run journal -- export --grappe ID --to FICHIER  écrit le journal d’une grappe, une ligne JSON par acte
  npm run journal -- verify FICHIER                   vérifie un journal ainsi écrit, sans serveur
`

const chainLine = z.object({
  grappeId: z.string(),
  at: z.string(),
  kind: z.string(),
  salt: z.string(),
  content: z.string(),
  contentHash: z.string(),
  hash: z.string(),
  // Of before a line could lose what it says.
  isErased: z.boolean().default(false),
})

interface Asked {
  command: 'verify' | 'export'
  file: string | undefined
  grappe: string | undefined
}

/**
 * @param database already open, brought by a test.
 * @returns the exit code.
 */
export async function runJournal(
  args: readonly string[],
  config: Config,
  terminal: { out: Writable; err: Writable },
  database?: Pick<OpenDatabase, 'db'>,
): Promise<0 | 1> {
  const asked = readArguments(args)
  if (asked === null) {
    terminal.err.write(USAGE)
    return 1
  }
  const say = (line: string) => terminal.out.write(`${line}\n`)
  if (asked.command === 'verify' && asked.file !== undefined) return await verifyFile(asked.file, say)
  return await onDatabase(config, terminal, database, found => act(found, asked, say))
}

function readArguments(args: readonly string[]): Asked | null {
  try {
    const options = { grappe: { type: 'string' }, to: { type: 'string' } } as const
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [command, file, ...more] = positionals
    if (more.length > 0) return null
    if (command === 'verify' && values.grappe === undefined && values.to === undefined)
      return { command, file, grappe: undefined }
    return command === 'export' &&
      file === undefined &&
      z.uuid().safeParse(values.grappe).success &&
      values.to !== undefined
      ? { command, file: values.to, grappe: values.grappe }
      : null
  } catch {
    return null
  }
}

async function act(
  { db }: Pick<OpenDatabase, 'db'>,
  { command, file = '', grappe = '' }: Asked,
  say: (line: string) => void,
): Promise<0 | 1> {
  if (command === 'export') {
    const lines = await readChain(db, grappe)
    if (lines.length === 0) {
      say('Aucune ligne de journal pour cette grappe : rien n’a été écrit.')
      return 1
    }
    try {
      await writeFile(file, chainText(lines), { flag: 'wx', mode: 0o600 })
    } catch (error) {
      const { message } = error as Error
      say(`« ${file} » existe déjà, ou ne peut pas être écrit : rien n’a été changé. (${message})`)
      return 1
    }
    say(`${file}, lignes : ${lines.length}, jusqu’à ${lines.at(-1)?.hash}.`)
    return brokenAt(lines) === null ? 0 : 1
  }
  let isWhole = true
  for await (const report of verifyJournals(db)) {
    const faults = faultsOf(report)
    isWhole &&= faults.length === 0
    const { grappeId, grappeName, lines, confirmedBy, head } = report
    say(
      `${faults.length === 0 ? '✓' : '✗'} ${grappeName ?? 'Grappe effacée'} (${grappeId}) : ` +
        `lignes : ${lines}${erasedWords(report.erased)}, sceaux qui le confirment : ${confirmedBy}` +
        `${head === '' ? '' : `, jusqu’à ${head}`}`,
    )
    for (const fault of faults) say(`  ${fault}`)
  }
  return isWhole ? 0 : 1
}

/** A line whose content is gone still holds its place: nobody can have changed it since, nor put another. */
const erasedWords = (erased: number): string =>
  erased === 0 ? '' : `, dont ${erased} au contenu effacé (empreintes gardées)`

function faultsOf({ brokenAt, deniedBy }: ChainReport): string[] {
  return [
    ...(brokenAt === null
      ? []
      : [`La ligne ${brokenAt} n’est pas celle qui a été écrite, ou une ligne manque avant elle.`]),
    ...deniedBy.map(
      number =>
        `Le dossier scellé version ${number} témoigne d’un autre journal : des lignes ont changé, ` +
        'ou manquent.',
    ),
  ]
}

async function verifyFile(path: string, say: (line: string) => void): Promise<0 | 1> {
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) {
    say(`« ${path} » n’existe pas, ou ne peut pas être lu.`)
    return 1
  }
  const lines = text
    .split('\n')
    .filter(line => line !== '')
    .map(line => parseLine(line))
  const cut = lines.indexOf(null)
  const read = lines.filter(line => line !== null)
  const broken = brokenAt(cut < 0 ? read : read.slice(0, cut)) ?? (cut < 0 ? null : cut + 1)
  const last = read.at(-1)
  if (broken !== null || last === undefined) {
    say(
      `✗ ${path} : la ligne ${broken ?? 1} n’est pas celle qui a été écrite, ou une ligne manque avant elle.`,
    )
    return 1
  }
  const erased = erasedWords(read.filter(({ isErased }) => isErased).length)
  say(
    `✓ ${path} : lignes : ${read.length}${erased}, jusqu’à ${last.hash}. Comparez cette empreinte ` +
      'à la ligne « journal » du fichier 00_SCEAU.txt d’un dossier scellé.',
  )
  return 0
}

function parseLine(line: string): z.infer<typeof chainLine> | null {
  try {
    return chainLine.parse(JSON.parse(line))
  } catch {
    return null
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (existsSync('.env')) process.loadEnvFile('.env')
  process.exitCode = await runJournal(process.argv.slice(2), readConfig(process.env), {
    out: process.stdout,
    err: process.stderr,
  })
}
