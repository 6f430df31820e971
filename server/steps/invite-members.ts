/** Links handed out by a porteur: one per person, or per member without one, to deposit; one per reviewer to read. */
import { and, asc, desc, eq, gt, inArray, isNotNull, isNull } from 'drizzle-orm'
import { esms, links, mails, ogs } from '../../schema/tables.ts'
import type { Piece } from '../domain/piece.ts'
import { issueLink } from './links.ts'
import { linkOfPerson, listPeople, lockPerson, type OwnedMember, type Person } from './people.ts'
import type { PorteurScope } from './porteur-scope.ts'
import type { Context, Database, MailText } from './ports.ts'
import { latestSealMark } from './read-seals.ts'
import { recordChange } from './record-change.ts'
import { done, type Outcome, refuse } from './refusals.ts'
import { addressOfLink, writeMail } from './send-mail.ts'

/** Whoever owes pieces and may hold a link. */
export interface Owner {
  kind: 'og' | 'esms'
  id: string
  name: string
  contactName: string | null
  email: string | null
}

/** The owner of a piece; null for a piece of the grappe itself, which its porteur provides. */
export async function ownerOf(tx: Database, piece: Pick<Piece, 'ogId' | 'esmsId'>): Promise<Owner | null> {
  if (piece.esmsId !== null) return await findOwner(tx, 'esms', eq(esms.id, piece.esmsId))
  if (piece.ogId !== null) return await findOwner(tx, 'og', eq(ogs.id, piece.ogId))
  return null
}

async function findOwner(
  tx: Database,
  kind: Owner['kind'],
  where: ReturnType<typeof and>,
): Promise<Owner | null> {
  const table = kind === 'esms' ? esms : ogs
  const [row] = await tx
    .select({ id: table.id, name: table.name, contactName: table.contactName, email: table.contactEmail })
    .from(table)
    .where(where)
  return row === undefined ? null : { kind, ...row }
}

/** The link that an owner holds now, or a new one. Reminding somebody must not break the link that it already has. */
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
  const address = addressOfLink(context, {
    id: issued.id,
    kind: owner.kind,
    tokenHash: context.tokens.hash(issued.token),
  })
  return { id: issued.id, address: address ?? '' }
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

/** Two invitations of the same person within this time are a double click, or two servers at once: one mail. */
const DOUBLE_CLICK_MS = 60 * 1000

/**
 * Gives everyone who answers for an OG or an ESMS a link to all that it answers for, and mails it; without any
 * address, gives the member a link of its own.
 */
export async function inviteMember(
  context: Context,
  scope: PorteurScope,
  member: { kind: Owner['kind']; id: string },
): Promise<Outcome<Invitation[]>> {
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
  const [person] = await listPeople(context.db, scope.grappeId, email)
  return person === undefined ? refuse('not-found') : done(await mailLink(context, scope, person))
}

/** Invites everyone whose address is known, and gives a link of its own to each ESMS that has no contact. */
export async function inviteAllMembers(context: Context, scope: PorteurScope): Promise<Invitation[]> {
  const people = await listPeople(context.db, scope.grappeId)
  const invitations = await invitePeople(context, scope, people)
  const reached = new Set(people.flatMap(({ owners }) => owners.map(({ id }) => id)))
  const members = await context.db
    .select({ id: esms.id, name: esms.name, contactName: esms.contactName, email: esms.contactEmail })
    .from(esms)
    .where(and(eq(esms.grappeId, scope.grappeId), isNull(esms.withdrawnOn)))
    .orderBy(asc(esms.name), asc(esms.id))
  for (const member of members.filter(({ id }) => !reached.has(id))) {
    invitations.push(await giveLink(context, scope, { kind: 'esms', ...member }))
  }
  return invitations
}

async function invitePeople(
  context: Context,
  scope: PorteurScope,
  people: readonly Person[],
): Promise<Invitation[]> {
  const invitations: Invitation[] = []
  for (const person of people) invitations.push(await mailLink(context, scope, person))
  return invitations
}

async function mailLink(context: Context, scope: PorteurScope, person: Person): Promise<Invitation> {
  const { email, owners } = person
  const name = person.name ?? email
  const { link, mailId } = await context.db.transaction(async tx => {
    const link = await linkOfPerson(tx, context, { grappeId: scope.grappeId, email, label: name })
    const text = invitationText(context, scope, person, false)
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
      actor: scope.porteur.email,
      event: `Lien de dépôt envoyé à ${email} pour ${owners.map(owner => `« ${owner.name} »`).join(', ')}.`,
    })
    return { link, mailId }
  })
  if (mailId !== null) await context.jobs.kick('envois')
  return { email, name, owners, linkId: link.id, address: link.address, mailed: mailId !== null }
}

