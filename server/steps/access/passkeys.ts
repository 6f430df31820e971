/** The passkeys of a person: added after an e-mailed code, listed, removed, asked for in place of a code. */
import { and, asc, eq, gt, lte } from 'drizzle-orm'
import { passkeyChallenges, passkeys } from '../../../schema/tables.ts'
import { PASSKEY_PAGES, urlTo } from '../../../schema/urls.ts'
import { type CodePurpose, minutesAfter } from '../../domain/confirm-by-code.ts'
import {
  MAX_PASSKEYS,
  PASSKEY_MINUTES,
  type PasskeySide,
  type PasskeySite,
  passkeySite,
} from '../../domain/passkey.ts'
import type { Context, Database, IsAwaited, PasskeyQuestion } from '../ports.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import type { CodeHolder } from './confirm-by-code.ts'
import { writeMail } from './send-mail.ts'

/** Whose passkeys. */
export interface PasskeyOwner {
  side: PasskeySide
  /** Lower case. */
  email: string
}

/** By whom and for what one is asked: an answer is worth nothing in another session, browser or act. */
export interface PasskeyAsking extends PasskeyOwner {
  /** Of the session or of the link. */
  holderId: string
  /** Token of the browser; null for a session, which is one browser's. */
  browser: string | null
  /** Adding one (`cle-acces`), or the act that it confirms. */
  purpose: CodePurpose
}

/** How a passkey may be asked for in place of a code; null where only a code does: a member’s, to add one. */
export function passkeyAsking(
  { id, email, browser, side }: CodeHolder,
  purpose: CodePurpose,
): PasskeyAsking | null {
  if (email === null || side === undefined || purpose === 'cle-acces') return null
  return { side, email, holderId: id, browser, purpose }
}

type Passkey = typeof passkeys.$inferSelect

/** Oldest first. */
export async function listPasskeys(
  { db }: Pick<Context, 'db'>,
  { side, email }: PasskeyOwner,
): Promise<Passkey[]> {
  return await db
    .select()
    .from(passkeys)
    .where(and(eq(passkeys.side, side), eq(passkeys.email, email)))
    .orderBy(asc(passkeys.createdAt), asc(passkeys.id))
}

/** Refuses another person's as unknown. Its owner is told by mail: it may not be the one who acts. */
export async function removePasskey(
  context: Context,
  { side, email }: PasskeyOwner,
  id: string,
): Promise<Outcome<{ name: string }>> {
  const removed = await context.db.transaction(async tx => {
    const [row] = await tx
      .delete(passkeys)
      .where(and(eq(passkeys.id, id), eq(passkeys.side, side), eq(passkeys.email, email)))
      .returning({ name: passkeys.name })
    if (row !== undefined) await tellOwner(tx, context, { side, email }, { name: row.name, added: false })
    return row
  })
  if (removed === undefined) return refuse('not-found')
  await context.jobs.kick('envois')
  return done(removed)
}

async function tellOwner(
  tx: Database,
  context: Pick<Context, 'now' | 'newId' | 'mailTexts' | 'publicUrl'>,
  { side, email }: PasskeyOwner,
  change: { name: string; added: boolean },
): Promise<void> {
  const text = context.mailTexts.passkeyChanged({
    ...change,
    at: context.now().toISOString(),
    passkeys: context.publicUrl() + PASSKEY_PAGES[side].list,
    sessions: context.publicUrl() + urlTo(side === 'porteur' ? 'sessions' : 'arsSessions'),
  })
  await writeMail(tx, context, { ...text, recipient: email, grappeId: null, linkId: null })
}

/** Why none can be added now; to be asked before the person is sent a code. */
export async function refusePasskey(context: Context, owner: PasskeyOwner): Promise<Outcome<PasskeySite>> {
  const site = passkeySite(context.publicUrl())
  if (site === null) return refuse('passkeys-not-here')
  const known = await listPasskeys(context, owner)
  return known.length < MAX_PASSKEYS
    ? done(site)
    : refuse('too-many-passkeys', { most: String(MAX_PASSKEYS) })
}

