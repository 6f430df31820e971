/** The drill: what is backed up while people deposit comes back whole elsewhere, or is refused by name. */
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { files, journal, versions } from '../../schema/tables.ts'
import { API_PATHS, fill } from '../../schema/urls.ts'
import { runBackup } from '../../scripts/backup.ts'
import { runRestore } from '../../scripts/restore.ts'
import { blobPath, blobsFolder, openBlobsFolder } from '../../server/adapters/data-folder/blobs-folder.ts'
import {
  migrationsFolder,
  type OpenDatabase,
  openPglite,
  openPostgresql,
} from '../../server/adapters/database.ts'
import { buildApp } from '../../server/app.ts'
import { datedName, listBackups, readManifest, writeManifest } from '../../server/backup/manifest.ts'
import { pruneBackups } from '../../server/backup/prune-backups.ts'
import type { OpenAt } from '../../server/backup/restore-backup.ts'
import { withMigrationsUpTo } from '../../server/backup/tables.ts'
import { keepRows } from '../../server/backup/write-backup.ts'
import { readConfig } from '../../server/config.ts'
import { createContext } from '../../server/context.ts'
import { listBackupJobs } from '../../server/jobs.ts'
import type { Context } from '../../server/steps/ports.ts'
import { brokenAt, readChain } from '../../server/steps/read/journal-chain.ts'
import { expectedBlobs } from '../../server/steps/read/referenced-files.ts'
import { type ApiClient, bearerOf, startApp, type TestApp } from '../support/app.ts'
import { pdf } from '../support/files.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { createDatabase } from '../support/postgresql.ts'
import { depositOn, esmsPieces, sealVersion } from '../support/sealed.ts'

// Whole installations are made and read again, one after the other.
vi.setConfig({ testTimeout: 120_000 })

let root: string
let place: string
let test: TestApp
let porteur: ApiClient
let grappe: TestGrappe
let pieces: string[]

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'grappe-kit-sauvegarde-'))
  place = join(root, 'sauvegardes')
  test = await startApp()
  porteur = await test.porteur('directrice@exemple.fr')
  grappe = await createTestGrappe(porteur, 6, 'Grappe « des Îles » <b>')
  pieces = (await esmsPieces(porteur, grappe.grappeId)).flatMap(({ pieceId }) => pieceId ?? [])
  for (const piece of pieces.slice(0, 3)) await depositOn(porteur, grappe.grappeId, piece, await pdf(piece))
  await sealVersion(test, porteur, grappe.grappeId)
})
afterAll(async () => {
  await test.close()
  await rm(root, { recursive: true, force: true })
})

async function backup(...args: string[]): Promise<{ code: number; text: string }> {
  const out = new PassThrough()
  const config = readConfig({ DATA_DIR: test.config.dataDir })
  const code = await runBackup(args, config, { out, err: out }, test.context)
  return { code, text: String(out.read() ?? '').replaceAll('\u00a0', ' ') }
}

let restored = 0
/** A new folder, which holds the key alone, and a new database on PostgreSQL. */
async function emptyTarget() {
  const dataDir = join(root, `restaure-${++restored}`)
  await mkdir(dataDir)
  await cp(join(test.config.dataDir, 'cle-secrete'), join(dataDir, 'cle-secrete'))
  const server = inject('postgresqlServer')
  return readConfig({
    DATA_DIR: dataDir,
    LOG_LEVEL: 'silent',
    DEMO: 'non',
    ...(server === '' ? {} : { DATABASE_URL: await createDatabase(server) }),
  })
}

async function restore(from: string, config: ReturnType<typeof readConfig>) {
  const out = new PassThrough()
  const code = await runRestore(['--from', from], config, { out, err: out })
  return { code, text: String(out.read() ?? '').replaceAll('\u00a0', ' ') }
}

/** Every row of every table, in the order of its text. */
async function rowsOf({ db }: Pick<Context, 'db'>): Promise<Record<string, string[]>> {
  const read = async <Row>(text: string) =>
    ((await db.execute(sql.raw(text))) as unknown as { rows: Row[] }).rows
  const tables = await read<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'public' order by 1",
  )
  const all: Record<string, string[]> = {}
  for (const { name } of tables) {
    const lines = await read<{ line: string }>(
      `select row_to_json(t)::text as line from "${name}" t order by 1`,
    )
    all[name] = lines.map(({ line }) => line)
  }
  return all
}

const folderOf = ({ text }: { text: string }) => /Sauvegarde dans (\S+)/.exec(text)?.[1] ?? ''

