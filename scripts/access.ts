/**
 * `npm run access -- revoke --porteur ADDRESS`: ends everything that lets somebody in for one porteur. On the
 * embedded database, server stopped.
 */
import { existsSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { OpenDatabase } from '../server/adapters/database.ts'
import { type Config, readConfig } from '../server/config.ts'
import { revokeEverything } from '../server/steps/collection/revoke-everything.ts'
import { onDatabase } from './database-of.ts'

const USAGE = `Usage :
  npm run access -- revoke --porteur ADRESSE  met fin à tout ce qui laisse entrer pour ce porteur
`

/**
 * @param database already open, brought by a test.
 * @returns the exit code.
 */
export async function runAccess(
  args: readonly string[],
  config: Config,
  terminal: { out: Writable; err: Writable },
  database?: Pick<OpenDatabase, 'db'>,
): Promise<0 | 1> {
  const email = readArguments(args)
  if (email === null) {
    terminal.err.write(USAGE)
    return 1
  }
  return await onDatabase(config, terminal, database, found => revoke(found, email, terminal))
}

function readArguments(args: readonly string[]): string | null {
  try {
    const options = { porteur: { type: 'string' } } as const
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    return positionals.length === 1 && positionals[0] === 'revoke' ? (values.porteur ?? null) : null
  } catch {
    return null
  }
}

async function revoke(
  { db }: Pick<OpenDatabase, 'db'>,
  email: string,
  terminal: { out: Writable; err: Writable },
): Promise<0 | 1> {
  const revoked = await revokeEverything({ db, now: () => new Date() }, email.trim().toLowerCase())
  if (!revoked.ok) {
    terminal.err.write(`Aucun porteur ne reçoit ses messages à ${email} : rien n’a été révoqué.\n`)
    return 1
  }
  const { sessions, tokens, links } = revoked.value
  terminal.out.write(
    `Révoqué pour ${email}. Sessions : ${sessions}, jetons : ${tokens}, liens : ${links}.\n` +
      'Le porteur se connecte de nouveau, puis invite ses membres et l’ARS depuis « Liens ».\n',
  )
  return 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (existsSync('.env')) process.loadEnvFile('.env')
  process.exitCode = await runAccess(process.argv.slice(2), readConfig(process.env), {
    out: process.stdout,
    err: process.stderr,
  })
}
