/**
 * `npm run access -- revoke --porteur ADDRESS`: ends everything that lets somebody in for one porteur.
 * `rotate-key`: passes the whole server to another secret key. Both say first what they would do; server
 * stopped on the embedded database, every server stopped to change the key.
 */

import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { OpenDatabase } from '../server/adapters/database.ts'
import { type Config, readConfig } from '../server/config.ts'
import { findPorteurAt, revokeEverything } from '../server/steps/collection/revoke-everything.ts'
import { mailTexts } from '../templates/mails/index.ts'
import { changeKeyOf, type Terminal } from './change-key.ts'
import { onDatabase } from './database-of.ts'

const USAGE = `Usage :
  npm run access -- revoke --porteur ADRESSE [--renvoyer]
      met fin à tout ce qui laisse entrer pour ce porteur ; --renvoyer : de nouveaux liens partent
  npm run access -- rotate-key [--oui]
      change la clé secrète, tous serveurs arrêtés : sessions, jetons et liens cessent, d’autres liens partent
`

type Asked =
  | { command: 'revoke'; email: string; renews: boolean }
  | { command: 'rotate-key'; isSure: boolean }

/**
 * @param database already open, brought by a test.
 * @returns the exit code.
 */
export async function runAccess(
  args: readonly string[],
  config: Config,
  terminal: Terminal,
  database?: Pick<OpenDatabase, 'db'>,
): Promise<0 | 1> {
  const asked = readArguments(args)
  if (asked === null) {
    terminal.err.write(USAGE)
    return 1
  }
  return asked.command === 'revoke'
    ? await onDatabase(config, terminal, database, found => revoke(found, config, asked, terminal))
    : await changeKeyOf(config, asked.isSure, terminal)
}

function readArguments(args: readonly string[]): Asked | null {
  try {
    const options = {
      porteur: { type: 'string' },
      renvoyer: { type: 'boolean', default: false },
      oui: { type: 'boolean', default: false },
    } as const
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [command, ...more] = positionals
    const email = values.porteur?.trim().toLowerCase()
    if (more.length > 0) return null
    if (command === 'revoke' && email !== undefined && !values.oui) {
      return { command, email, renews: values.renvoyer }
    }
    return command === 'rotate-key' && email === undefined && !values.renvoyer
      ? { command, isSure: values.oui }
      : null
  } catch {
    return null
  }
}

async function revoke(
  { db }: Pick<OpenDatabase, 'db'>,
  { publicUrl, host, port }: Pick<Config, 'publicUrl' | 'host' | 'port'>,
  { email, renews }: Extract<Asked, { command: 'revoke' }>,
  terminal: Terminal,
): Promise<0 | 1> {
  const porteurId = await findPorteurAt(db, email)
  if (porteurId === null) {
    terminal.err.write(`Aucun porteur ne reçoit ses messages à ${email} : rien n’a été révoqué.\n`)
    return 1
  }
  const now = () => new Date()
  const context = {
    db,
    now,
    newId: randomUUID,
    mailTexts,
    publicUrl: () => publicUrl ?? `http://${host}:${port}`,
  }
  const actor = { name: 'Administration du serveur', proof: 'command' } as const
  const revoked = await revokeEverything(context, porteurId, { actor, renews })
  if (!revoked.ok) throw new Error(revoked.refusal.code)
  const { sessions, tokens, signIns, links, calendars } = revoked.value
  terminal.out.write(
    `Révoqué pour ${email}. Sessions : ${sessions}, jetons : ${tokens}, liens de connexion et ` +
      `invitations : ${signIns}, liens de membres et de l’ARS : ${links}, agendas : ${calendars}.\n` +
      (renews
        ? 'Le serveur écrit de nouveaux liens aux membres et à l’ARS, dans la minute où il tourne.\n'
        : 'Le porteur se connecte de nouveau, puis invite ses membres et l’ARS depuis « Liens ».\n'),
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
