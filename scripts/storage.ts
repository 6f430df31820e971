/**
 * `npm run storage -- COMMAND`: the data folder and its database, the server being stopped. Says what it
 * found first, and changes nothing without `--oui`. Ends with 0 when what was asked is done, 1 otherwise.
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { blobsFolder } from '../server/adapters/data-folder/blobs-folder.ts'
import { watchDiskSpace } from '../server/adapters/data-folder/disk-space.ts'
import { FolderInUseError } from '../server/adapters/data-folder/folder-lock.ts'
import {
  deleteSetAside,
  findStrays,
  listSetAside,
  type SetAside,
  setAside,
} from '../server/adapters/data-folder/set-aside.ts'
import type { OpenDatabase } from '../server/adapters/database.ts'
import { type KeptStore, NotAStore } from '../server/adapters/kept-store.ts'
import { openUploadsFolder } from '../server/adapters/uploads/uploads-folder.ts'
import { type Config, ConfigError, readConfig } from '../server/config.ts'
import {
  adoptInstallation,
  checkInstallation,
  examine,
  nameOf,
  type OpenInstallation,
  openInstallation,
  storeOf,
  takeCensus,
} from '../server/installation.ts'
import { short } from '../server/start-refusals.ts'
import { StoreUnreachable } from '../server/steps/ports.ts'
import { existingVersions, referencedBlobs } from '../server/steps/read/referenced-files.ts'
import { copyStore } from './storage-copy.ts'
import { repairStore } from './storage-repair.ts'

const USAGE = `Usage, serveur arrêté :
  npm run storage -- adopt [--oui] [--cle-perdue]   attache ce dossier, cette base et cette clé l’un à l’autre
  npm run storage -- sweep [--oui]                  met de côté tout ce à quoi rien ne renvoie
  npm run storage -- list                           montre ce qui est mis de côté
  npm run storage -- restore [--oui]                remet ce à quoi une ligne de la base renvoie
  npm run storage -- copy DE VERS [--oui]           copie les fichiers (DE et VERS : dossier ou compartiment)
  npm run storage -- repair DE [--oui] [--tout]     remet les fichiers abîmés (--tout les relit tous d’abord)
                                                    DE : dossier d’une sauvegarde, dossier, compartiment
  npm run storage -- empty [--oui] [--before DATE]  supprime ce qui est mis de côté (avant AAAA-MM-JJ)
`

const OPTIONS = {
  oui: { type: 'boolean', default: false },
  tout: { type: 'boolean', default: false },
  'cle-perdue': { type: 'boolean', default: false },
  before: { type: 'string' },
} as const

interface Act {
  installation: OpenInstallation
  config: Config
  now: Date
  isConfirmed: boolean
  isKeyLost: boolean
  before: string | undefined
  /** Of a copy: where to. */
  target: KeptStore | null
  /** Of a repair: where from, as it was written. */
  repairFrom: string | null
  readsAll: boolean
  say: (line: string) => void
}

/** @returns whether what was asked is done. */
type Command = (act: Act) => Promise<boolean>

const COMMANDS: Readonly<Record<string, Command>> = { adopt, sweep, list, restore, empty, copy, repair }

/**
 * @param database already open, brought by a test.
 * @returns the exit code.
 */
export async function runStorage(
  args: readonly string[],
  config: Config,
  terminal: { out: Writable; err: Writable },
  database?: OpenDatabase,
): Promise<0 | 1> {
  const parsed = readArguments(args)
  if (parsed === null) {
    terminal.err.write(USAGE)
    return 1
  }
  const { name, command, values, copied, repairFrom } = parsed
  try {
    const { source, target } = copied === null ? { source: config, target: null } : endsOf(config, copied)
    const installation = await openInstallation(source, database)
    try {
      const now = new Date()
      if (name !== 'adopt') await checkInstallation(installation, config, () => now)
      const isDone = await command({
        installation,
        config,
        now,
        isConfirmed: values.oui,
        isKeyLost: values['cle-perdue'],
        before: values.before,
        target,
        repairFrom,
        readsAll: values.tout,
        say: line => terminal.out.write(`${line}\n`),
      })
      return isDone ? 0 : 1
    } finally {
      await installation.close()
    }
  } catch (error) {
    const isExplained = [FolderInUseError, ConfigError, NotAStore, StoreUnreachable].some(
      kind => error instanceof kind,
    )
    if (!isExplained) throw error
    terminal.err.write(`${(error as Error).message}\n`)
    return 1
  }
}

