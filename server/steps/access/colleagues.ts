/** The people of a porteur: who they are, inviting one, changing its role, taking it out. */
import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import { colleagues, grappes, links, porteurs, sessions } from '../../../schema/tables.ts'
import { urlTo } from '../../../schema/urls.ts'
import type { Instant } from '../../domain/call.ts'
import type { Act } from '../../domain/journal/entry.ts'
import { hasRole, isLastAdministrator, ROLE_WORDS, type Role } from '../../domain/role.ts'
import type { Context, Database } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, type Refusal, refuse } from '../refusals.ts'
import { endLinks } from './end-links.ts'
import { issueLink } from './links.ts'
import { writeMail } from './send-mail.ts'
import type { Porteur } from './sign-in.ts'

export interface Colleague {
  id: string
  email: string
  role: Role
  /** Address of whoever invited it; null for the first one. */
  invitedBy: string | null
  invitedAt: Instant
  /** When it first signed in; null until then. */
  joinedAt: Instant | null
}

/** How long an invitation signs in, once: whoever lets it pass asks for a link where one signs in. */
export const INVITATION_DAYS = 7
const DAY_MS = 24 * 60 * 60 * 1000

/** Those who are there today, the first one first. */
export async function listColleagues(db: Database, porteurId: string): Promise<Colleague[]> {
  const rows = await db
    .select()
    .from(colleagues)
    .where(and(eq(colleagues.porteurId, porteurId), isNull(colleagues.removedAt)))
    .orderBy(asc(colleagues.invitedAt), asc(colleagues.id))
  return rows.map(({ id, email, role, invitedBy, invitedAt, joinedAt }) => ({
    id,
    email,
    role,
    invitedBy,
    invitedAt: invitedAt.toISOString(),
    joinedAt: joinedAt?.toISOString() ?? null,
  }))
}

/** A person of the same porteur; somebody else's does not exist. */
export async function findColleague(
  context: Pick<Context, 'db'>,
  porteur: Pick<Porteur, 'id'>,
  colleagueId: string,
): Promise<Outcome<Colleague>> {
  const colleague = (await listColleagues(context.db, porteur.id)).find(({ id }) => id === colleagueId)
  return colleague === undefined ? refuse('not-found') : done(colleague)
}

/** Mails a sign-in link to the address, which is then one of the porteur's people. */
export async function inviteColleague(
  context: Context,
  porteur: Porteur,
  { email, role }: { email: string; role: Role },
): Promise<Outcome<Colleague>> {
  const invited = await context.db.transaction(async tx => {
    const locked = await lockPeople(tx, porteur)
    if (!locked.ok) return locked
    if (locked.value.some(each => each.email === email)) return refuse('colleague-present', { email })
    const id = context.newId()
    const now = context.now()
    const row = { email, role, invitedBy: porteur.email, invitedAt: now }
    await tx.insert(colleagues).values({ id, porteurId: porteur.id, ...row })
    const ttlMs = INVITATION_DAYS * DAY_MS
    const whose = { porteurId: porteur.id, colleagueId: id }
    const link = await issueLink(tx, context, { kind: 'connexion', ...whose, label: email, ttlMs })
    await writeMail(tx, context, {
      ...context.mailTexts.colleagueInvited({
        by: porteur.email,
        role: ROLE_WORDS[role],
        grappes: (await currentGrappes(tx, porteur.id)).map(({ name }) => name),
        days: INVITATION_DAYS,
        signIn: context.publicUrl() + urlTo('signIn'),
      }),
      recipient: email,
      grappeId: null,
      linkId: link.id,
      budget: `porteur:${porteur.id}`,
    })
    await tell(tx, context, porteur, { kind: 'colleague-invited', facts: { email, role } })
    return done({ id, ...row, invitedAt: now.toISOString(), joinedAt: null })
  })
  if (invited.ok) await context.jobs.kick('envois')
  return invited
}

/** Gives a colleague another role, at once; one that administers remains. The same role changes nothing. */
export async function changeRole(
  context: Context,
  porteur: Porteur,
  colleagueId: string,
  role: Role,
): Promise<Outcome<Colleague>> {
  return await context.db.transaction(async tx => {
    const locked = await lockPeople(tx, porteur)
    if (!locked.ok) return locked
    const people = locked.value
    const colleague = people.find(({ id }) => id === colleagueId)
    if (colleague === undefined) return refuse('not-found')
    if (colleague.role === role) return done(colleague)
    if (role !== 'administrer' && isLastAdministrator(people, colleague)) return refuse('last-administrator')
    await tx.update(colleagues).set({ role }).where(eq(colleagues.id, colleagueId))
    if (role === 'lire') await passContactOn(tx, porteur, people, colleague)
    const { email, role: before } = colleague
    await tell(tx, context, porteur, {
      kind: 'colleague-role-changed',
      facts: { email, before, after: role },
    })
    return done({ ...colleague, role })
  })
}

