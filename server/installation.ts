/**
 * The data folder, the database and the key, opened together and found to go together before anything is
 * touched.
 */
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { blobsBucket } from './adapters/bucket/blobs-bucket.ts'
import { blobsFolder } from './adapters/data-folder/blobs-folder.ts'
import { lockFolder } from './adapters/data-folder/folder-lock.ts'
import {
  type BeforeMigrating,
  migrationsFolder,
  type OpenDatabase,
  openPglite,
  openPostgresql,
} from './adapters/database.ts'
import { type FoundIdentity, type KeptStore, NotAStore } from './adapters/kept-store.ts'
import {
  checkOfKey,
  createTokens,
  drawSecretKey,
  prepareNextKey,
  readSecretKey,
  settleNextKey,
  writeSecretKey,
} from './adapters/tokens.ts'
import { keepRows } from './backup/write-backup.ts'
import { type Config, ConfigError } from './config.ts'
import {
  type Census,
  type Identity,
  type Installation,
  isSamePair,
  judgeStart,
  type KeyEvidence,
  type StartRefusal,
} from './domain/installation.ts'
import { type StartWords, sentenceOf, withoutDatabase, withoutStore } from './start-refusals.ts'
import { type KeyReach, rotateKey } from './steps/access/rotate-key.ts'
import {
  keyOpensLinks,
  readInstallation,
  recordInstallation,
  replaceInstallation,
} from './steps/installation-row.ts'
import { StoreUnreachable } from './steps/ports.ts'
import { expectedBlobs } from './steps/read/referenced-files.ts'

export interface OpenInstallation {
  dataDir: string
  /** Of the bytes that rows refer to; nothing of it is touched before `checkInstallation`. */
  store: KeptStore
  database: OpenDatabase
  /** `none`: drawn, and not written anywhere before the rest is found to go together. */
  key: { value: string; from: 'setting' | 'file' | 'none' }
  /** Where the rows are as an earlier version left them; null when the schema was that of today. */
  keptRows: string | null
  close(): Promise<void>
}

/** The three parts as they were found. */
export interface Findings {
  store: Identity | null
  row: Installation | null
  key: KeyEvidence
}

/**
 * Takes the data folder for this process and opens what is in it; changes nothing but the schema.
 *
 * @param database already open, brought by a test.
 * @throws FolderInUseError, or a ConfigError when the folder's own database is no longer there.
 */