function readArguments(args: readonly string[]) {
  try {
    const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS })
    const [name = '', ...rest] = positionals
    const command = COMMANDS[name]
    const isDay = values.before === undefined || /^\d{4}-\d{2}-\d{2}$/.test(values.before)
    const copied = name === 'copy' ? PLACES.find(([from, to]) => from === rest[0] && to === rest[1]) : null
    const repairFrom = name === 'repair' && rest.length === 1 ? (rest[0] ?? null) : null
    const isWhole = copied !== null || (name === 'repair' ? repairFrom !== null : rest.length === 0)
    const isUnderstood = copied !== undefined && isWhole && isDay && (name === 'repair' || !values.tout)
    return command === undefined || !isUnderstood ? null : { name, command, values, copied, repairFrom }
  } catch {
    return null
  }
}

/** From where to where files may be copied. */
const PLACES = [
  ['dossier', 'compartiment'],
  ['compartiment', 'dossier'],
] as const

/** The server as it is set where the files are, and the store where they go. */
function endsOf(config: Config, [from]: (typeof PLACES)[number]): { source: Config; target: KeptStore } {
  if (config.storageUrl === undefined)
    throw new ConfigError('Donnez le compartiment dans STORAGE_URL (voir .env.example).')
  const folder = { ...config, storageUrl: undefined }
  const [source, other] = from === 'dossier' ? [folder, config] : [config, folder]
  return { source, target: storeOf(other, resolve(config.dataDir)) }
}

async function copy({ installation, target, isConfirmed, say }: Act): Promise<boolean> {
  return target !== null && (await copyStore(installation.store, target, isConfirmed, say))
}

async function repair({ installation, config, now, repairFrom, ...act }: Act): Promise<boolean> {
  const { database, store } = installation
  const from = placeOf(config, repairFrom ?? '')
  if (from.name === store.name) throw new ConfigError('Donnez un autre endroit que celui à réparer.')
  return await repairStore({ ...act, db: database.db, store, from, now: () => now })
}

/** Where bytes may be brought from: the other store of the settings, or a folder that holds `blobs`. */
function placeOf(config: Config, written: string): KeptStore {
  if (written === 'dossier') return blobsFolder(resolve(config.dataDir))
  if (written === 'compartiment') return endsOf(config, ['dossier', 'compartiment']).target
  const folder = resolve(written)
  if (!existsSync(join(folder, 'blobs')))
    throw new ConfigError(`${folder} ne contient aucun dossier « blobs » : donnez celui d’une sauvegarde.`)
  return blobsFolder(folder)
}

async function adopt({ installation, config, now, isConfirmed, isKeyLost, say }: Act): Promise<boolean> {
  const { store, row, key } = await examine(installation, () => now)
  const { referenced, present, held } = await takeCensus(installation)
  const isOwnKey =
    key.check !== null && (row === null || key.check === row.keyCheck) && key.opensLinks !== false
  say(`Dossier de données : ${installation.dataDir}, ${store === null ? 'sans identité' : pairOf(store)}`)
  say(`Base de données : ${nameOf(config)}, ${row === null ? 'sans identité' : pairOf(row)}`)
  const itsKey = key.check === null ? 'absente' : isOwnKey ? 'celle de la base' : 'pas celle de la base'
  say(`Clé secrète : ${itsKey}`)
  say(
    `Fichiers auxquels la base renvoie : ${referenced}, dont ${present} présents, ` +
      `${referenced - present} absents`,
  )
  say(`Fichiers auxquels rien ne renvoie : ${held - present}`)
  if (!isOwnKey && !isKeyLost) {
    say(
      'Rien n’a été changé : remettez la clé d’origine. Si elle est perdue pour de bon, ajoutez ' +
        '--cle-perdue :',
    )
    say('les liens déjà remis ouvriront encore, mais ne pourront plus être affichés ni envoyés de nouveau.')
    return false
  }
  if (!isConfirmed) return unconfirmed(say, 'Pour les attacher l’un à l’autre')
  await adoptInstallation(installation, () => now)
  say('C’est fait : ce dossier, cette base et cette clé vont désormais ensemble.')
  return true
}

