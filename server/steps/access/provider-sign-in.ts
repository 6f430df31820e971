/** A reviewer signs in by a provider that vouches for its address, such as ProConnect for public agents. */
import { urlTo } from '../../../schema/urls.ts'
import type { Context, IdentityProvider, PendingSignIn } from '../ports.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { isAmong, isKnownReviewer } from './reviewer-sign-in.ts'
import { type OpenedSession, openSession, type SessionPlace } from './sign-in.ts'

/** Exactly what was registered with the provider. */
const returnTo = (context: Pick<Context, 'publicUrl'>): string =>
  context.publicUrl() + urlTo('arsProviderReturn')

/** @returns where the person goes, and what its browser keeps until it is back. */
export async function beginProviderSignIn(
  context: Context,
  provider: IdentityProvider,
): Promise<Outcome<{ address: string; pending: PendingSignIn }>> {
  const { name } = provider
  const begun = await provider.begin(returnTo(context), context.now())
  return begun.ok ? begun : refuse(begun.fault, { name, reason: begun.reason })
}

/**
 * Opens the session of whoever comes back: an agent that may come by this provider, and to whose address a
 * dossier was handed, or that the settings name.
 *
 * @param pending what this browser kept; null when it kept nothing, or too long.
 * @param query of the address by which it came back, as received.
 */
export async function finishProviderSignIn(
  context: Context,
  provider: IdentityProvider,
  pending: PendingSignIn | null,
  query: string,
  place: SessionPlace,
): Promise<Outcome<Pick<OpenedSession, 'sessionToken' | 'expiresAt'> & { idToken: string }>> {
  const { name } = provider
  const returned = new URL(`?${query}`, returnTo(context))
  const isExpected =
    pending !== null &&
    context.now().getTime() < pending.until &&
    returned.searchParams.get('state') === pending.state
  if (!isExpected) return refuse('sign-in-stale', { name })
  const told = await provider.finish(returned, pending)
  if (!told.ok) return refuse(told.fault, { name, reason: told.reason })
  const { email, idToken } = told.value
  if (!isAmong(provider.agents, email)) return refuse('provider-not-for-you', { name, email })
  if (!(await isKnownReviewer(context, email))) return refuse('reviewer-unknown', { email })
  const opened = await openSession(context, { reviewerEmail: email, openedBy: provider.proof }, place)
  return done({ ...opened, idToken })
}

/** Where a person who signed out here also signs out of the provider; null when it offers no such thing. */
export async function endAtProvider(
  context: Pick<Context, 'publicUrl'>,
  provider: IdentityProvider,
  idToken: string,
  state: string,
): Promise<string | null> {
  return await provider.end(idToken, context.publicUrl() + urlTo('arsProviderLeft'), state)
}
