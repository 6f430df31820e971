import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { fill, PATHS } from '../../schema/urls.ts'
import { loggedUrl } from '../../server/http/security.ts'

/** One request by a link's address, to a server that logs as the application does. */
const TALK = `
  import Fastify from 'fastify'
  import { loggerOptions } from './server/http/logging.ts'
  const app = Fastify({ logger: loggerOptions('info', process.env.FORMAT) })
  app.get('/esms/:token', async () => 'ok')
  await app.inject('/esms/${'x'.repeat(43)}')
`

/** A statement that fails on what a person typed, and one on what another row holds already. */
const FAULTS = `
  import { PGlite } from '@electric-sql/pglite'
  import { sql } from 'drizzle-orm'
  import { drizzle } from 'drizzle-orm/pglite'
  import Fastify from 'fastify'
  import { loggerOptions } from './server/http/logging.ts'
  const db = drizzle({ client: await PGlite.create() })
  await db.execute(sql\`create table people (email text unique)\`)
  const app = Fastify({ logger: loggerOptions('info', process.env.FORMAT) })
  const email = 'porteuse@exemple.fr'
  app.get('/uuid', async () => await db.execute(sql\`select \${email}::uuid\`))
  app.get('/twice', async () => await db.execute(sql\`insert into people values (\${email}), (\${email})\`))
  await app.inject('/uuid')
  await app.inject('/twice')
`

it('no value that a statement was given reaches the log, and what failed does', { timeout: 120_000 }, () => {
  const lines = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', FAULTS], {
    env: { ...process.env, FORMAT: 'json' },
    encoding: 'utf8',
  })
  expect(lines).toContain('insert into people')
  expect(lines).toContain('people_email_key')
  expect(lines).toContain('22P02')
  expect(lines).not.toContain('exemple.fr')
})

it('no address of a capability reaches the log with its token, nor any query', () => {
  const token = 'x'.repeat(43)
  const capabilities = Object.values(PATHS).filter(path => path.includes(':token'))
  expect(capabilities.length).toBeGreaterThan(8)
  for (const path of capabilities) {
    const logged = loggedUrl(`${fill(path, { token, piece: 'p', file: 'f', version: 'v' })}?csrf=${token}`)
    expect(logged).not.toContain(token)
  }
})

it('is as silent about tokens in lines for people as in lines for machines', async () => {
  for (const format of ['lisible', 'json'] as const) {
    const lines = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', TALK], {
      env: { ...process.env, FORMAT: format },
      encoding: 'utf8',
    })
    expect(lines).toContain('/esms/…')
    expect(lines).not.toContain('x'.repeat(43))
    expect(lines.includes('"level"')).toBe(format === 'json')
  }
})

/** Lines that somebody adds one day without thinking of what they hold, and one request. */
const CARELESS = `
  import Fastify from 'fastify'
  import { loggerOptions } from './server/http/logging.ts'
  import { requestIds } from './server/http/request-ids.ts'
  const app = Fastify({ logger: loggerOptions('info', process.env.FORMAT), genReqId: requestIds(true) })
  app.get('/', async request => {
    request.log.warn({ headers: request.headers, token: 'SECRET', a: { b: { password: 'SECRET' } } }, 'Careless')
    return 'ok'
  })
  await app.inject({
    url: '/?token=SECRET',
    headers: { authorization: 'Bearer SECRET', cookie: 'session=SECRET', 'x-request-id': 'du-mandataire' },
  })
`

it('hides what travels under the name of a secret, and names the request in each of its lines', () => {
  for (const format of ['lisible', 'json'] as const) {
    const text = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', CARELESS], {
      env: { ...process.env, FORMAT: format },
      encoding: 'utf8',
    })
    const lines = text.trim().split('\n')
    expect(lines).toHaveLength(3)
    for (const line of lines) expect(line).toContain('du-mandataire')
    expect(text).toContain('Careless')
    expect(text).toContain('[masqué]')
    expect(text).not.toContain('SECRET')
  }
})