/**
 * Takes a colleague out: its sessions, its sign-in links, its API tokens and what these made end at once. One
 * that administers remains. Whoever acts may leave itself, whatever its role.
 */
export async function removeColleague(
  context: Context,
  porteur: Porteur,
  colleagueId: string,
): Promise<Outcome<Colleague>> {
  return await context.db.transaction(async tx => {
    const leaves = colleagueId === porteur.colleagueId
    const locked = await lockPeople(tx, porteur, leaves ? 'lire' : 'administrer')
    if (!locked.ok) return locked
    const people = locked.value
    const colleague = people.find(({ id }) => id === colleagueId)
    if (colleague === undefined) return refuse('not-found')
    if (isLastAdministrator(people, colleague)) return refuse('last-administrator')
    const removedAt = context.now()
    await tx.update(colleagues).set({ removedAt }).where(eq(colleagues.id, colleagueId))
    await tx.delete(sessions).where(eq(sessions.colleagueId, colleagueId))
    await tx
      .update(links)
      .set({ revokedAt: removedAt })
      .where(and(eq(links.colleagueId, colleagueId), isNull(links.revokedAt)))
    const own = tx.select({ id: links.id }).from(links).where(eq(links.colleagueId, colleagueId))
    const actor = { name: porteur.email, proof: porteur.proof }
    await endLinks(tx, context, inArray(links.parentId, own), { actor, renews: false })
    await passContactOn(tx, porteur, people, colleague)
    const { email } = colleague
    await tell(tx, context, porteur, {
      kind: leaves ? 'colleague-left' : 'colleague-removed',
      facts: { email },
    })
    return done(colleague)
  })
}

/**
 * Of two acts at the same moment on a porteur's people, the second sees what the first did.
 *
 * @param needed the role that whoever acts must still have.
 * @returns those who are there, or a refusal when whoever acts has lost its role meanwhile.
 */
async function lockPeople(
  tx: Database,
  { id, colleagueId }: Porteur,
  needed: Role = 'administrer',
): Promise<Outcome<Colleague[]>> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`people ${id}`}))`)
  const people = await listColleagues(tx, id)
  const acting = people.find(each => each.id === colleagueId)
  if (acting === undefined) return refuse('signed-out')
  return hasRole(acting.role, needed) ? done(people) : refuseRole(people, acting.role, needed)
}

/** Says what a role lacks, and who has it. */
export function refuseRole(
  people: readonly Colleague[],
  role: Role,
  needed: Role,
): { ok: false; refusal: Refusal } {
  const able = people.filter(each => hasRole(each.role, needed)).map(({ email }) => email)
  return refuse('role-needed', {
    role: ROLE_WORDS[role],
    needed: ROLE_WORDS[needed],
    who: able.join(', '),
  })
}

/**
 * Members and the ARS write to whoever administers, once this colleague is not there to answer; never to one
 * who was invited and did not come yet: that address may be wrong.
 */
async function passContactOn(
  tx: Database,
  { id }: Porteur,
  people: readonly Colleague[],
  { id: gone, email }: Colleague,
): Promise<void> {
  const next = people.find(each => each.id !== gone && each.role === 'administrer' && each.joinedAt !== null)
  if (next === undefined) return
  await tx
    .update(porteurs)
    .set({ email: next.email })
    .where(and(eq(porteurs.id, id), eq(porteurs.email, email)))
}

const currentGrappes = async (tx: Database, porteurId: string) =>
  await tx
    .select({ id: grappes.id, name: grappes.name })
    .from(grappes)
    .where(and(eq(grappes.porteurId, porteurId), isNull(grappes.archivedAt)))
    .orderBy(asc(grappes.id))

/** Told in the journal of each current grappe: it is there that one looks for who could act. */
export async function tell(
  tx: Database,
  context: Pick<Context, 'now'>,
  { id, email, proof }: Porteur,
  act: Act,
): Promise<void> {
  const change = { at: context.now(), actor: { name: email, proof }, act }
  for (const grappe of await currentGrappes(tx, id)) {
    await recordChange(tx, { ...change, grappeId: grappe.id })
  }
}
