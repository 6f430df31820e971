/** A real clamd on a socket of its own, with a database of one signature: no machine of the tests needs the network. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** The harmless file that every antivirus calls a virus; in two parts, so that none does so of this one. */
export const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR', '-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('')

/** As clamd names what its own database has no official name for. */
export const VIRUS = 'Eicar-Essai.UNOFFICIAL'

export const STREAM_MAX_BYTES = 1024 * 1024

/** Debian keeps it where only root's PATH looks. */
export function findClamd(): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map(folder => join(folder, 'clamd')).find(path => existsSync(path)) ?? null
}

export interface Clamd {
  /** For CLAMAV_URL. */
  url: string
  start(): Promise<void>
  /** At once, whatever it is doing. */
  kill(): Promise<void>
  close(): Promise<void>
}

export async function prepareClamd(): Promise<Clamd> {
  const program = findClamd()
  if (program === null) throw new Error('clamd is not installed: apt install clamav-daemon')
  const folder = await mkdtemp(join(tmpdir(), 'grappe-kit-clamd-'))
  const socket = join(folder, 'clamd.ctl')
  const settings = join(folder, 'clamd.conf')
  await mkdir(join(folder, 'signatures'))
  // Any kind of file, anywhere in it.
  const signature = `Eicar-Essai:0:*:${Buffer.from(EICAR).toString('hex')}\n`
  await writeFile(join(folder, 'signatures', 'essai.ndb'), signature)
  await writeFile(
    settings,
    [
      'Foreground yes',
      `LocalSocket ${socket}`,
      `DatabaseDirectory ${join(folder, 'signatures')}`,
      `StreamMaxLength ${STREAM_MAX_BYTES}`,
      '',
    ].join('\n'),
  )
  let running: ChildProcess | null = null

  const kill = async () => {
    const killed = running
    running = null
    if (killed === null || killed.exitCode !== null) return
    const exited = once(killed, 'exit')
    killed.kill('SIGKILL')
    await exited
  }
  return {
    url: `unix:${socket}`,
    async start() {
      running = spawn(program, [`--config-file=${settings}`], { stdio: 'ignore' })
      for (let wait = 0; wait < 300; wait++) {
        if (await answers(socket)) return
        await pause(100)
      }
      throw new Error('clamd does not listen')
    },
    kill,
    async close() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A socket that was killed stays in the folder: only an answer tells that clamd listens. */
function answers(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ path }, () => socket.write('zPING\0'))
    socket.once('data', () => {
      resolve(true)
      socket.destroy()
    })
    socket.once('error', () => resolve(false))
  })
}
