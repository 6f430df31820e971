/**
 * One process per data folder. PGlite loses data silently when two processes share its files, so the folder
 * is held by a listening Unix socket: the kernel frees it at death, kill -9 included, and a container that
 * shares the volume is seen too, which no process number would allow.
 */
import { createHash, randomBytes } from 'node:crypto'
import { link, mkdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { createConnection, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** Socket addresses hold 107 bytes at most on Linux, 103 on macOS. */
const MAX_SOCKET_PATH_BYTES = 100

/** The folder is used by another process; the message is for the person who starts the second one. */
export class FolderInUseError extends Error {}

export interface FolderLock {
  release(): Promise<void>
}

/**
 * Takes the folder for this process, creating it when needed.
 *
 * @throws FolderInUseError when a living process holds it.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const realFolder = await realpath(folder)
  const inUse = () =>
    new FolderInUseError(
      `Le dossier de données ${realFolder} est déjà utilisé par un autre processus. ` +
        `Arrêtez-le d'abord, ou donnez un autre dossier avec DATA_DIR.`,
    )

  if (process.platform === 'win32') {
    const name = createHash('sha256').update(realFolder.toLowerCase()).digest('hex').slice(0, 32)
    const server = await listen(`\\\\.\\pipe\\grappe-kit-${name}`).catch(() => null)
    if (server === null) throw inUse()
    return { release: () => close(server) }
  }

  const lockPath = socketPath(realFolder, 'verrou.sock')
  const ownPath = socketPath(realFolder, `verrou-${randomBytes(4).toString('hex')}.sock`)
  const server = await listen(ownPath)
  const ownInode = (await stat(ownPath)).ino
  try {
    // Linking is atomic: of two processes at once, one wins.
    while (!(await linked(ownPath, lockPath))) {
      if (await answers(lockPath)) throw inUse()
      // Its process died. Renaming first means that only one of two rivals removes it.
      const stalePath = `${ownPath}.mort`
      await rename(lockPath, stalePath).catch(ignoreMissing)
      await rm(stalePath, { force: true })
    }
    // A rival may have seen the dead lock before us and moved ours away: the one that stays in place wins.
    await pause(30)
    const holder = await stat(lockPath).catch(() => null)
    if (holder?.ino !== ownInode) throw inUse()
  } catch (error) {
    await close(server)
    throw error
  } finally {
    await rm(ownPath, { force: true })
  }
  return {
    async release() {
      await rm(lockPath, { force: true })
      await close(server)
    },
  }
}

/**
 * The shortest spelling of a socket's path: absolute, relative to the working folder, or hashed under the
 * temporary one.
 */
function socketPath(folder: string, name: string): string {
  const absolute = join(folder, name)
  const candidates = [absolute, relative(process.cwd(), absolute)]
  const short = candidates.find(path => Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES)
  if (short !== undefined) return short
  return join(
    tmpdir(),
    `grappe-kit-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}-${name}`,
  )
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => socket.destroy())
    server.once('error', reject)
    server.listen(path, () => {
      server.unref()
      resolve(server)
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise(resolve => server.close(() => resolve()))
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createConnection(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
