/**
 * A porteur asks that its account be deleted, with all its grappes; after a delay it is, and until then it
 * may be taken back. What stays of each grappe stays as after any erasure, and of the account nothing.
 */
import { and, asc, eq, inArray, isNotNull, isNull, lte, sql } from 'drizzle-orm'
import {
  accountDeletions,
  calls,
  callVersions,
  codes,
  colleagues,
  digests,
  grappes,
  links,
  mails,
  passkeys,
  porteurs,
  retentions,
  sessions,
} from '../../../schema/tables.ts'
import { urlTo } from '../../../schema/urls.ts'
import type { Instant } from '../../domain/call.ts'
import { dayOf } from '../../domain/deadline.ts'
import { DELETION_DELAY_DAYS } from '../../domain/retention.ts'
import { listColleagues, tell } from '../access/colleagues.ts'
import { writeMail } from '../access/send-mail.ts'
import type { Porteur } from '../access/sign-in.ts'
import { oneByOne } from '../one-by-one.ts'
import type { Context, Database, MailText } from '../ports.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { eraseGrappe } from './erase-grappe.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** An account belongs to no call: the programme's own zone. */
const ZONE = 'Europe/Paris'

export interface AccountDeletion {
  askedBy: string
  askedAt: Instant
  deletesAt: Instant
}

/** What goes with an account. */
export interface Account {
  /** Null while nobody asks. */
  deletion: AccountDeletion | null
  grappes: readonly { name: string; holdMotive: string | null }[]
  people: readonly string[]
  /** Written on screen by the porteur. */
  calls: number
}

export async function readAccountDeletion(db: Database, porteurId: string): Promise<AccountDeletion | null> {
  const [row] = await db.select().from(accountDeletions).where(eq(accountDeletions.porteurId, porteurId))
  if (row === undefined) return null
  const { askedBy, askedAt, deletesAt } = row
  return { askedBy, askedAt: askedAt.toISOString(), deletesAt: deletesAt.toISOString() }
}

export async function readAccount(db: Database, porteurId: string): Promise<Account> {
  const own = await db
    .select({ name: grappes.name, holdMotive: retentions.holdMotive })
    .from(grappes)
    .leftJoin(retentions, eq(retentions.grappeId, grappes.id))
    .where(eq(grappes.porteurId, porteurId))
    .orderBy(asc(grappes.name), asc(grappes.id))
  return {
    deletion: await readAccountDeletion(db, porteurId),
    grappes: own,
    people: (await listColleagues(db, porteurId)).map(({ email }) => email),
    calls: await db.$count(calls, eq(calls.porteurId, porteurId)),
  }
}

/** Asked twice, the first delay runs on. A grappe that is held holds its account. */
export async function askAccountDeletion(context: Context, porteur: Porteur): Promise<Outcome<null>> {
  const askedAt = context.now()
  const asked = await context.db.transaction(async (tx): Promise<Outcome<null>> => {
    await lockPorteur(tx, porteur.id)
    const { deletion, grappes: own } = await readAccount(tx, porteur.id)
    const motive = own.find(each => each.holdMotive !== null)?.holdMotive
    if (motive) return refuse('erasure-held', { motive })
    if (deletion !== null) return done(null)
    const deletesAt = new Date(askedAt.getTime() + DELETION_DELAY_DAYS * DAY_MS)
    const row = { porteurId: porteur.id, askedBy: porteur.email, askedAt, deletesAt }
    await tx.insert(accountDeletions).values(row)
    const deletesOn = dayOf(deletesAt.toISOString(), ZONE)
    const text = context.mailTexts.accountDeletionAsked({
      by: porteur.email,
      grappes: own.map(({ name }) => name),
      deletesOn,
      address: context.publicUrl() + urlTo('account'),
    })
    await writeToAll(tx, context, porteur.id, text)
    await tell(tx, context, porteur, { kind: 'account-deletion-asked', facts: { deletesOn } })
    return done(null)
  })
  if (asked.ok) await context.jobs.kick('envois')
  return asked
}

/** Takes the request back, and tells everybody; where there is none, nothing changes. */
export async function cancelAccountDeletion(context: Context, porteur: Porteur): Promise<void> {
  await context.db.transaction(async tx => {
    const cancelled = await tx
      .delete(accountDeletions)
      .where(eq(accountDeletions.porteurId, porteur.id))
      .returning()
    if (cancelled.length === 0) return
    await writeToAll(
      tx,
      context,
      porteur.id,
      context.mailTexts.accountDeletionCancelled({ by: porteur.email }),
    )
    await tell(tx, context, porteur, { kind: 'account-deletion-cancelled', facts: {} })
  })
  await context.jobs.kick('envois')
}

