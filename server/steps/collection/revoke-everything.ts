/** Everything that lets somebody in for one porteur ends at once: a stolen machine, a leaked mailbox. */
import { and, asc, eq, gt, inArray, or, type SQL } from 'drizzle-orm'
import { codes, grappes, links, porteurs, sessions } from '../../../schema/tables.ts'
import { urlTo } from '../../../schema/urls.ts'
import type { Actor } from '../../domain/journal/entry.ts'
import { HANDED_KINDS } from '../../domain/link.ts'
import { listColleagues } from '../access/colleagues.ts'
import { endLinks } from '../access/end-links.ts'
import { isLive, type Link } from '../access/links.ts'
import { listPeople } from '../access/people.ts'
import { writeMail } from '../access/send-mail.ts'
import type { Context, Database } from '../ports.ts'
import { done, type Outcome, refuse } from '../refusals.ts'

/** How many of each end, or would. */
export interface EverythingRevoked {
  sessions: number
  /** Of programs. */
  tokens: number
  /** To sign in: asked for, or of a colleague who was invited. */
  signIns: number
  /** Of members and of the ARS. */
  links: number
  calendars: number
}

/** What works now for a porteur, and who is given another link once it is ended. */
export interface WhatWorks extends EverythingRevoked {
  /** By mail. */
  mailed: readonly { grappe: string; email: string; label: string; isReviewer: boolean }[]
  /** By the porteur's own hand, for want of an address. */
  byHand: readonly { grappe: string; label: string }[]
  /** Those that nobody holds rightly any more: they only end. */
  former: readonly { grappe: string; label: string }[]
}

const isHanded = ({ kind }: Pick<Link, 'kind'>) => HANDED_KINDS.some(handed => handed === kind)

const countsOf = (ended: readonly Pick<Link, 'kind'>[]): Omit<EverythingRevoked, 'sessions'> => ({
  tokens: ended.filter(({ kind }) => kind === 'porteur').length,
  signIns: ended.filter(({ kind }) => kind === 'connexion').length,
  links: ended.filter(isHanded).length,
  calendars: ended.filter(({ kind }) => kind === 'agenda').length,
})

/** The links of the porteur's people, and those of its grappes. */
const ofPorteur = (db: Database, porteurId: string): SQL | undefined =>
  or(
    eq(links.porteurId, porteurId),
    inArray(
      links.grappeId,
      db.select({ id: grappes.id }).from(grappes).where(eq(grappes.porteurId, porteurId)),
    ),
  )

export async function readWhatWorks(
  { db, now }: Pick<Context, 'db' | 'now'>,
  porteurId: string,
): Promise<WhatWorks> {
  const own = await db
    .select({ link: links, grappe: grappes.name })
    .from(links)
    .leftJoin(grappes, eq(links.grappeId, grappes.id))
    .where(and(ofPorteur(db, porteurId), isLive(now())))
    .orderBy(asc(grappes.name), asc(links.label), asc(links.id))
  const open = and(eq(sessions.porteurId, porteurId), gt(sessions.expiresAt, now()))
  const mailed: WhatWorks['mailed'][number][] = []
  const byHand: WhatWorks['byHand'][number][] = []
  const former: WhatWorks['former'][number][] = []
  const contacts = new Map<string, Set<string>>()
  for (const { link, grappe } of own) {
    const { kind, grappeId, email, label } = link
    if (!isHanded(link) || grappeId === null || grappe === null) continue
    if (email === null) byHand.push({ grappe, label })
    else if (kind === 'ars' || (await contactsOf(db, contacts, grappeId)).has(email)) {
      mailed.push({ grappe, email, label, isReviewer: kind === 'ars' })
    } else former.push({ grappe, label })
  }
  const counts = countsOf(own.map(({ link }) => link))
  return { sessions: await db.$count(sessions, open), ...counts, mailed, byHand, former }
}

async function contactsOf(
  db: Database,
  known: Map<string, Set<string>>,
  grappeId: string,
): Promise<Set<string>> {
  const found = known.get(grappeId)
  if (found !== undefined) return found
  const emails = new Set((await listPeople(db, grappeId)).map(({ email }) => email))
  known.set(grappeId, emails)
  return emails
}

/** The porteur that is written to there, lower case; for whoever has the hand on the server. */
export async function findPorteurAt(db: Database, email: string): Promise<string | null> {
  const [porteur] = await db.select({ id: porteurs.id }).from(porteurs).where(eq(porteurs.email, email))
  return porteur?.id ?? null
}

/**
 * Ends the sessions and tokens of every person of the porteur, and the links of all its grappes; its people
 * are told. Nothing that was deposited changes. Done twice, it finds nothing left.
 *
 * @param renews whether those who held a link are given another one: a job does it, `renewLinks`.
 */
export async function revokeEverything(
  context: Pick<Context, 'db' | 'now' | 'newId' | 'mailTexts' | 'publicUrl'>,
  porteurId: string,
  { actor, renews }: { actor: Actor; renews: boolean },
): Promise<Outcome<EverythingRevoked>> {
  return await context.db.transaction(async tx => {
    const [porteur] = await tx
      .select({ id: porteurs.id })
      .from(porteurs)
      .where(eq(porteurs.id, porteurId))
      .for('update')
    if (porteur === undefined) return refuse('not-found')
    const own = await tx.delete(sessions).where(eq(sessions.porteurId, porteurId)).returning()
    const ended = await endLinks(tx, context, ofPorteur(tx, porteurId), { actor, renews })
    const holders = [...own, ...ended].map(({ id }) => id)
    if (holders.length > 0) await tx.delete(codes).where(inArray(codes.holderId, holders))
    const open = own.filter(({ expiresAt }) => expiresAt > context.now()).length
    const revoked = { sessions: open, ...countsOf(ended) }
    if (own.length + ended.length > 0) await tell(tx, context, porteurId, { actor, renews, revoked })
    return done(revoked)
  })
}

/** Each of its people learns it where it reads its mail, and how to come back. */
async function tell(
  tx: Database,
  context: Pick<Context, 'now' | 'newId' | 'mailTexts' | 'publicUrl'>,
  porteurId: string,
  { actor, renews, revoked }: { actor: Actor; renews: boolean; revoked: EverythingRevoked },
): Promise<void> {
  const signIn = context.publicUrl() + urlTo('signIn')
  const text = context.mailTexts.everythingRevoked({ by: actor.name, ...revoked, renews, signIn })
  const people = await listColleagues(tx, porteurId)
  for (const { email } of people.filter(({ joinedAt }) => joinedAt !== null)) {
    await writeMail(tx, context, { ...text, recipient: email, grappeId: null, linkId: null })
  }
}
