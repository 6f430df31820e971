/** The whole application on a temporary folder and a real database, driven through `inject`. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { OpenDatabase } from '../../server/adapters/database.ts'
import { buildApp } from '../../server/app.ts'
import { type Config, readConfig } from '../../server/config.ts'
import { createContext, type OpenContext } from '../../server/context.ts'
import { issueApiToken } from '../../server/steps/access/api-tokens.ts'
import { findOrCreatePorteur } from '../../server/steps/access/sign-in.ts'
import { openTestDatabase } from './database.ts'

export interface TestApp {
  app: FastifyInstance
  context: OpenContext
  config: Config
  /** Moves the clock that every step reads. */
  setNow(instant: string): void
  /** From now on, the machine's own clock: for a browser, which judges cookies by it. */
  runClock(): void
  /** A program of this porteur, calling the API. */
  porteur(email?: string): Promise<ApiClient>
  /** A program holding any bearer token. */
  bearer(token: string): ApiClient
  close(): Promise<void>
}

/** What the API answered; `body` is the JSON, undefined when there is none. */
export interface Answer<Body> {
  status: number
  headers: Record<string, string | string[] | number | undefined>
  body: Body
  raw: Buffer
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

export interface ApiClient {
  token: string
  call<Body>(
    method: Method,
    url: string,
    payload?: object,
    headers?: Record<string, string>,
  ): Promise<Answer<Body>>
  upload<Body>(url: string, form: FormData): Promise<Answer<Body>>
}

/** Within the window of the demonstration call of a grappe created on that day. */
export const START = '2026-06-01T10:00:00.000Z'

/** @param database to share with another server; closed by whoever opened it. */
export async function startApp(
  settings: Record<string, string> = {},
  database?: OpenDatabase,
): Promise<TestApp> {
  const dataDir = await mkdtemp(join(tmpdir(), 'grappe-kit-app-'))
  const config = readConfig({
    DATA_DIR: dataDir,
    LOG_LEVEL: 'silent',
    DEMO: 'non',
    PUBLIC_URL: 'http://127.0.0.1:3000',
    RATE_LIMIT_PER_MINUTE: '100000',
    SIGN_IN_LIMIT_PER_HOUR: '100000',
    SIGN_IN_LIMIT_PER_MAILBOX: '100000',
    ...settings,
  })
  let now = () => new Date(START)
  const opened = database === undefined ? await openTestDatabase() : { ...database, close: async () => {} }
  const context = await createContext(config, { database: opened, now: () => now() })
  const app = await buildApp(context, config)

  return {
    app,
    context,
    config,
    setNow(instant) {
      now = () => new Date(instant)
    },
    runClock() {
      now = () => new Date()
    },
    async porteur(email = 'porteuse@exemple.fr') {
      const porteur = await findOrCreatePorteur(context.db, context, email)
      return bearerOf(
        app,
        (
          await issueApiToken(context, porteur, {
            label: 'essai',
            scope: 'administrer',
            days: 365,
          })
        ).token,
      )
    },
    bearer: token => bearerOf(app, token),
    async close() {
      await app.close()
      await context.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** A program holding any bearer token. */
export function bearerOf(app: FastifyInstance, token: string): ApiClient {
  const send = async <Body>(
    method: Method,
    url: string,
    payload: object | Buffer | undefined,
    headers: Record<string, string>,
  ): Promise<Answer<Body>> => {
    const response = await app.inject({
      method,
      url,
      ...(payload === undefined ? {} : { payload }),
      headers: { authorization: `Bearer ${token}`, ...headers },
    })
    const isJson = /json/.test(String(response.headers['content-type']))
    return {
      status: response.statusCode,
      headers: response.headers,
      body: (isJson && response.body !== '' ? JSON.parse(response.body) : undefined) as Body,
      raw: response.rawPayload,
    }
  }
  return {
    token,
    call: (method, url, payload, headers = {}) => send(method, url, payload, headers),
    async upload(url, form) {
      const request = new Request('http://localhost/', { method: 'POST', body: form })
      const contentType = request.headers.get('content-type') ?? ''
      return await send('POST', url, Buffer.from(await request.arrayBuffer()), {
        'content-type': contentType,
      })
    },
  }
}
