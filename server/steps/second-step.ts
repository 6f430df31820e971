/** The second step before a sensitive act: a code of six digits, e-mailed to the holder of the link or of the session. */
import { and, asc, eq, gt, lt, sql } from 'drizzle-orm'
import { codes } from '../../schema/tables.ts'
import {
  CODE_MINUTES,
  LOCK_MINUTES,
  MAX_WRONG_TRIES,
  maySendCode,
  minutesAfter,
  type SecondStepPurpose,
  type SecondStepState,
  type SentCode,
  secondStepState,
  triesCarriedOver,
} from '../domain/second-step.ts'
import type { Context, Database } from './ports.ts'
import { recordChange } from './record-change.ts'
import { done, type Outcome, type Refusal, refuse } from './refusals.ts'
import { writeMail } from './send-mail.ts'

/** Who must prove itself. */
export interface StepHolder {
  /** Of the link or of the session. */
  id: string
  /** Where the code is sent; null when the link was handed to no address. */
  email: string | null
  /** Whose journal tells of a lock-out; null for a session, which belongs to no grappe. */
  journal: { grappeId: string; actor: string } | null
}

/**
 * Lets a sensitive act go on: it was confirmed within the last fifteen minutes for this purpose. Otherwise refuses with
 * `code-needed`, `code-locked` or `link-without-email`; see `sendCode` and `confirmCode`.
 */
export async function requireSecondStep(
  context: Pick<Context, 'db' | 'now'>,
  holder: StepHolder,
  purpose: SecondStepPurpose,
): Promise<Outcome<null>> {
  if (holder.email === null) return refuse('link-without-email')
  const now = context.now()
  const state = secondStepState(await readCodes(context.db, holder, purpose), now)
  if (state.kind === 'confirmed') return done(null)
  return state.kind === 'locked' ? lockedRefusal(state, now) : refuse('code-needed')
}

/** E-mails a new code, which takes the place of the one before. The mail is in no grappe's outbox. */
export async function sendCode(
  context: Context,
  holder: StepHolder,
  purpose: SecondStepPurpose,
): Promise<Outcome<null>> {
  const { email } = holder
  if (email === null) return refuse('link-without-email')
  const now = context.now()
  const written = await context.db.transaction(async (tx): Promise<Outcome<null>> => {
    await lockHolder(tx, holder)
    await tx.delete(codes).where(lt(codes.createdAt, minutesAfter(now, -24 * 60)))
    const sent = await readCodes(tx, holder, purpose)
    const state = secondStepState(sent, now)
    if (state.kind === 'locked') return lockedRefusal(state, now)
    if (!maySendCode(sent, now)) return refuse('code-limit', { minutes: String(LOCK_MINUTES) })
    await tx
      .update(codes)
      .set({ expiresAt: now })
      .where(and(eq(codes.holderId, holder.id), eq(codes.purpose, purpose), gt(codes.expiresAt, now)))
    const id = context.newId()
    await tx.insert(codes).values({
      id,
      holderId: holder.id,
      purpose,
      codeHash: context.tokens.hashCode(id, context.tokens.ofCode(id)),
      attempts: triesCarriedOver(sent, now),
      createdAt: now,
      expiresAt: minutesAfter(now, CODE_MINUTES),
    })
    const text = context.mailTexts.secondStepCode({ code: `{code:${id}}`, purpose, minutes: CODE_MINUTES })
    await writeMail(tx, context, { ...text, recipient: email, grappeId: null, linkId: null })
    return done(null)
  })
  if (written.ok) await context.jobs.kick('envois')
  return written
}

/** Checks what was typed. The fifth wrong try locks everything for fifteen minutes. */
export async function confirmCode(
  context: Context,
  holder: StepHolder,
  purpose: SecondStepPurpose,
  typed: string,
): Promise<Outcome<null>> {
  const now = context.now()
  return await context.db.transaction(async tx => {
    // Tries made at the same moment come one after the other: none is left uncounted.
    await lockHolder(tx, holder)
    const state = secondStepState(await readCodes(tx, holder, purpose), now)
    if (state.kind === 'confirmed') return done(null)
    if (state.kind === 'locked') return lockedRefusal(state, now)
    if (state.kind === 'nothing') return refuse('code-expired')
    const { code } = state
    const digits = typed.replace(/\D/g, '')
    if (context.tokens.hashCode(code.id, digits) === code.codeHash) {
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
        event: `Cinq codes de confirmation faux : acte sensible bloqué ${LOCK_MINUTES} minutes pour ce lien.`,
      })
    }
    return lockedRefusal({ kind: 'locked', until }, now)
  })
}

function lockedRefusal(
  { until }: Extract<SecondStepState, { kind: 'locked' }>,
  now: Date,
): { ok: false; refusal: Refusal } {
  return refuse('code-locked', { minutes: String(Math.ceil((until.getTime() - now.getTime()) / 60_000)) })
}

async function lockHolder(tx: Database, holder: StepHolder): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`code ${holder.id}`}))`)
}

async function readCodes(
  db: Database,
  holder: Pick<StepHolder, 'id'>,
  purpose: SecondStepPurpose,
): Promise<SentCode[]> {
  return await db
    .select({
      id: codes.id,
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
