import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ConfigError, readConfig, SETTINGS } from '../../server/config.ts'

const OIDC = {
  OIDC_ISSUER: 'https://auth.exemple.fr/api/v2',
  OIDC_CLIENT_ID: 'grappe',
  OIDC_CLIENT_SECRET: 'secret',
}

describe('settings', () => {
  it('needs nothing at all', () => {
    expect(readConfig({})).toMatchObject({ host: '127.0.0.1', port: 3000, dataDir: './data', demo: true })
  })

  it('makes no demonstration on PostgreSQL unless asked', () => {
    expect(readConfig({ DATABASE_URL: 'postgres://base/grappe' }).demo).toBe(false)
    expect(readConfig({ DATABASE_URL: 'postgres://base/grappe', DEMO: 'oui' }).demo).toBe(true)
  })

  it('takes an empty variable, as docker compose passes them, for an absent one', () => {
    const config = readConfig({ DATABASE_URL: '', SMTP_URL: '', PUBLIC_URL: '', SECRET_KEY: '', DEMO: '' })
    expect(config).toMatchObject({
      databaseUrl: undefined,
      smtpUrl: undefined,
      publicUrl: undefined,
      demo: true,
    })
  })

  it('takes any of them from a file, such as a secret that docker mounts', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'grappe-kit-secrets-'))
    const [file, empty] = [join(folder, 'cle'), join(folder, 'vide')]
    await writeFile(file, `${'c'.repeat(64)}\n`)
    await writeFile(empty, '\n')
    const SECRET_KEY_FILE = file
    expect(readConfig({ SECRET_KEY: '', SECRET_KEY_FILE }).secretKey).toBe('c'.repeat(64))
    expect(() => readConfig({ SECRET_KEY: 'd'.repeat(32), SECRET_KEY_FILE })).toThrow('SECRET_KEY_FILE')
    expect(() => readConfig({ SECRET_KEY_FILE: empty })).toThrow('est vide')
    expect(() => readConfig({ SECRET_KEY_FILE: join(folder, 'absent') })).toThrow('ne se lit pas')
    await rm(folder, { recursive: true })
  })

  it('are all passed by docker-compose.yml, whose defaults are accepted', async () => {
    const compose = parse(await readFile('docker-compose.yml', 'utf8'), { merge: true }) as {
      services: Record<string, { environment: Record<string, string | number> }>
    }
    const [first, second, command] = ['serveur-1', 'serveur-2', 'commande'].map(
      name => compose.services[name]?.environment ?? {},
    )
    expect([second, command]).toEqual([first, first])
    const passed = Object.keys(first ?? {}).map(name => name.replace(/_FILE$/, ''))
    // What npm and the image say.
    const others = ['npm_lifecycle_event', 'NODE_ENV']
    expect([...new Set(passed)].toSorted()).toEqual(
      SETTINGS.filter(name => !others.includes(name)).toSorted(),
    )
    const byDefault = Object.entries(first ?? {}).map(([name, value]) => [
      name,
      String(value).replace(/^\$\{\w+:-(.*)\}$/, '$1'),
    ])
    const files = byDefault.filter(([name]) => name?.endsWith('_FILE')).map(([name]) => [name, ''])
    expect(() => readConfig(Object.fromEntries([...byDefault, ...files]))).not.toThrow()
  })

  it('offers ProConnect to agents of an ARS when it is set, and to nobody by default', () => {
    expect(readConfig({ OIDC_ISSUER: '', OIDC_PROFILE: '', OIDC_MFA: '' }).oidc).toBeNull()
    expect(readConfig(OIDC).oidc).toMatchObject({
      profile: 'proconnect',
      signature: 'RS256',
      levels: [],
      agents: ['@ars.sante.fr'],
    })
  })

  it.each([
    [{ PORT: 'trois mille' }, 'PORT'],
    [{ PORT: '70000' }, 'PORT'],
    [{ DATABASE_URL: 'mysql://base' }, 'DATABASE_URL'],
    [{ SMTP_URL: 'mail.exemple.fr' }, 'SMTP_URL'],
    [{ SECRET_KEY: 'court' }, 'SECRET_KEY'],
    [{ PUBLIC_URL: 'exemple' }, 'PUBLIC_URL'],
    [{ OIDC_ISSUER: 'https://auth.exemple.fr' }, 'OIDC_CLIENT_ID'],
    [{ ...OIDC, OIDC_ISSUER: 'http://auth.exemple.fr' }, 'OIDC_ISSUER'],
    [{ ...OIDC, OIDC_SIGNATURE: 'HS256' }, 'OIDC_SIGNATURE'],
    [{ ...OIDC, OIDC_MFA: 'parfois' }, 'OIDC_MFA'],
  ])('refuses %o naming the variable', (environment, name) => {
    expect(() => readConfig(environment)).toThrow(ConfigError)
    expect(() => readConfig(environment)).toThrow(name)
  })

  it('never repeats a secret in its message', () => {
    expect(() => readConfig({ SECRET_KEY: 'motdepasse' })).toThrow(/^(?!.*motdepasse)/)
  })
})
