/** Before a sensitive act, a code of six digits is e-mailed to the holder of the link or of the session. */
import { and, asc, eq, gt, lt, sql } from 'drizzle-orm'
import { codes } from '../../../schema/tables.ts'
import {
  CODE_MINUTES,
  type CodePurpose,
  type CodeState,
  codeState,
  DAY_MINUTES,
  isConfirmed,
  isSameAct,
  LOCK_MINUTES,
  MAX_WRONG_TRIES,
  minutesAfter,
  minutesBeforeNextCode,
  minutesUntil,
  type SentCode,
  triesCarriedOver,
} from '../../domain/confirm-by-code.ts'
import type { Actor } from '../../domain/journal/entry.ts'
import type { PasskeySide } from '../../domain/passkey.ts'
import type { Context, Database } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, type Refusal, refuse } from '../refusals.ts'
import { writeMail } from './send-mail.ts'

/** Who must prove itself. */
export interface CodeHolder {
  /** Of the link or of the session. */
  id: string
  /** Where the code is sent; null when the link was handed to no address. */
  email: string | null
  /** Token of the browser, or program, that alone may use what it asks for; null for a session. */
  browser: string | null
  /** Whose passkeys may be used in place of a code; absent for a member, who has none. */
  side?: PasskeySide
  /** Whose journal tells of a lock-out; null for a session, which belongs to no grappe. */
  journal: { grappeId: string; actor: Actor } | null
}

/**
 * Lets a sensitive act go on: this browser confirmed it within the last fifteen minutes for this purpose.
 * Otherwise refuses with `code-needed`, `code-locked` or `link-without-email`; see `sendCode` and
 * `confirmCode`.
 */
export async function requireConfirmation(
  context: Pick<Context, 'db' | 'now' | 'tokens'>,
  holder: CodeHolder,
  purpose: CodePurpose,
): Promise<Outcome<null>> {
  if (holder.email === null) return refuse('link-without-email')
  const now = context.now()
  const browserHash = browserHashOf(context, holder)
  const sent = ofBrowser(await readCodes(context.db, holder, purpose), browserHash)
  if (isConfirmed(sent, now)) return done(null)
  const state = codeState(sent, now)
  return state.kind === 'locked' ? lockedRefusal(state, now) : refuse('code-needed')
}

/** E-mails a new code, which takes the place of the one before. The mail is in no grappe's outbox. */
export async function sendCode(
  context: Context,
  holder: CodeHolder,
  purpose: CodePurpose,
): Promise<Outcome<null>> {
  const { email } = holder
  if (email === null) return refuse('link-without-email')
  const now = context.now()
  const browserHash = browserHashOf(context, holder)
  const written = await context.db.transaction(async (tx): Promise<Outcome<null>> => {
    await lockHolder(tx, holder)
    await tx.delete(codes).where(lt(codes.createdAt, minutesAfter(now, -DAY_MINUTES)))
    const all = await readCodes(tx, holder, purpose)
    const sent = ofBrowser(all, browserHash)
    const state = codeState(sent, now)
    if (state.kind === 'locked') return lockedRefusal(state, now)
    const wait = minutesBeforeNextCode(all, browserHash, now)
    if (wait > 0) return refuse('code-limit', { minutes: String(wait) })
    await tx
      .update(codes)
      .set({ expiresAt: now })
      .where(
        and(
          eq(codes.holderId, holder.id),
          eq(codes.purpose, purpose),
          eq(codes.browserHash, browserHash),
          gt(codes.expiresAt, now),
        ),
      )
    const id = context.newId()
    await tx.insert(codes).values({
      id,
      holderId: holder.id,
      purpose,
      browserHash,
      codeHash: context.tokens.hashCode(id, context.tokens.ofCode(id)),
      attempts: triesCarriedOver(sent, now),
      createdAt: now,
      expiresAt: minutesAfter(now, CODE_MINUTES),
    })
    const text = context.mailTexts.confirmationCode({ code: `{code:${id}}`, purpose, minutes: CODE_MINUTES })
    await writeMail(tx, context, { ...text, recipient: email, grappeId: null, linkId: null })
    return done(null)
  })
  if (written.ok) await context.jobs.kick('envois')
  return written
}

/**
 * Checks what was typed, which is used up by it. The fifth wrong try locks this browser for fifteen minutes:
 * whoever else holds the link goes on.
 */
export async function confirmCode(
  context: Context,
  holder: CodeHolder,
  purpose: CodePurpose,
  typed: string,
): Promise<Outcome<null>> {
  const now = context.now()
  const browserHash = browserHashOf(context, holder)
  return await context.db.transaction(async tx => {
    // Tries made at the same moment come one after the other: none is left uncounted.
    await lockHolder(tx, holder)
    const sent = ofBrowser(await readCodes(tx, holder, purpose), browserHash)
    const state = codeState(sent, now)
    const digits = typed.replace(/\D/g, '')
    const isRight = ({ id, codeHash }: SentCode) => context.tokens.hashCode(id, digits) === codeHash
    if (state.kind === 'locked') return lockedRefusal(state, now)
    if (state.kind !== 'waiting') {
      const last = sent.at(-1)
      return last !== undefined && isSameAct(last, now) && isRight(last) ? done(null) : refuse('code-expired')
    }
    const { code } = state
    if (isRight(code)) {
      await tx.update(codes).set({ usedAt: now }).where(eq(codes.id, code.id))
      return done(null)
    }
    const attempts = code.attempts + 1
    if (attempts < MAX_WRONG_TRIES) {
      await tx.update(codes).set({ attempts }).where(eq(codes.id, code.id))
      return refuse('code-wrong', { left: String(MAX_WRONG_TRIES - attempts) })
    }
    const until = minutesAfter(now, LOCK_MINUTES)
    await tx.update(codes).set({ attempts, expiresAt: until }).where(eq(codes.id, code.id))
    if (holder.journal !== null) {
      await recordChange(tx, {
        ...holder.journal,
        at: now,
        act: { kind: 'code-locked', facts: { minutes: LOCK_MINUTES } },
      })
    }
    return lockedRefusal({ kind: 'locked', until }, now)
  })
}

function lockedRefusal(
  { until }: Extract<CodeState, { kind: 'locked' }>,
  now: Date,
): { ok: false; refusal: Refusal } {
  return refuse('code-locked', { minutes: String(minutesUntil(until, now)) })
}

const browserHashOf = ({ tokens }: Pick<Context, 'tokens'>, { browser }: CodeHolder): string =>
  browser === null ? '' : tokens.hash(browser)

const ofBrowser = (codes: readonly SentCode[], browserHash: string): SentCode[] =>
  codes.filter(code => code.browserHash === browserHash)

async function lockHolder(tx: Database, holder: CodeHolder): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`code ${holder.id}`}))`)
}

async function readCodes(
  db: Database,
  holder: Pick<CodeHolder, 'id'>,
  purpose: CodePurpose,
): Promise<SentCode[]> {
  return await db
    .select({
      id: codes.id,
      browserHash: codes.browserHash,
      codeHash: codes.codeHash,
      attempts: codes.attempts,
      createdAt: codes.createdAt,
      expiresAt: codes.expiresAt,
      usedAt: codes.usedAt,
    })
    .from(codes)
    .where(and(eq(codes.holderId, holder.id), eq(codes.purpose, purpose)))
    .orderBy(asc(codes.createdAt), asc(codes.expiresAt))
}