export async function openInstallation(config: Config, database?: OpenDatabase): Promise<OpenInstallation> {
  const dataDir = resolve(config.dataDir)
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const store = storeOf(config, dataDir)
  const lock = await lockFolder(dataDir)
  try {
    if (database === undefined) await expectEmbeddedDatabase(config, dataDir, store)
    let keptRows: string | null = null
    const keep: BeforeMigrating = async db => {
      keptRows = await keepRows({ db, dataDir, store }, new Date())
    }
    const opened = database ?? (await openDatabase(config, dataDir, keep))
    const inFile = config.secretKey === undefined ? await keyInFile(dataDir, opened.db) : null
    return {
      dataDir,
      store,
      database: opened,
      key: {
        value: config.secretKey ?? inFile ?? drawSecretKey(),
        from: config.secretKey !== undefined ? 'setting' : inFile !== null ? 'file' : 'none',
      },
      keptRows,
      async close() {
        await opened.close()
        await lock.release()
      },
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

/** The key of the folder, once a change of key that had stopped halfway is ended. */
async function keyInFile(dataDir: string, db: OpenDatabase['db']): Promise<string | null> {
  const row = await readInstallation(db)
  if (row !== null) await settleNextKey(dataDir, row.keyCheck)
  return await readSecretKey(dataDir)
}

/** Where the settings say that the bytes are. */
export function storeOf({ storageUrl }: Pick<Config, 'storageUrl'>, dataDir: string): KeptStore {
  return storageUrl === undefined ? blobsFolder(dataDir) : blobsBucket(storageUrl, join(dataDir, 'arrivees'))
}

/** @throws ConfigError when the store does not answer, or is somebody else's. */
async function identityIn(store: KeptStore): Promise<FoundIdentity> {
  try {
    return await store.identity.read()
  } catch (error) {
    if (error instanceof NotAStore) throw new ConfigError(error.message)
    if (error instanceof StoreUnreachable) throw new ConfigError(withoutStore(store.name, error.message))
    throw error
  }
}

function openDatabase(config: Config, dataDir: string, keep: BeforeMigrating): Promise<OpenDatabase> {
  return config.databaseUrl === undefined
    ? openPglite({ folder: join(dataDir, 'base') }, migrationsFolder, keep)
    : openPostgresql(config.databaseUrl, migrationsFolder, keep)
}

/**
 * An embedded database is made where there is none: not in a folder that had one, or whose files are
 * another's.
 */
async function expectEmbeddedDatabase(config: Config, dataDir: string, store: KeptStore): Promise<void> {
  if (config.databaseUrl !== undefined || existsSync(join(dataDir, 'base', 'PG_VERSION'))) return
  const { settled } = await identityIn(store)
  const held = (await store.list()).length
  if (settled !== null || held > 0) throw new ConfigError(withoutDatabase(store.name, dataDir, held))
}

export async function examine(
  { store, database, key }: OpenInstallation,
  now: () => Date,
): Promise<Findings> {
  const row = await readInstallation(database.db)
  const { settled, prepared } = await identityIn(store)
  // A start that stopped between its two writes: the database says that the pair was made.
  const isConfirmed = settled === null && row !== null && prepared !== null && isSamePair(prepared, row)
  if (isConfirmed) await store.identity.settle()
  return {
    store: isConfirmed ? prepared : settled,
    row,
    key: {
      check: key.from === 'none' ? null : checkOfKey(key.value),
      opensLinks: await keyOpensLinks({ db: database.db, now, tokens: createTokens(key.value) }),
    },
  }
}

/** Reads the names of all files that are kept, and of all that rows refer to. */
export async function takeCensus({ store, database }: OpenInstallation): Promise<Census> {
  const held = await store.list()
  const expected = await expectedBlobs(database.db)
  const present = held.filter(sha256 => expected.has(sha256)).length
  return { referenced: expected.size, present, held: held.length }
}

/**
 * Lets a start go on only when store, database and key belong together; gives them an identity the first
 * time.
 *
 * @throws ConfigError that says which is which and what to do.
 */
export async function checkInstallation(
  installation: OpenInstallation,
  config: Config,
  now: () => Date,
): Promise<void> {
  const { store, row, key } = await examine(installation, now)
  const census = store === null && row === null ? await takeCensus(installation) : null
  const verdict = judgeStart(store, row, key, census)
  const refuse = (refusal: StartRefusal, found: Installation | null) =>
    new ConfigError(sentenceOf(refusal, wordsOf(installation, config, { store, row: found, census })))
  if (verdict === 'same') return
  if (verdict !== 'new') throw refuse(verdict, row)

  const context = { db: installation.database.db, now }
  const identity = await prepare(installation, { storeId: randomUUID(), databaseId: randomUUID() })
  const standing = await recordInstallation(context, identity)
  // Another server gave this database its identity at the same moment, with a folder of its own.
  if (!isSamePair(standing, identity)) throw refuse('unknown-store', standing)
  await installation.store.identity.settle()
}

/**
 * Makes store, database and key a pair from now on, whatever they were: on the word of whoever runs the
 * server.
 */
export async function adoptInstallation(installation: OpenInstallation, now: () => Date): Promise<void> {
  const { store, row } = await examine(installation, now)
  const identity = await prepare(installation, {
    storeId: store?.storeId ?? randomUUID(),
    databaseId: row?.databaseId ?? randomUUID(),
  })
  await replaceInstallation({ db: installation.database.db, now }, identity)
  await installation.store.identity.settle()
}

/**
 * Passes to another key: the one of the settings, when it is not that of the database, or one drawn for the
 * folder. Stopped at any moment, it goes on when the folder is opened again.
 *
 * @returns null when the settings still have the key of the database.
 * @throws ConfigError when store and database do not belong together.
 */
export async function changeKey(
  installation: OpenInstallation,
  config: Config,
  now: () => Date,
): Promise<KeyReach | null> {
  const { dataDir, database, key } = installation
  const { store, row } = await examine(installation, now)
  if (row === null || store === null || !isSamePair(store, row)) {
    const refusal = row === null ? 'unknown-database' : store === null ? 'unknown-store' : 'other-pair'
    throw new ConfigError(sentenceOf(refusal, wordsOf(installation, config, { store, row, census: null })))
  }
  const context = { db: database.db, now }
  if (key.from === 'setting') {
    const check = checkOfKey(key.value)
    return check === row.keyCheck ? null : await rotateKey(context, check)
  }
  const next = drawSecretKey()
  await prepareNextKey(dataDir, next)
  const reach = await rotateKey(context, checkOfKey(next))
  await settleNextKey(dataDir, checkOfKey(next))
  return reach
}

/** The key first, then the folder's half: the database's row confirms both. */
async function prepare({ dataDir, store, key }: OpenInstallation, identity: Identity): Promise<Installation> {
  if (key.from === 'none') await writeSecretKey(dataDir, key.value)
  await store.identity.prepare(identity)
  return { ...identity, keyCheck: checkOfKey(key.value) }
}

function wordsOf(
  { dataDir, store, key }: OpenInstallation,
  config: Config,
  found: Pick<StartWords, 'store' | 'row' | 'census'>,
): StartWords {
  const place = {
    name: store.name,
    setting: config.storageUrl === undefined ? 'DATA_DIR' : 'STORAGE_URL',
  } as const
  return { dataDir, place, database: nameOf(config), keyFrom: key.from, ...found }
}

/** As it is called in a sentence, without the password. */
export function nameOf({ databaseUrl }: Pick<Config, 'databaseUrl'>): string {
  if (databaseUrl === undefined) return 'la base embarquée'
  const { host, pathname } = new URL(databaseUrl)
  return `la base PostgreSQL « ${pathname.slice(1)} » de ${host}`
}
