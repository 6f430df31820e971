import { describe, expect, it } from 'vitest'
import { ConfigError, readConfig } from '../../server/config.ts'

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