/** What the browser is asked to make, once the person has typed its code. */
export async function beginPasskey(
  context: Context,
  asking: PasskeyAsking,
): Promise<Outcome<PasskeyQuestion>> {
  const site = await refusePasskey(context, asking)
  if (!site.ok) return site
  const known = await listPasskeys(context, asking)
  const { email, side } = asking
  const person = { email, handle: context.tokens.hash(`${side} ${email}`) }
  const question = await context.passkeys.askToCreate(site.value, person, known)
  await awaitAnswer(context, asking, question)
  return done(question)
}

/** Adds the passkey that the browser made. */
export async function addPasskey(
  context: Context,
  asking: PasskeyAsking,
  { name, answer }: { name: string; answer: string },
): Promise<Outcome<null>> {
  const site = await refusePasskey(context, asking)
  if (!site.ok) return site
  const created = await context.passkeys.created(site.value, answer, awaited(context, asking))
  if (created === null) return refuse('passkey-refused')
  const { side, email } = asking
  const added = await context.db.transaction(async tx => {
    const rows = await tx
      .insert(passkeys)
      .values({ id: context.newId(), side, email, name, ...created, createdAt: context.now() })
      .onConflictDoNothing()
      .returning({ id: passkeys.id })
    if (rows.length > 0) await tellOwner(tx, context, { side, email }, { name, added: true })
    return rows.length > 0
  })
  if (!added) return refuse('passkey-refused')
  await context.jobs.kick('envois')
  return done(null)
}

/** What a passkey of this person is asked to sign; null when it has none, or none works here. */
export async function askForPasskey(
  context: Context,
  asking: PasskeyAsking,
): Promise<PasskeyQuestion | null> {
  const site = passkeySite(context.publicUrl())
  const known = site === null ? [] : await listPasskeys(context, asking)
  if (site === null || known.length === 0) return null
  const question = await context.passkeys.askToConfirm(site, known)
  await awaitAnswer(context, asking, question)
  return question
}

/** Checks what a passkey signed. Of two uses at once of one counter, one wins. */
export async function confirmByPasskey(
  context: Context,
  asking: PasskeyAsking,
  answer: string,
): Promise<Outcome<null>> {
  const site = passkeySite(context.publicUrl())
  if (site === null) return refuse('passkeys-not-here')
  const known = await listPasskeys(context, asking)
  const confirmed = await context.passkeys.confirmed(site, answer, known, awaited(context, asking))
  const before = known.find(({ id }) => id === confirmed?.id)
  if (confirmed === null || before === undefined) return refuse('passkey-refused')
  const used = await context.db
    .update(passkeys)
    .set({ counter: confirmed.counter, lastUsedAt: context.now() })
    .where(and(eq(passkeys.id, confirmed.id), eq(passkeys.counter, before.counter)))
    .returning({ id: passkeys.id })
  return used.length === 0 ? refuse('passkey-refused') : done(null)
}

const boundTo = ({ tokens }: Pick<Context, 'tokens'>, { holderId, browser }: PasskeyAsking): string =>
  tokens.hash(`${holderId} ${browser ?? ''}`)

async function awaitAnswer(
  context: Context,
  asking: PasskeyAsking,
  { challenge }: PasskeyQuestion,
): Promise<void> {
  const { db, tokens } = context
  const now = context.now()
  const { side, email, purpose } = asking
  await db.delete(passkeyChallenges).where(lte(passkeyChallenges.expiresAt, now))
  await db.insert(passkeyChallenges).values({
    challengeHash: tokens.hash(challenge),
    side,
    email,
    purpose,
    boundTo: boundTo(context, asking),
    expiresAt: minutesAfter(now, PASSKEY_MINUTES),
  })
}

/** Answered by being looked for: of two answers to one challenge, one finds it. */
const awaited =
  (context: Context, asking: PasskeyAsking): IsAwaited =>
  async challenge => {
    const { db, tokens, now } = context
    const found = await db
      .delete(passkeyChallenges)
      .where(
        and(
          eq(passkeyChallenges.challengeHash, tokens.hash(challenge)),
          eq(passkeyChallenges.side, asking.side),
          eq(passkeyChallenges.email, asking.email),
          eq(passkeyChallenges.purpose, asking.purpose),
          eq(passkeyChallenges.boundTo, boundTo(context, asking)),
          gt(passkeyChallenges.expiresAt, now()),
        ),
      )
      .returning({ purpose: passkeyChallenges.purpose })
    return found.length > 0
  }
