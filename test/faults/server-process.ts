/** The server as a process of its own, to be killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { readConfig } from '../../server/config.ts'
import { createContext, type OpenContext } from '../../server/context.ts'
import { issueApiToken } from '../../server/steps/access/api-tokens.ts'
import {
  findOrCreatePorteur,
  issueSignInLink,
  type Porteur,
  signIn,
} from '../../server/steps/access/sign-in.ts'
import type { Answer, ApiClient } from '../support/app.ts'

export interface ServerProcess {
  base: string
  process: ChildProcess
}

export const SETTINGS = { DEMO: 'non', LOG_LEVEL: 'info', RATE_LIMIT_PER_MINUTE: '1000000' }

/** `SERVER_ENTRY=dist/server/main.js` runs the production build instead, which starts several times faster. */
export const ENTRY =
  process.env.SERVER_ENTRY === undefined ? ['--import', 'tsx', 'server/main.ts'] : [process.env.SERVER_ENTRY]

/** Starts the server on the folder and resolves once it listens, on a free port unless the settings name one. */
export async function startServer(
  dataDir: string,
  settings: Record<string, string> = {},
): Promise<ServerProcess> {
  const server = spawn(process.execPath, ENTRY, {
    env: { ...process.env, ...SETTINGS, DATA_DIR: dataDir, PORT: '0', ...settings },
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

/** A program that calls the API of a server elsewhere. */
export function remoteClient(base: string, token: string): Pick<ApiClient, 'call'> {
  return {
    async call<Body>(
      method: string,
      url: string,
      payload?: object,
      headers: Record<string, string> = {},
    ): Promise<Answer<Body>> {
      const response = await fetch(base + url, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
        ...(payload === undefined ? {} : { body: JSON.stringify(payload) }),
      })
      const raw = Buffer.from(await response.arrayBuffer())
      const isJson = /json/.test(response.headers.get('content-type') ?? '')
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: (isJson ? JSON.parse(raw.toString()) : undefined) as Body,
        raw,
      }
    },
  }
}

/** An API token of a porteur, made while no server runs. */
export async function makePorteurToken(
  dataDir: string,
  settings: Record<string, string> = {},
): Promise<string> {
  return await asPorteur(dataDir, settings, async (context, porteur) => {
    const label = { label: 'essai', scope: 'administrer', days: 90 } as const
    return (await issueApiToken(context, porteur, label)).token
  })
}

/** A session of the same porteur, made while no server runs. */
export async function makePorteurSession(dataDir: string, settings: Record<string, string>): Promise<string> {
  return await asPorteur(dataDir, settings, async (context, porteur) => {
    const link = await issueSignInLink(context.db, context, porteur)
    const opened = await signIn(context, link.token)
    if (!opened.ok) throw new Error(opened.refusal.code)
    return opened.value.sessionToken
  })
}

async function asPorteur<Made>(
  dataDir: string,
  settings: Record<string, string>,
  make: (context: OpenContext, porteur: Porteur) => Promise<Made>,
): Promise<Made> {
  const context = await createContext(readConfig({ ...SETTINGS, DATA_DIR: dataDir, ...settings }))
  try {
    return await make(context, await findOrCreatePorteur(context.db, context, 'porteuse@exemple.fr'))
  } finally {
    await context.close()
  }
}