describe('a backup', () => {
  it('comes back in an empty place: every row, every byte, and a server that goes on', async () => {
    const taken = await backup('--to', place)
    expect(taken.code).toBe(0)
    const before = await rowsOf(test.context)
    const config = await emptyTarget()
    const done = await restore(place, config)
    expect([done.code, done.text]).toEqual([0, expect.stringContaining('fichiers relus')])
    const context = await createContext(config, { now: test.context.now })
    try {
      expect(await rowsOf(context)).toEqual(before)
      const hashes = [...(await expectedBlobs(context.db))]
      expect(hashes.length).toBeGreaterThan(3)
      for (const sha256 of hashes) {
        const bytes = await context.blobs.withFile(sha256, path => readFile(path))
        expect(bytes.equals(await test.context.blobs.withFile(sha256, path => readFile(path)))).toBe(true)
      }
      const app = await buildApp(context, config)
      const program = bearerOf(app, porteur.token)
      const given = await depositOn(program, grappe.grappeId, pieces[4] ?? '', await pdf('après'))
      expect(given.version.number).toBe(1)
      const journal = await program.call<{ event: string }[]>(
        'GET',
        fill(API_PATHS.journal, { grappe: grappe.grappeId }),
      )
      expect(journal.body.length).toBe((before.journal?.length ?? 0) + 1)
      await app.close()
    } finally {
      await context.close()
    }
  })

  it('taken while people deposit holds one instant: all that its rows refer to is there', async () => {
    const going = { on: true }
    const deposits = (async () => {
      let made = 0
      while (going.on)
        await depositOn(porteur, grappe.grappeId, pieces[5] ?? '', await pdf(`dépôt ${++made}`))
      return made
    })()
    const taken = [await backup('--to', place)]
    for (let i = 0; i < 3; i++) taken.push(await backup('--to', place))
    going.on = false
    expect(await deposits).toBeGreaterThan(0)
    for (const each of taken) {
      expect(each.code).toBe(0)
      expect((await backup('--verify', folderOf(each))).code).toBe(0)
    }
    const last = taken.at(-1) ?? { text: '' }
    const config = await emptyTarget()
    expect((await restore(folderOf(last), config)).code).toBe(0)
    const context = await createContext(config, { now: test.context.now })
    const held = [...(await expectedBlobs(context.db))]
    for (const sha256 of held) expect(await context.blobs.size(sha256)).not.toBeNull()
    const filed = new Set((await context.db.select().from(files)).map(({ versionId }) => versionId))
    for (const { id } of await context.db.select().from(versions)) expect(filed).toContain(id)
    await context.close()
  })

  it('copies again no file that an earlier one holds', async () => {
    await backup('--to', place)
    const again = await backup('--to', place)
    expect(again.text).toContain('dont 0 nouveaux')
    await depositOn(porteur, grappe.grappeId, pieces[3] ?? '', await pdf('un de plus'))
    expect((await backup('--to', place)).text).toContain('dont 1 nouveaux')
  })

  it('names a file that is no longer whole on the server, and does not end well', async () => {
    const elsewhere = join(root, 'ailleurs')
    const [sha256 = ''] = await expectedBlobs(test.context.db)
    const blob = blobPath(test.config.dataDir, sha256)
    await rename(blob, `${blob}.loin`)
    const taken = await backup('--to', elsewhere)
    await rename(`${blob}.loin`, blob)
    expect(taken.code).toBe(1)
    expect(taken.text).toContain(`donc pas sauvegardé : ${sha256}`)
    expect((await backup('--to', elsewhere)).code).toBe(0)
  })

  it('is taken once a night, however often the server starts', async () => {
    const config = { dataDir: test.config.dataDir, backupTo: join(root, 'nuits'), backupKeep: undefined }
    let now = new Date('2026-06-01T03:00:00Z')
    const night = async () => {
      const [job] = listBackupJobs({ ...test.context, now: () => now }, config)
      await job?.run()
      return (await listBackups(config.backupTo)).length
    }
    expect([await night(), await night()]).toEqual([1, 1])
    now = new Date('2026-06-02T03:00:00Z')
    expect(await night()).toBe(2)
  })

  it('makes room: what only those that go refer to goes with them, and no other file', async () => {
    const place = join(root, 'gardees')
    const { db, blobs } = test.context
    const given = await depositOn(porteur, grappe.grappeId, pieces[5] ?? '', await pdf('bientôt oublié'))
    const first = folderOf(await backup('--to', place))
    const gone = await db.delete(files).where(eq(files.versionId, given.version.id)).returning()
    const second = folderOf(await backup('--to', place))
    const unlisted = join(place, 'blobs', '00', '0'.repeat(64))
    await writeFile(unlisted, 'aucune liste ne le nomme')
    const third = await backup('--to', place, '--keep', '2')
    await db.insert(files).values(gone)

    expect(third.text).toContain('1 anciennes supprimées, et 1 fichiers')
    expect(await listBackups(place)).toEqual([folderOf(third), second].map(folder => basename(folder)))
    expect((await readdir(place)).toSorted()).toEqual([
      basename(second),
      basename(folderOf(third)),
      'arrivees',
      'blobs',
    ])
    const kept = await openBlobsFolder(place)
    expect([await kept.size(gone[0]?.sha256 ?? ''), await blobs.size(gone[0]?.sha256 ?? '')]).toEqual([
      null,
      expect.any(Number),
    ])
    expect(await readFile(unlisted, 'utf8')).toBe('aucune liste ne le nomme')
    for (const folder of [second, folderOf(third)]) expect((await backup('--verify', folder)).code).toBe(0)
    expect(first).not.toBe(second)
  })

  it('makes no room while one cannot be read or is under way, nor by losing the last that lacks nothing', async () => {
    const place = join(root, 'prudence')
    const names: string[] = []
    for (let i = 0; i < 3; i++) names.push(folderOf(await backup('--to', place)))
    const [first = '', second = '', third = ''] = names
    const list = await readFile(join(first, 'fichiers.txt'))
    await writeFile(join(first, 'fichiers.txt'), '')
    await expect(pruneBackups(place, 1, new Date())).rejects.toThrow('fichiers.txt manque ou a été altéré')
    await writeFile(join(first, 'fichiers.txt'), list)
    const underWay = join(place, datedName(new Date()))
    await mkdir(underWay)
    await expect(pruneBackups(place, 1, new Date())).rejects.toThrow('est en cours')
    await rm(underWay, { recursive: true })
    expect(await listBackups(place)).toHaveLength(3)

    for (const folder of [second, third]) {
      const manifest = await readManifest(folder)
      await writeManifest(folder, { ...manifest, lacking: ['a'.repeat(64)] })
    }
    expect((await pruneBackups(place, 1, new Date())).removed).toEqual([basename(second)])
    expect((await backup('--verify', first)).code).toBe(0)
    expect((await backup('--to', place, '--keep', '0')).text).toContain('Usage')
  })

  it('is not taken within the data folder', async () => {
    const refused = await backup('--to', join(test.config.dataDir, 'copies'))
    expect([refused.code, refused.text]).toEqual([1, expect.stringContaining('choisissez un autre disque')])
  })
})

