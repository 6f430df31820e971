/**
 * `npm run call -- check FILE` says whether a call file can be used, and what to mend.
 * `npm run call -- new FILE --from corse-2023` starts one from a call that is shipped.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { parseCallText, readCallFile, readCallFiles } from '../server/adapters/call-files.ts'

const CALLS = join(dirname(fileURLToPath(import.meta.url)), '../templates/calls')

const USAGE = `Usage :
  npm run call -- check FICHIER.yaml
  npm run call -- new FICHIER.yaml --from corse-2023`

/** French lines to print; `failed` sets the exit code to 1. */
interface Outcome {
  failed: boolean
  lines: readonly string[]
}

const fail = (...lines: string[]): Outcome => ({ failed: true, lines })

async function check(path: string): Promise<Outcome> {
  const result = await readCallFile(path).catch(() => null)
  if (result === null)
    return fail(`${path} : ce fichier ne peut pas être lu, vérifiez son nom et ses droits.`)
  if (!result.ok) return fail(...result.problems, `${path} : à corriger (${result.problems.length}).`)
  const { title, rules, pieces } = result.call
  return {
    failed: false,
    lines: [
      `${path} : valide. ${title}, ${rules.length} règles, ${pieces.length} pièces.`,
      ...result.unknownKeys.map(
        key =>
          `${path}, ${key} : cette version ne connaît pas ce champ. Il est gardé, et ne sert à rien ici.`,
      ),
    ],
  }
}

async function start(path: string, from: string): Promise<Outcome> {
  const { calls } = await readCallFiles(CALLS)
  const codes = calls.map(call => call.code)
  if (!codes.includes(from)) return fail(`${from} : choisissez un appel parmi : ${codes.join(', ')}.`)
  const code = basename(path, extname(path))
  const shipped = await readFile(join(CALLS, `${from}.yaml`), 'utf8')
  const text = shipped.replace(/^code: .*$/m, `code: ${code}`)
  const result = parseCallText(text, basename(path))
  if (!result.ok)
    return fail(...result.problems, 'Choisissez un nom de fichier en minuscules, chiffres et tirets.')
  try {
    // A person's own call is never overwritten.
    await writeFile(path, text, { flag: 'wx' })
  } catch (cause) {
    const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'
    return fail(
      exists
        ? `${path} : ce fichier existe déjà, choisissez un autre nom.`
        : `${path} : ce fichier ne peut pas être écrit, vérifiez son dossier et ses droits.`,
    )
  }
  return {
    failed: false,
    lines: [
      `${path} : créé à partir de ${from}.`,
      'Changez le titre, les dates, les règles et les pièces selon le texte de votre appel, puis vérifiez :',
      `  npm run call -- check ${path}`,
    ],
  }
}

function run(): Promise<Outcome> | Outcome {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    strict: false,
    options: { from: { type: 'string', default: 'corse-2023' } },
  })
  const [command, path, ...rest] = positionals
  if (path === undefined || rest.length > 0 || typeof values.from !== 'string') return fail(USAGE)
  if (!/\.yaml$/.test(path)) return fail(`${path} : donnez un fichier dont le nom finit par .yaml.`)
  if (command === 'check') return check(path)
  return command === 'new' ? start(path, values.from) : fail(USAGE)
}

const { failed, lines } = await run()
for (const line of lines) (failed ? console.error : console.log)(line)
process.exitCode = failed ? 1 : 0
