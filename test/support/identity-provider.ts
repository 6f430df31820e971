/** A real OpenID Connect provider on a port of its own, as strict as ProConnect, and hostile when asked to be. */
import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider, { type ClientMetadata } from 'oidc-provider'
import { urlTo } from '../../schema/urls.ts'

export const CLIENT_ID = 'grappe-kit'
export const CLIENT_SECRET = 'un-secret-que-personne-ne-devine'

/** The only parameters that ProConnect takes: any other is an error there. */
const PROCONNECT_PARAMETERS = [
  ...['response_type', 'client_id', 'redirect_uri', 'scope', 'claims', 'state', 'nonce', 'prompt'],
  ...['idp_hint', 'login_hint'],
]

type Claims = Record<string, unknown>

export interface TestProvider {
  issuer: string
  /** Who signs in there next, and what the provider tells of it. */
  person: { email?: string | undefined; email_verified?: boolean; acr: string }
  /** Changes what it says, and signs that; null leaves it alone. */
  tamper: {
    idToken: ((claims: Claims) => Claims) | null
    userInfo: ((claims: Claims) => Claims) | null
    /** Replaces the signature by one of another key. */
    forged: boolean
    /** Answers these addresses with that status. */
    down: Readonly<Record<string, number>>
  }
  /** What it was asked for a code, newest last: where the secret was, and nothing of it. */
  tokenRequests: Array<{ authorization: string | undefined; secretInBody: boolean }>
  /** From now on, a server whose people see this address. */
  serve(publicUrl: string, client?: Partial<ClientMetadata>): void
  /** A browser's way from an address of the provider, until it leaves it again. */
  visit(address: string): Promise<string>
  stop(): Promise<void>
  start(): Promise<void>
}

/** Listens; it answers once it is told whom it serves. */
export async function startProvider(): Promise<TestProvider> {
  let handle: ReturnType<Provider['callback']> | null = null
  const open = async (port: number) => {
    const server = createServer((request, response) => {
      // A connection kept would be found closed by the first request after a stop.
      response.setHeader('connection', 'close')
      handle?.(request, response)
    })
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return server
  }
  let server = await open(0)
  const { port } = server.address() as AddressInfo
  const issuer = `http://127.0.0.1:${port}`
  const test: TestProvider = {
    issuer,
    person: { email: 'instructrice@ars.sante.fr', acr: 'eidas1' },
    tamper: { idToken: null, userInfo: null, forged: false, down: {} },
    tokenRequests: [],
    serve(publicUrl, client = {}) {
      handle = providerFor(test, publicUrl, client).callback()
    },
    visit: address => visit(address, issuer),
    async stop() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
    async start() {
      server = await open(port)
    },
  }
  return test
}

function providerFor(test: TestProvider, publicUrl: string, client: Partial<ClientMetadata>): Provider {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const provider = new Provider(test.issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: [publicUrl + urlTo('arsProviderReturn')],
        post_logout_redirect_uris: [publicUrl + urlTo('arsProviderLeft')],
        token_endpoint_auth_method: 'client_secret_post',
        id_token_signed_response_alg: 'RS256',
        userinfo_signed_response_alg: 'RS256',
        ...client,
      },
    ],
    jwks: {
      keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'clé', use: 'sig', alg: 'RS256' } as never],
    },
    cookies: { keys: ['essai'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], acr: null, auth_time: null, iss: null },
    acrValues: ['eidas1', 'eidas1-mfa', 'eidas2', 'eidas3'],
    ttl: { Interaction: 600, Grant: 600, Session: 600, AccessToken: 60, IdToken: 60, AuthorizationCode: 30 },
    pkce: { required: () => false },
    features: {
      devInteractions: { enabled: false },
      jwtUserinfo: { enabled: true },
      claimsParameter: { enabled: true },
      rpInitiatedLogout: { enabled: true },
    },
    interactions: { url: (_ctx, { uid }) => `/personne/${uid}` },
    findAccount: (_ctx, sub) => ({
      accountId: sub,
      claims: () => {
        const { email, email_verified } = test.person
        return { sub, email, ...(email_verified === undefined ? {} : { email_verified }) }
      },
    }),
    async loadExistingGrant(ctx) {
      const grant = new ctx.oidc.provider.Grant({
        clientId: CLIENT_ID,
        accountId: ctx.oidc.account?.accountId ?? '',
      })
      grant.addOIDCScope('openid email')
      grant.addOIDCClaims(['acr'])
      await grant.save()
      return grant
    },
    // What it would show is of no interest, and its styles are not to be fetched.
    renderError: (ctx, out) => {
      ctx.body = out
    },
  })
  provider.use(async (ctx, next) => {
    const status = test.tamper.down[ctx.path]
    if (status !== undefined) {
      ctx.status = status
      return
    }
    if (ctx.path.startsWith('/personne/')) {
      ctx.respond = false
      const { acr } = test.person
      await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: 'agent-1', acr } })
      return
    }
    if (ctx.path === '/auth') {
      const unknown = Object.keys(ctx.query).filter(name => !PROCONNECT_PARAMETERS.includes(name))
      if (client.client_id === undefined && unknown.length > 0) {
        ctx.throw(400, `Y000400: ${unknown.join()}`)
      }
    }
    await next()
    if (ctx.path === '/token') {
      test.tokenRequests.push({
        authorization: ctx.get('authorization') || undefined,
        secretInBody:
          ctx.oidc?.params?.client_secret === CLIENT_SECRET ||
          ctx.oidc?.body?.client_secret === CLIENT_SECRET,
      })
      const answer = ctx.body as { id_token?: string }
      if (answer.id_token !== undefined) answer.id_token = retold(answer.id_token, test.tamper.idToken)
    }
    if (ctx.path === '/me' && typeof ctx.body === 'string') ctx.body = retold(ctx.body, test.tamper.userInfo)
  })
  const retold = (jwt: string, change: ((claims: Claims) => Claims) | null) =>
    change === null && !test.tamper.forged
      ? jwt
      : signedAgain(jwt, change ?? (claims => claims), test.tamper.forged ? other : privateKey)
  return provider
}

function signedAgain(jwt: string, change: (claims: Claims) => Claims, key: KeyObject): string {
  const [header = '', payload = ''] = jwt.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims
  const body = `${header}.${Buffer.from(JSON.stringify(change(claims))).toString('base64url')}`
  return `${body}.${createSign('RSA-SHA256').update(body).sign(key, 'base64url')}`
}

/** Follows redirections and sends the one form of the sign-out page, with cookies of its own. */
async function visit(address: string, issuer: string): Promise<string> {
  const cookies = new Map<string, string>()
  let next: { url: string; body?: URLSearchParams } = { url: address }
  for (let step = 0; step < 10; step++) {
    const answer = await fetch(next.url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(next.body === undefined ? {} : { method: 'POST', body: next.body }),
    })
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      cookies.set(name, value)
    }
    const location = answer.headers.get('location')
    const page = await answer.text()
    const [, action] = /action="([^"]+)"/.exec(page) ?? []
    if (location !== null) {
      const url = new URL(location, next.url).href
      if (!url.startsWith(issuer)) return url
      next = { url }
    } else if (action !== undefined) {
      const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(page) ?? []
      next = { url: new URL(action, next.url).href, body: new URLSearchParams({ xsrf, logout: 'yes' }) }
    } else throw new Error(`the provider answered ${answer.status}: ${page}`)
  }
  throw new Error('the provider never ends')
}