async function sweep({ installation, now, isConfirmed, say }: Act): Promise<boolean> {
  const { dataDir, database } = installation
  const uploads = await openUploadsFolder(dataDir, {
    disk: watchDiskSpace(dataDir, 0),
    now: () => now,
    areDeposited: versionIds => existingVersions(database.db, versionIds),
  })
  await uploads.close()
  const strays = await findStrays(
    installation,
    { referencedBlobs: hashes => referencedBlobs(database.db, hashes), isUpload: uploads.isUnderWay },
    now,
  )
  for (const { folder, names, young, total } of strays) {
    say(`${folder} : ${names.length} sur ${total} à mettre de côté, ${young} de moins d’un jour laissés`)
    for (const name of names) say(`  ${name}`)
  }
  if (strays.every(({ names }) => names.length === 0)) return true
  if (!isConfirmed) return unconfirmed(say, 'Pour les mettre de côté')
  for (const found of strays) await setAside(installation, found, now)
  say('C’est fait : ils sont dans mis-de-cote.')
  return true
}

async function list({ installation, say }: Act): Promise<boolean> {
  const items = await listSetAside(installation)
  const wanted = await wantedOf(installation, items)
  for (const item of items) {
    const mark = wanted.has(item) ? ' (une ligne y renvoie)' : ''
    say(`${item.day} ${item.folder} ${item.name} ${item.bytes} o${mark}`)
  }
  say(`${items.length} mis de côté, dont ${wanted.size} auxquels une ligne de la base renvoie.`)
  return true
}

async function restore({ installation, isConfirmed, say }: Act): Promise<boolean> {
  const wanted = await wantedOf(installation, await listSetAside(installation))
  for (const { day, name } of wanted) say(`${day} ${name}`)
  say(`${wanted.size} à remettre.`)
  if (wanted.size === 0) return true
  if (!isConfirmed) return unconfirmed(say, 'Pour les remettre')
  for (const { day, name, bytes } of wanted) await installation.store.putBack({ day, sha256: name, bytes })
  say('C’est fait.')
  return true
}

async function empty({ installation, isConfirmed, before, say }: Act): Promise<boolean> {
  const items = await listSetAside(installation)
  const chosen = items.filter(({ day }) => before === undefined || day < before)
  const wanted = await wantedOf(installation, chosen)
  say(`${chosen.length} à supprimer pour de bon.`)
  if (wanted.size > 0) {
    say(
      `Rien n’a été changé : une ligne de la base renvoie à ${wanted.size} d’entre eux. ` +
        'Remettez-les d’abord :',
    )
    say('npm run storage -- restore --oui')
    return false
  }
  if (chosen.length === 0) return true
  if (!isConfirmed) return unconfirmed(say, 'Pour les supprimer')
  await deleteSetAside(installation, chosen)
  say('C’est fait.')
  return true
}

/** Those that a row refers to: infected files are set apart elsewhere, and never among them. */
async function wantedOf({ database }: OpenInstallation, items: readonly SetAside[]): Promise<Set<SetAside>> {
  const blobs = items.filter(({ folder }) => folder === 'blobs')
  const referenced = await referencedBlobs(
    database.db,
    blobs.map(({ name }) => name),
  )
  return new Set(blobs.filter(({ name }) => referenced.has(name)))
}

function unconfirmed(say: Act['say'], what: string): false {
  say(`Rien n’a été changé. ${what}, ajoutez --oui.`)
  return false
}

function pairOf({ storeId, databaseId }: { storeId: string; databaseId: string }): string {
  return `dépôt ${short(storeId)} avec base ${short(databaseId)}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (existsSync('.env')) process.loadEnvFile('.env')
  process.exitCode = await runStorage(process.argv.slice(2), readConfig(process.env), {
    out: process.stdout,
    err: process.stderr,
  })
}
