/**
 * `npm run rgpd -- export --email ADRESSE --to FICHIER`: a copy of everything kept of one person, as JSON.
 * `erase --email ADRESSE` says what would go, what stays and why; with `--oui` it goes, in every grappe.
 */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { grappes } from '../schema/tables.ts'
import type { OpenDatabase } from '../server/adapters/database.ts'
import { type Config, readConfig } from '../server/config.ts'
import { erasePerson, previewPerson } from '../server/steps/erasure/erase-person.ts'
import { exportPerson } from '../server/steps/erasure/export-person.ts'
import type { Database } from '../server/steps/ports.ts'
import { onDatabase } from './database-of.ts'

const USAGE = `Usage :
  npm run rgpd -- export --email ADRESSE --to FICHIER  écrit tout ce qui est gardé d’une personne
  npm run rgpd -- erase --email ADRESSE                dit ce qui serait effacé, ce qui reste et pourquoi
  npm run rgpd -- erase --email ADRESSE --oui          l’efface, dans toutes les grappes de ce serveur
`

interface Asked {
  command: 'export' | 'erase'
  email: string
  to: string | undefined
  isSure: boolean
}

/**
 * @param database already open, brought by a test.
 * @returns the exit code.
 */
export async function runRgpd(
  args: readonly string[],
  config: Config,
  terminal: { out: Writable; err: Writable },
  given?: { database: Pick<OpenDatabase, 'db'>; now: () => Date },
): Promise<0 | 1> {
  const asked = readArguments(args)
  if (asked === null) {
    terminal.err.write(USAGE)
    return 1
  }
  const say = (line: string) => terminal.out.write(`${line}\n`)
  const now = given?.now ?? (() => new Date())
  return await onDatabase(config, terminal, given?.database, ({ db }) => act({ db, now }, asked, say))
}

function readArguments(args: readonly string[]): Asked | null {
  try {
    const options = {
      email: { type: 'string' },
      to: { type: 'string' },
      oui: { type: 'boolean', default: false },
    } as const
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [command, ...more] = positionals
    const email = values.email?.trim().toLowerCase() ?? ''
    if (more.length > 0 || !email.includes('@')) return null
    if (command === 'export' && values.to !== undefined && !values.oui) {
      return { command, email, to: values.to, isSure: false }
    }
    return command === 'erase' && values.to === undefined
      ? { command, email, to: undefined, isSure: values.oui }
      : null
  } catch {
    return null
  }
}

interface Reach {
  db: Database
  now: () => Date
}

async function act(reach: Reach, asked: Asked, say: (line: string) => void): Promise<0 | 1> {
  return asked.command === 'export'
    ? await writeExport(reach, asked.email, asked.to ?? '', say)
    : await erase(reach, asked, say)
}

async function writeExport(
  reach: Reach,
  email: string,
  to: string,
  say: (line: string) => void,
): Promise<0 | 1> {
  const text = `${JSON.stringify(await exportPerson(reach, email, null), null, 2)}\n`
  try {
    await writeFile(to, text, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    say(
      `« ${to} » existe déjà, ou ne peut pas être écrit : rien n’a été changé. (${(error as Error).message})`,
    )
    return 1
  }
  say(`${to} : tout ce qui est gardé de ${email}.`)
  return 0
}

async function erase(reach: Reach, { email, isSure }: Asked, say: (line: string) => void): Promise<0 | 1> {
  let found = 0
  let code: 0 | 1 = 0
  const all = await reach.db.select({ id: grappes.id, name: grappes.name }).from(grappes)
  for (const { id, name } of all) {
    const { goes, stays } = await previewPerson(reach.db, id, email)
    if (goes.length + stays.length === 0) continue
    found += 1
    say(name)
    for (const { what, count } of goes) say(`  ${isSure ? 'effacé' : 'à effacer'} : ${what}, ${count}`)
    for (const { what, count, why } of stays) say(`  reste : ${what}, ${count} (${why})`)
    if (!isSure || goes.length === 0) continue
    const erased = await erasePerson(reach, id, email, { name: 'Commande rgpd', proof: 'command' })
    if (erased.ok) continue
    say('  rien n’a été effacé : cette personne agit pour le porteur. Retirez-la d’abord de son équipe.')
    code = 1
  }
  if (found === 0) say(`Aucune grappe ne nomme ${email}.`)
  else if (!isSure) say('Rien n’a été effacé : ajoutez --oui pour le faire.')
  return code
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (existsSync('.env')) process.loadEnvFile('.env')
  process.exitCode = await runRgpd(process.argv.slice(2), readConfig(process.env), {
    out: process.stdout,
    err: process.stderr,
  })
}
