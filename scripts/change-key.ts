/** Passes a server that is stopped to another secret key, and says what ends by it. */
import type { Writable } from 'node:stream'
import { FolderInUseError } from '../server/adapters/data-folder/folder-lock.ts'
import type { OpenDatabase } from '../server/adapters/database.ts'
import { type Config, ConfigError } from '../server/config.ts'
import { changeKey, type OpenInstallation, openInstallation } from '../server/installation.ts'
import { countRenewals, type KeyReach, readKeyReach } from '../server/steps/access/rotate-key.ts'

export interface Terminal {
  out: Writable
  err: Writable
}

/**
 * @param isSure false: says what would end, and changes nothing.
 * @param database already open, brought by a test.
 * @returns the exit code.
 */
export async function changeKeyOf(
  config: Config,
  isSure: boolean,
  terminal: Terminal,
  database?: OpenDatabase,
): Promise<0 | 1> {
  try {
    const installation = await openInstallation(config, database)
    try {
      return await change(installation, config, isSure, line => terminal.out.write(`${line}\n`))
    } finally {
      await installation.close()
    }
  } catch (error) {
    if (!(error instanceof FolderInUseError) && !(error instanceof ConfigError)) throw error
    terminal.err.write(`${error.message}\n`)
    return 1
  }
}

async function change(
  installation: OpenInstallation,
  config: Config,
  isSure: boolean,
  say: (line: string) => void,
): Promise<0 | 1> {
  const { db } = installation.database
  const now = () => new Date()
  const waiting = await countRenewals(db)
  if (waiting > 0) say(`Déjà révoqués et à remplacer : ${waiting}. Le serveur le fait dès qu’il tourne.`)
  if (!isSure) {
    say(`Prendraient fin : ${reachWords(await readKeyReach({ db, now }))}.`)
    say('Rien n’a été changé. Arrêtez tous les serveurs de cette base, puis ajoutez --oui.')
    return 0
  }
  const reach = await changeKey(installation, config, now)
  if (reach === null) {
    say('SECRET_KEY est la clé actuelle de cette base : rien n’a été changé. Mettez-en une nouvelle dans')
    say('les réglages de chaque serveur (openssl rand -base64 32), puis relancez cette commande.')
    return waiting > 0 ? 0 : 1
  }
  say(`La clé est changée. Ont pris fin : ${reachWords(reach)}.`)
  say('Gardez la nouvelle clé à part des sauvegardes. Au démarrage, le serveur écrit les nouveaux liens')
  say('à ceux dont il a l’adresse, et à chaque porteur ce qu’il doit remettre lui-même.')
  return 0
}

function reachWords({ sessions, tokens, links, calendars }: KeyReach): string {
  const people = `liens de membres et de l’ARS : ${links}, agendas : ${calendars}`
  return `sessions : ${sessions}, jetons : ${tokens}, ${people}`
}
