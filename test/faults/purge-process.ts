/** A purge as a process of its own, which is killed without a warning at a moment that is chosen. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { readConfig } from '../../server/config.ts'
import { createContext, type OpenContext } from '../../server/context.ts'
import { listJobs } from '../../server/jobs.ts'
import { SETTINGS } from './server-process.ts'

const FILE = fileURLToPath(import.meta.url)

function kill(): never {
  process.kill(process.pid, 'SIGKILL')
  throw new Error('still here')
}

/** What comes to the kill, by the moment at which it comes. */
const KILLS = {
  'all rows erased, and not kept yet': ({ db }: OpenContext) => {
    const transaction = db.transaction.bind(db)
    db.transaction = act =>
      transaction(async tx => {
        await act(tx)
        return kill()
      })
  },
  'rows gone, uploads left': ({ uploads }: OpenContext) => {
    uploads.erase = async () => kill()
  },
  'bytes set aside, and not removed': ({ blobs }: OpenContext) => {
    const erase = blobs.erase.bind(blobs)
    blobs.erase = (sha256, now) => erase(sha256, now, async () => kill())
  },
  'some bytes gone, others left': ({ blobs }: OpenContext) => {
    const erase = blobs.erase.bind(blobs)
    let rank = 0
    blobs.erase = (...asked) => (++rank < 3 ? erase(...asked) : kill())
  },
  never: () => {},
} satisfies Record<string, (context: OpenContext) => void>

export type Moment = keyof typeof KILLS

/** @returns whether it came to its end. */
export async function purge(dataDir: string, now: Date, moment: Moment): Promise<boolean> {
  const args = ['--import', 'tsx', FILE, dataDir, now.toISOString(), moment]
  const [code, signal] = await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit')
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`The purge failed: ${code}`)
  return code === 0
}

async function main([dataDir = '', now = '', moment = '']: readonly string[]): Promise<void> {
  const config = readConfig({ ...SETTINGS, DATA_DIR: dataDir })
  const context = await createContext(config, { now: () => new Date(now) })
  KILLS[moment as Moment](context)
  await listJobs(context)
    .find(({ name }) => name === 'conservation')
    ?.run()
  await context.close()
}

if (process.argv[1] === FILE) await main(process.argv.slice(2))