describe('a restoration', () => {
  it('is refused, by the name of what is altered, cut off or missing, and changes nothing', async () => {
    const taken = folderOf(await backup('--to', place))
    const name = taken.split('/').at(-1) ?? ''
    const damages: [RegExp, (folder: string, all: string) => Promise<unknown>][] = [
      [/sauvegarde\.json y manque, elle a été interrompue/, folder => rm(join(folder, 'sauvegarde.json'))],
      [
        /sauvegarde\.json a été altéré/,
        async folder => {
          const path = join(folder, 'sauvegarde.json')
          await writeFile(path, (await readFile(path, 'utf8')).replace(/"count":(\s?)\d+/, '"count":$19'))
        },
      ],
      [
        /journal\.ndjson\.gz manque ou est illisible/,
        folder => rm(join(folder, 'base', 'journal.ndjson.gz')),
      ],
      [
        /esms\.ndjson\.gz a été altéré/,
        folder => cp(join(folder, 'base', 'ogs.ndjson.gz'), join(folder, 'base', 'esms.ndjson.gz')),
      ],
      [/fichiers\.txt manque ou a été altéré/, folder => writeFile(join(folder, 'fichiers.txt'), '')],
      [/[0-9a-f]{64} manque ou est illisible/, async (_, all) => rm(await oneFile(all))],
      [/[0-9a-f]{64} a été altéré/, async (_, all) => writeFile(await oneFile(all), 'autre chose')],
    ]
    for (const [sentence, damage] of damages) {
      const copy = join(root, 'copie')
      await cp(place, copy, { recursive: true })
      await damage(join(copy, name), copy)
      const config = await emptyTarget()
      const refused = await restore(join(copy, name), config)
      expect([refused.code, refused.text]).toEqual([1, expect.stringMatching(sentence)])
      expect(await readdir(config.dataDir)).toEqual(['cle-secrete'])
      await rm(copy, { recursive: true })
    }
  })

  it('is refused over an installation, with another key, and from nothing', async () => {
    const config = await emptyTarget()
    await writeFile(join(config.dataDir, 'identite.json'), '{}')
    expect((await restore(place, config)).text).toMatch(
      /n’est pas vide \(identite\.json\) : rien n’a été changé/,
    )
    const other = await emptyTarget()
    await writeFile(join(other.dataDir, 'cle-secrete'), 'x'.repeat(43))
    expect((await restore(place, other)).text).toContain('n’est pas celle de la sauvegarde')
    expect((await restore(join(root, 'nulle-part'), other)).text).toContain('n’existe pas')
  })

  it.runIf(inject('postgresqlServer') !== '')('is refused over a database that holds a table', async () => {
    const config = await emptyTarget()
    const { close } = await openPostgresql(config.databaseUrl ?? '', migrationsFolder)
    await close()
    const refused = await restore(place, config)
    expect([refused.code, refused.text]).toEqual([1, expect.stringContaining('base neuve')])
    expect(await readdir(config.dataDir)).toEqual(['cle-secrete'])
  })

  it('of an older version is brought up to date', async () => {
    const server = inject('postgresqlServer')
    const opened = await openOlder(async migrations =>
      server === ''
        ? await openPglite({}, migrations)
        : await openPostgresql(await createDatabase(server), migrations),
    )
    // As a start of this release keeps them before it migrates: nothing is asked of the tables of today.
    const dataDir = join(root, 'ancienne')
    const kept = { db: opened.db, dataDir, store: blobsFolder(dataDir) }
    const older = (await keepRows(kept, new Date())) ?? ''
    await opened.close()
    const config = await emptyTarget()
    expect((await restore(older, config)).code).toBe(0)
    const context = await createContext(config, { now: test.context.now })
    const chained = await readChain(context.db, grappe.grappeId)
    const written = await readChain(test.context.db, grappe.grappeId)
    expect([chained.length, brokenAt(chained)]).toEqual([written.length, null])
    expect(chained[0]?.salt).not.toBe(written[0]?.salt)
    await context.close()
  })

  it('is possible from the rows that a start keeps before it brings them up to date', async () => {
    const config = await emptyTarget()
    const { databaseUrl, dataDir } = config
    await cp(join(test.config.dataDir, 'identite.json'), join(dataDir, 'identite.json'))
    const older = await openOlder(migrations =>
      databaseUrl === undefined
        ? openPglite({ folder: join(dataDir, 'base') }, migrations)
        : openPostgresql(databaseUrl, migrations),
    )
    const left = await rowsOf(older)
    await older.close()

    const context = await createContext(config, { now: test.context.now })
    const kept = context.keptRows ?? ''
    expect((await context.db.select().from(journal)).length).toBe(left.journal?.length)
    await context.close()
    const restored = await emptyTarget()
    expect((await restore(kept, restored)).code).toBe(0)
    const again = await createContext(restored, { now: test.context.now })
    const { grappes, porteurs } = await rowsOf(again)
    // With the columns that came since, besides.
    const read = (rows: readonly string[] = []) => rows.map(row => JSON.parse(row) as object)
    expect(read(grappes)).toMatchObject(read(left.grappes))
    expect(porteurs).toEqual(left.porteurs)
    await again.close()
    const upToDate = await createContext(restored, { now: test.context.now })
    expect(upToDate.keptRows).toBeNull()
    await upToDate.close()
  })

  it('of a newer version is refused', async () => {
    const taken = folderOf(await backup('--to', place))
    const manifest = await readManifest(taken)
    await writeManifest(taken, { ...manifest, migratedTo: manifest.migratedTo + 1 })
    expect((await restore(taken, await emptyTarget())).text).toContain('version plus récente')
    await writeManifest(taken, manifest)
  })
})

/** A database of before its journal was chained, with the grappes of this one. */
async function openOlder(open: OpenAt): Promise<OpenDatabase> {
  const path = join(migrationsFolder, 'meta', '_journal.json')
  const { entries }: { entries: { when: number; tag: string }[] } = JSON.parse(await readFile(path, 'utf8'))
  const chained = entries.findIndex(({ tag }) => tag === '0011_provable_journal')
  const opened = await withMigrationsUpTo(entries[chained - 1]?.when ?? 0, open)
  const today = await rowsOf(test.context)
  for (const name of ['installation', 'porteurs', 'grappes', 'journal']) {
    const table = sql.identifier(name)
    for (const row of today[name] ?? []) {
      await opened.db.execute(sql`insert into ${table} overriding system value
        select * from jsonb_populate_record(null::${table}, ${row}::jsonb - 'porteur_og_id')`)
    }
  }
  return opened
}

async function oneFile(all: string): Promise<string> {
  const shards = join(all, 'blobs')
  for (const shard of await readdir(shards)) {
    const [name] = await readdir(join(shards, shard))
    if (name !== undefined) return join(shards, shard, name)
  }
  throw new Error('the backup holds no file')
}
