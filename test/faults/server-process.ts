/** The server as a process of its own, to be killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { readConfig } from '../../server/config.ts'
import { createContext } from '../../server/context.ts'
import { issueApiToken } from '../../server/steps/api-tokens.ts'
import { findOrCreatePorteur } from '../../server/steps/sign-in.ts'

export interface ServerProcess {
  base: string
  process: ChildProcess
}

const SETTINGS = { DEMO: 'non', LOG_LEVEL: 'info', RATE_LIMIT_PER_MINUTE: '1000000' }

/** Starts the server on the folder and resolves once it listens. */
export async function startServer(dataDir: string): Promise<ServerProcess> {
  const server = spawn(process.execPath, ['--import', 'tsx', 'server/main.ts'], {
    env: { ...process.env, ...SETTINGS, DATA_DIR: dataDir, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: server.stdout })) {
    const base = /Server listening at (http:\/\/[\d.:]+)/.exec(line)?.[1]
    if (base !== undefined) {
      server.stdout.resume()
      return { base, process: server }
    }
  }
  throw new Error('The server stopped before it listened')
}

export async function stopServer(
  { process: server }: ServerProcess,
  signal: NodeJS.Signals,
): Promise<number | null> {
  const exited = once(server, 'exit')
  server.kill(signal)
  const [code] = await exited
  return code
}

/** An API token of a porteur, made while no server runs. */
export async function makePorteurToken(dataDir: string): Promise<string> {
  const context = await createContext(readConfig({ ...SETTINGS, DATA_DIR: dataDir }))
  try {
    const porteur = await findOrCreatePorteur(context.db, context, 'porteuse@exemple.fr')
    return (await issueApiToken(context, porteur, 'essai')).token
  } finally {
    await context.close()
  }
}
