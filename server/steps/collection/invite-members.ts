/** Links to deposit, handed out by a porteur: one per person, or per member without one. */
import { and, asc, eq, gt, isNull } from 'drizzle-orm'
import { esms, links, mails, ogs } from '../../../schema/tables.ts'
import { issueLink } from '../access/links.ts'
import { findOwner, type Owner } from '../access/owners.ts'
import { linkOfPerson, listPeople, lockPerson, type OwnedMember, type Person } from '../access/people.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import { addressOf, addressOfLink, writeMail } from '../access/send-mail.ts'
import type { Context, Database, MailText } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { aheadOf, type Holdings, readHoldings } from './held-pieces.ts'

/**
 * The link that an owner holds now, or a new one. Reminding somebody must not break the link that it already
 * has.
 */
async function memberLink(
  tx: Database,
  context: Context,
  scope: Pick<PorteurScope, 'grappeId'>,
  owner: Owner,
): Promise<{ id: string; address: string }> {
  await lockPerson(tx, scope.grappeId, owner.id)
  const held = await tx
    .select()
    .from(links)
    .where(
      and(
        eq(owner.kind === 'esms' ? links.esmsId : links.ogId, owner.id),
        eq(links.kind, owner.kind),
        isNull(links.revokedAt),
        gt(links.expiresAt, context.now()),
      ),
    )
    .orderBy(asc(links.createdAt))
  for (const link of held) {
    const address = addressOfLink(context, link)
    if (address !== null) return { id: link.id, address }
  }
  const issued = await issueLink(tx, context, {
    kind: owner.kind,
    grappeId: scope.grappeId,
    label: owner.name,
    ...(owner.kind === 'esms' ? { esmsId: owner.id } : { ogId: owner.id }),
  })
  return { id: issued.id, address: addressOf(context, owner.kind, issued.token) }
}

export interface Invitation {
  /** To whom the link is mailed; null when no address is known: it is then to be copied and handed over. */
  email: string | null
  /** The person's name, or the member's. */
  name: string
  /** What the link opens. */
  owners: readonly OwnedMember[]
  linkId: string
  address: string
  /** Whether a mail was written; false without an address, and when one was written a moment ago. */
  mailed: boolean
}

/**
 * Two invitations of the same person within this time are a double click, or two servers at once: one mail.
 */
const DOUBLE_CLICK_MS = 60 * 1000

/**
 * Gives everyone who answers for an OG or an ESMS a link to all that it answers for, and mails it; without
 * any address, gives the member a link of its own.
 */
export async function inviteMember(
  context: Context,
  scope: PorteurScope,
  member: { kind: Owner['kind']; id: string },
): Promise<Outcome<Invitation[]>> {
  if (scope.archivedOn !== null) return refuse('grappe-archived')
  const inGrappe =
    member.kind === 'esms'
      ? and(eq(esms.id, member.id), eq(esms.grappeId, scope.grappeId), isNull(esms.withdrawnOn))
      : and(eq(ogs.id, member.id), eq(ogs.grappeId, scope.grappeId))
  const owner = await findOwner(context.db, member.kind, inGrappe)
  if (owner === null) return refuse('not-found')
  const people = await listPeople(context.db, scope.grappeId)
  const answering = people.filter(({ owners }) => owners.some(({ id }) => id === owner.id))
  if (answering.length === 0) return done([await giveLink(context, scope, owner)])
  return done(await invitePeople(context, scope, answering))
}

/** Invites one person, known by its address. */
export async function invitePerson(
  context: Context,
  scope: PorteurScope,
  email: string,
): Promise<Outcome<Invitation>> {
  if (scope.archivedOn !== null) return refuse('grappe-archived')
  const [person] = await listPeople(context.db, scope.grappeId, email)
  if (person === undefined) return refuse('not-found')
  const [invitation] = await invitePeople(context, scope, [person])
  return invitation === undefined ? refuse('not-found') : done(invitation)
}

/**
 * Invites everyone whose address is known, and gives a link of its own to each ESMS that has no contact.
 *
 * @param again also those who already hold a link that works: they are mailed the same link once more.
 */