/** To everybody who came: what goes is theirs too. */
async function writeToAll(tx: Database, context: Context, porteurId: string, text: MailText): Promise<void> {
  const people = await listColleagues(tx, porteurId)
  for (const { email } of people.filter(({ joinedAt }) => joinedAt !== null)) {
    await writeMail(tx, context, { ...text, recipient: email, grappeId: null, linkId: null })
  }
}

const lockPorteur = async (tx: Database, porteurId: string) =>
  await tx.select({ id: porteurs.id }).from(porteurs).where(eq(porteurs.id, porteurId)).for('update')

/** Grappe by grappe, then the account itself once none is left: killed anywhere, it goes on. */
export async function eraseDueAccounts(context: Pick<Context, 'db' | 'now' | 'uploads'>): Promise<void> {
  const due = await context.db
    .select({ porteurId: accountDeletions.porteurId })
    .from(accountDeletions)
    .where(lte(accountDeletions.deletesAt, context.now()))
  await oneByOne(
    due,
    ({ porteurId }) => `Account ${porteurId}`,
    ({ porteurId }) => eraseAccount(context, porteurId),
  )
}

async function eraseAccount(
  context: Pick<Context, 'db' | 'now' | 'uploads'>,
  porteurId: string,
): Promise<void> {
  const own = await context.db
    .select({ id: grappes.id })
    .from(grappes)
    .where(eq(grappes.porteurId, porteurId))
    .orderBy(asc(grappes.createdAt))
  for (const { id } of own) {
    const isFree = async (tx: Database) =>
      (await isDue(tx, context.now(), porteurId)) && !(await isHeld(tx, id))
    await eraseGrappe(context, id, 'compte', isFree)
  }
  await context.db.transaction(async tx => {
    await lockPorteur(tx, porteurId)
    if (!(await isDue(tx, context.now(), porteurId))) return
    if ((await tx.$count(grappes, eq(grappes.porteurId, porteurId))) > 0) return
    await eraseRows(tx, porteurId)
  })
}

const isDue = async (tx: Database, now: Date, porteurId: string): Promise<boolean> =>
  (await tx.$count(
    accountDeletions,
    and(eq(accountDeletions.porteurId, porteurId), lte(accountDeletions.deletesAt, now)),
  )) > 0

const isHeld = async (tx: Database, grappeId: string): Promise<boolean> =>
  (await tx.$count(retentions, and(eq(retentions.grappeId, grappeId), isNotNull(retentions.holdMotive)))) > 0

/** Sessions, links and the rest hang on the porteur's own row; what is kept by address goes here. */
async function eraseRows(tx: Database, porteurId: string): Promise<void> {
  const people = await tx
    .select({ email: colleagues.email })
    .from(colleagues)
    .where(eq(colleagues.porteurId, porteurId))
  const emails = [...new Set(people.map(({ email }) => email))]
  const ownSessions = tx.select({ id: sessions.id }).from(sessions).where(eq(sessions.porteurId, porteurId))
  await tx.delete(codes).where(inArray(codes.holderId, ownSessions))
  const own = tx.select({ id: colleagues.id }).from(colleagues).where(eq(colleagues.porteurId, porteurId))
  await tx.delete(codes).where(inArray(codes.holderId, own))
  const ownCalls = tx.select({ id: calls.id }).from(calls).where(eq(calls.porteurId, porteurId))
  await tx.delete(callVersions).where(inArray(callVersions.callId, ownCalls))
  await tx.delete(calls).where(eq(calls.porteurId, porteurId))
  await tx.delete(porteurs).where(eq(porteurs.id, porteurId))
  await tx.delete(links).where(and(eq(links.kind, 'inscription'), inArray(links.email, emails)))
  for (const email of emails) {
    // One who is of another porteur, or to whom something was handed, is still written to.
    if ((await tx.$count(colleagues, eq(colleagues.email, email))) > 0) continue
    await tx.delete(passkeys).where(and(eq(passkeys.side, 'porteur'), eq(passkeys.email, email)))
    await tx.delete(digests).where(eq(digests.email, email))
    if ((await tx.$count(links, eq(links.email, email))) > 0) continue
    await tx.delete(mails).where(and(isNull(mails.grappeId), eq(sql`lower(${mails.recipient})`, email)))
  }
}
