/** How long a restore takes: a backup read again, its files written, its rows loaded, the server opened. */
import { randomBytes } from 'node:crypto'
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { blobsFolder } from '../../server/adapters/data-folder/blobs-folder.ts'
import { openPglite } from '../../server/adapters/database.ts'
import { restoreBackup } from '../../server/backup/restore-backup.ts'
import { keepRows } from '../../server/backup/write-backup.ts'
import { readConfig } from '../../server/config.ts'
import { createContext } from '../../server/context.ts'
import { makeDemonstrationOnce } from '../../server/demonstration.ts'

const SIZE = process.argv.includes('--small')
  ? { files: 20, bytes: 50_000 }
  : { files: 500, bytes: 1_000_000 }

const root = await mkdtemp(join(tmpdir(), 'grappe-kit-bench-restore-'))
try {
  const configOf = (name: string) =>
    readConfig({ DATA_DIR: join(root, name), LOG_LEVEL: 'silent', PUBLIC_URL: 'http://127.0.0.1:3000' })
  const source = configOf('source')
  const context = await createContext(source)
  await makeDemonstrationOnce(context)
  for (let i = 0; i < SIZE.files; i++) {
    const staged = await context.blobs.stage(Readable.from([randomBytes(SIZE.bytes)]))
    await staged.publish()
  }
  const backup = await keepRows({ db: context.db, dataDir: source.dataDir, store: context.blobs }, new Date())
  await context.close()
  if (backup === null) throw new Error('nothing was backed up')

  const target = configOf('target')
  await mkdir(target.dataDir)
  await cp(join(source.dataDir, 'cle-secrete'), join(target.dataDir, 'cle-secrete'))
  const startedAt = performance.now()
  const { files, tables } = await restoreBackup(backup, target, blobsFolder(target.dataDir), migrations =>
    openPglite({ folder: join(target.dataDir, 'base') }, migrations),
  )
  const restored = performance.now()
  await (await createContext(target)).close()
  const opened = performance.now()
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
  process.stdout.write(
    `${files.count} files (${Math.round(files.bytes / 1e6)} MB) and ${rows} rows restored in ` +
      `${seconds(restored - startedAt)}, opened in ${seconds(opened - restored)}\n`,
  )
} finally {
  await rm(root, { recursive: true, force: true })
}
