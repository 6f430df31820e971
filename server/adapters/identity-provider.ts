/** Signing in by an OpenID Connect provider such as ProConnect: what is asked of it, what is believed. */
import * as oidc from 'openid-client'
import type { AgentIdentity, IdentityProvider, PendingSignIn, ProviderAnswer } from '../steps/ports.ts'

/** An OpenID Connect provider, and what this server is to it. */
export interface OidcSettings {
  issuer: string
  clientId: string
  clientSecret: string
  profile: 'proconnect' | 'oidc'
  signature: 'RS256' | 'ES256'
  /** Levels (`acr`) one of which a sign-in must have reached; empty when any will do. */
  levels: readonly string[]
  /** Lower case: addresses, and domains such as `@ars.sante.fr`. */
  agents: readonly string[]
}

/** Longest wait for each answer of the provider. */
const ANSWER_SECONDS = 10

/** From its button to the return of whoever signs in. */
const PENDING_MS = 10 * 60 * 1000

/** What a provider may put in the address by which a person comes back. */
const RETURN_PARAMETERS = [
  ...['code', 'state', 'iss', 'session_state'],
  ...['error', 'error_description', 'error_uri'],
]

/** The provider says itself that it does not manage: to be tried again. */
const PASSING_ERRORS = ['server_error', 'temporarily_unavailable']

/** Nothing is asked of the provider before somebody signs in: this server starts without it. */
export function openIdentityProvider(settings: OidcSettings): IdentityProvider {
  const { profile, levels } = settings
  const isProConnect = profile === 'proconnect'
  let known: Promise<oidc.Configuration> | null = null
  /** Asked once; again when it was not told. */
  const configuration = () => {
    known ??= discover(settings).catch(error => {
      known = null
      throw error
    })
    return known
  }

  return {
    name: isProConnect ? 'ProConnect' : 'OpenID Connect',
    proof: profile,
    agents: settings.agents,

    begin: (returnTo, now) =>
      answered(async () => {
        const config = await configuration()
        const pending: PendingSignIn = {
          state: oidc.randomState(),
          nonce: oidc.randomNonce(),
          // ProConnect refuses any parameter that it does not list, those of PKCE included.
          verifier: isProConnect ? null : oidc.randomPKCECodeVerifier(),
          until: now.getTime() + PENDING_MS,
        }
        const address = oidc.buildAuthorizationUrl(config, {
          redirect_uri: returnTo,
          scope: 'openid email',
          state: pending.state,
          nonce: pending.nonce,
          ...(levels.length > 0 ? { claims: askingFor(levels) } : {}),
          ...(pending.verifier === null ? {} : await challengeOf(pending.verifier)),
        })
        return { ok: true, value: { address: address.href, pending } }
      }),

    finish: (returned, pending) =>
      answered(async () => {
        const names = [...returned.searchParams.keys()]
        const unknown = names.find(name => !RETURN_PARAMETERS.includes(name))
        if (unknown !== undefined) return untrusted('unknown parameter of the return')
        const config = await configuration()
        const tokens = await oidc.authorizationCodeGrant(config, returned, {
          expectedState: pending.state,
          expectedNonce: pending.nonce,
          ...(pending.verifier === null ? {} : { pkceCodeVerifier: pending.verifier }),
        })
        const claims = tokens.claims()
        const idToken = tokens.id_token
        if (claims === undefined || idToken === undefined) return untrusted('no id_token')
        if (levels.length > 0 && !levels.includes(String(claims.acr)))
          return { ok: false, fault: 'provider-weak', reason: `acr ${String(claims.acr)}` }
        const info = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub)
        return identityOf(info, idToken, profile)
      }),

    async end(idToken, returnTo, state) {
      const config = await configuration().catch(() => null)
      if (config?.serverMetadata().end_session_endpoint === undefined) return null
      const address = oidc.buildEndSessionUrl(config, {
        id_token_hint: idToken,
        post_logout_redirect_uri: returnTo,
        state,
      })
      // The token tells whose it is, and ProConnect lists the parameters that it takes.
      address.searchParams.delete('client_id')
      return address.href
    },
  }
}

async function discover(settings: OidcSettings): Promise<oidc.Configuration> {
  const { issuer, clientId, clientSecret, signature, profile } = settings
  return await oidc.discovery(
    new URL(issuer),
    clientId,
    {
      id_token_signed_response_alg: signature,
      ...(profile === 'proconnect' ? { userinfo_signed_response_alg: signature } : {}),
    },
    oidc.ClientSecretPost(clientSecret),
    {
      timeout: ANSWER_SECONDS,
      // Signatures are checked although the answers come from the provider itself.
      execute: [
        oidc.enableNonRepudiationChecks,
        // The settings let through a provider on this machine only.
        ...(issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : []),
      ],
    },
  )
}

/** `claims`, and not `acr_values`, which a provider is free not to follow. */
const askingFor = (levels: readonly string[]): string =>
  JSON.stringify({ id_token: { acr: { essential: true, values: levels } } })

const challengeOf = async (verifier: string) => ({
  code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
})

/**
 * The address that the provider vouches for. ProConnect tells only addresses of its own identity providers,
 * and does not say that it checked them; any other provider has to say so.
 */
function identityOf(
  info: oidc.UserInfoResponse,
  idToken: string,
  profile: OidcSettings['profile'],
): ProviderAnswer<AgentIdentity> {
  const { email, email_verified: verified } = info
  const isVouched = verified === true || (profile === 'proconnect' && verified === undefined)
  if (typeof email !== 'string' || !isVouched)
    return { ok: false, fault: 'provider-without-email', reason: `email_verified ${String(verified)}` }
  return { ok: true, value: { email: email.trim().toLowerCase(), idToken } }
}

const untrusted = (reason: string): ProviderAnswer<never> => ({
  ok: false,
  fault: 'provider-untrusted',
  reason,
})

/** Turns what the library throws into a fault; its reason holds no value that was received. */
async function answered<Value>(ask: () => Promise<ProviderAnswer<Value>>): Promise<ProviderAnswer<Value>> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof oidc.AuthorizationResponseError)
      return { ok: false, fault: faultOf(error.error), reason: `error ${error.error}` }
    if (error instanceof oidc.ResponseBodyError)
      return { ok: false, fault: faultOf(error.error), reason: `token endpoint: ${error.error}` }
    if (error instanceof oidc.WWWAuthenticateChallengeError) return untrusted(`status ${error.status}`)
    // What `fetch` throws of a network that fails.
    if (error instanceof TypeError && /^(fetch failed|terminated)$/.test(error.message))
      return { ok: false, fault: 'provider-unreachable', reason: error.message }
    if (!(error instanceof oidc.ClientError)) throw error
    const reason = `${error.code}: ${error.message}`
    const isDown = error.code === 'OAUTH_TIMEOUT' || error.code === 'OAUTH_RESPONSE_IS_NOT_CONFORM'
    return isDown ? { ok: false, fault: 'provider-unreachable', reason } : untrusted(reason)
  }
}

const faultOf = (error: string) =>
  PASSING_ERRORS.includes(error)
    ? ('provider-unreachable' as const)
    : error === 'invalid_grant'
      ? ('sign-in-stale' as const)
      : ('provider-declined' as const)