export async function inviteAllMembers(
  context: Context,
  scope: PorteurScope,
  { again = true }: { again?: boolean } = {},
): Promise<Outcome<Invitation[]>> {
  if (scope.archivedOn !== null) return refuse('grappe-archived')
  const people = await listPeople(context.db, scope.grappeId)
  const held = again ? { emails: new Set(), members: new Set() } : await holdersOf(context, scope)
  const invitations = await invitePeople(
    context,
    scope,
    people.filter(({ email }) => !held.emails.has(email)),
  )
  const reached = new Set(people.flatMap(({ owners }) => owners.map(({ id }) => id)))
  const members = await context.db
    .select({ id: esms.id, name: esms.name, contactName: esms.contactName, email: esms.contactEmail })
    .from(esms)
    .where(and(eq(esms.grappeId, scope.grappeId), isNull(esms.withdrawnOn)))
    .orderBy(asc(esms.name), asc(esms.id))
  for (const member of members.filter(({ id }) => !reached.has(id) && !held.members.has(id))) {
    invitations.push(await giveLink(context, scope, { kind: 'esms', ...member }))
  }
  return done(invitations)
}

/** Who holds a link that works: people by their e-mail, members that no address reaches by their id. */
async function holdersOf(context: Context, { grappeId }: PorteurScope) {
  const rows = await context.db
    .select({ kind: links.kind, email: links.email, ogId: links.ogId, esmsId: links.esmsId })
    .from(links)
    .where(and(eq(links.grappeId, grappeId), isNull(links.revokedAt), gt(links.expiresAt, context.now())))
  return {
    emails: new Set(
      rows.flatMap(({ kind, email }) => (kind === 'personne' && email !== null ? [email] : [])),
    ),
    members: new Set(rows.flatMap(({ ogId, esmsId }) => esmsId ?? ogId ?? [])),
  }
}

async function invitePeople(
  context: Context,
  scope: PorteurScope,
  people: readonly Person[],
): Promise<Invitation[]> {
  const holdings = await readHoldings(context, scope.grappeId)
  const invitations: Invitation[] = []
  if (holdings === null) return invitations
  for (const person of people) invitations.push(await mailLink(context, scope, holdings, person))
  return invitations
}

async function mailLink(
  context: Context,
  scope: PorteurScope,
  holdings: Holdings,
  person: Person,
): Promise<Invitation> {
  const { email, owners } = person
  const name = person.name ?? email
  const { link, mailId } = await context.db.transaction(async tx => {
    const link = await linkOfPerson(tx, context, { grappeId: scope.grappeId, email, label: name })
    const text = invitationText(context, holdings, person, false)
    const since = new Date(context.now().getTime() - DOUBLE_CLICK_MS)
    const [justWritten] = await tx
      .select({ id: mails.id })
      .from(mails)
      .where(and(eq(mails.linkId, link.id), eq(mails.subject, text.subject), gt(mails.createdAt, since)))
    if (justWritten !== undefined) return { link, mailId: null }
    const mailId = await writeMail(tx, context, {
      ...text,
      recipient: email,
      grappeId: scope.grappeId,
      linkId: link.id,
    })
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: porteurActor(scope),
      act: {
        kind: 'link-sent',
        facts: {
          memberIds: owners.map(({ id }) => id),
          linkId: link.id,
          email,
          ownerNames: owners.map(owner => owner.name),
        },
      },
    })
    return { link, mailId }
  })
  if (mailId !== null) await context.jobs.kick('envois')
  return { email, name, owners, linkId: link.id, address: link.address, mailed: mailId !== null }
}

/** The mail that hands its link to a person. */
export function invitationText(
  context: Pick<Context, 'mailTexts' | 'now'>,
  holdings: Holdings,
  { email, name, owners }: Person,
  replaces: boolean,
): MailText {
  return context.mailTexts.invitation({
    grappe: holdings.record.name,
    call: holdings.record.call.title,
    owners: owners.map(owner => owner.name),
    contactName: name,
    ahead: aheadOf(holdings, email, context.now()),
    replaces,
  })
}

async function giveLink(context: Context, scope: PorteurScope, owner: Owner): Promise<Invitation> {
  const link = await context.db.transaction(async tx => {
    const link = await memberLink(tx, context, scope, owner)
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: porteurActor(scope),
      act: { kind: 'link-shown', facts: { memberIds: [owner.id], linkId: link.id, label: owner.name } },
    })
    return link
  })
  const { kind, id, name } = owner
  return {
    email: null,
    name,
    owners: [{ kind, id, name }],
    linkId: link.id,
    address: link.address,
    mailed: false,
  }
}