/** The mail that hands its link to a person. */
export function invitationText(
  context: Pick<Context, 'mailTexts'>,
  scope: PorteurScope,
  person: Pick<Person, 'name' | 'owners'>,
  replaces: boolean,
): MailText {
  return context.mailTexts.invitation({
    grappe: scope.grappeName,
    call: scope.call.title,
    owners: person.owners.map(({ name }) => name),
    contactName: person.name,
    closesOn: scope.call.window.closesOn,
    replaces,
  })
}

async function giveLink(context: Context, scope: PorteurScope, owner: Owner): Promise<Invitation> {
  const link = await context.db.transaction(async tx => {
    const link = await memberLink(tx, context, scope, owner)
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: scope.porteur.email,
      event: `Lien de dépôt de « ${owner.name} » affiché pour lui être remis.`,
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

/** Gives a reviewer of the ARS a link to the dossier, mailed when an address is given. */
export async function handToReviewer(
  context: Context,
  scope: PorteurScope,
  reviewer: { label: string; email: string | null },
): Promise<Outcome<{ linkId: string; address: string }>> {
  const seal = await latestSealMark(context, scope.grappeId)
  const { link, mailId } = await context.db.transaction(async tx => {
    const link = await issueLink(tx, context, {
      kind: 'ars',
      grappeId: scope.grappeId,
      label: reviewer.label,
      ...(reviewer.email === null ? {} : { email: reviewer.email.toLowerCase() }),
    })
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: scope.porteur.email,
      event: `Lien de lecture remis à « ${reviewer.label} ».`,
    })
    if (reviewer.email === null) return { link, mailId: null }
    const mailId = await writeMail(tx, context, {
      ...context.mailTexts.reviewer({ grappe: scope.grappeName, call: scope.call.title, seal }),
      recipient: reviewer.email,
      grappeId: scope.grappeId,
      linkId: link.id,
    })
    return { link, mailId }
  })
  if (mailId !== null) await context.jobs.kick('envois')
  const address = addressOfLink(context, {
    id: link.id,
    kind: 'ars',
    tokenHash: context.tokens.hash(link.token),
  })
  return done({ linkId: link.id, address: address ?? '' })
}

export const HANDED_KINDS = ['og', 'esms', 'personne', 'ars'] as const
export type HandedKind = (typeof HANDED_KINDS)[number]

/** What became of the last mail that carried a link. */
export interface LinkMail {
  writtenAt: Date
  sentAt: Date | null
  /** When the mail server refused it for good. */
  bouncedAt: Date | null
  failure: string | null
}

export interface HandedLink {
  id: string
  kind: HandedKind
  label: string
  ogId: string | null
  esmsId: string | null
  /** To whom it was handed; null when nobody's address is known. */
  email: string | null
  /** Null when it can no longer be shown, revoked and expired ones included. */
  address: string | null
  createdAt: Date
  expiresAt: Date
  revokedAt: Date | null
  lastUsedAt: Date | null
  /** Null when it was never mailed. */
  mail: LinkMail | null
}

/** The links of a grappe, oldest first, each with what became of its last mail. */
export async function listLinks(context: Context, grappeId: string): Promise<HandedLink[]> {
  const rows = await context.db
    .select()
    .from(links)
    .where(and(eq(links.grappeId, grappeId), inArray(links.kind, HANDED_KINDS)))
    .orderBy(asc(links.createdAt), asc(links.id))
  const lastMails = await context.db
    .selectDistinctOn([mails.linkId], {
      linkId: mails.linkId,
      writtenAt: mails.createdAt,
      sentAt: mails.sentAt,
      bouncedAt: mails.bouncedAt,
      failure: mails.failure,
    })
    .from(mails)
    .where(and(eq(mails.grappeId, grappeId), isNotNull(mails.linkId)))
    .orderBy(asc(mails.linkId), desc(mails.createdAt), desc(mails.id))
  const mailOf = new Map(lastMails.map(({ linkId, ...mail }) => [linkId, mail]))
  const now = context.now()
  return rows.map(link => ({
    id: link.id,
    kind: link.kind as HandedKind,
    label: link.label,
    ogId: link.ogId,
    esmsId: link.esmsId,
    email: link.email,
    mail: mailOf.get(link.id) ?? null,
    address: link.revokedAt === null && link.expiresAt > now ? addressOfLink(context, link) : null,
    createdAt: link.createdAt,
    expiresAt: link.expiresAt,
    revokedAt: link.revokedAt,
    lastUsedAt: link.lastUsedAt,
  }))
}
