/** Links handed out by a porteur: one per ESMS or OG to deposit, one per reviewer to read. */
import { and, asc, eq, gt, inArray, isNull } from 'drizzle-orm'
import { esms, links, ogs } from '../../schema/tables.ts'
import type { Piece } from '../domain/piece.ts'
import { issueLink, type Link } from './links.ts'
import type { PorteurScope } from './porteur-scope.ts'
import type { Context, Database } from './ports.ts'
import { latestSealMark } from './read-seals.ts'
import { recordChange } from './record-change.ts'
import { done, type Outcome, refuse } from './refusals.ts'
import { addressOfLink, deliverMail, writeMail } from './send-mail.ts'

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
export async function memberLink(
  tx: Database,
  context: Context,
  scope: Pick<PorteurScope, 'grappeId'>,
  owner: Owner,
): Promise<{ id: string; address: string }> {
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
  owner: Owner
  linkId: string
  address: string
  /** Whether a mail was written; false when the owner has no e-mail address. */
  mailed: boolean
}

/** Gives an OG or an ESMS its link, and mails it when its contact is known. */
export async function inviteMember(
  context: Context,
  scope: PorteurScope,
  member: { kind: Owner['kind']; id: string },
): Promise<Outcome<Invitation>> {
  const inGrappe =
    member.kind === 'esms'
      ? and(eq(esms.id, member.id), eq(esms.grappeId, scope.grappeId), isNull(esms.withdrawnOn))
      : and(eq(ogs.id, member.id), eq(ogs.grappeId, scope.grappeId))
  const owner = await findOwner(context.db, member.kind, inGrappe)
  if (owner === null) return refuse('not-found')
  const { link, mailId } = await context.db.transaction(async tx => {
    const link = await memberLink(tx, context, scope, owner)
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: scope.porteur.email,
      event: `Lien de dépôt remis à « ${owner.name} »${owner.email === null ? '' : `, message à ${owner.email}`}.`,
    })
    if (owner.email === null) return { link, mailId: null }
    const mailId = await writeMail(tx, context, {
      ...context.mailTexts.invitation({
        grappe: scope.grappeName,
        call: scope.call.title,
        owner: owner.name,
        contactName: owner.contactName,
        closesOn: scope.call.window.closesOn,
      }),
      recipient: owner.email,
      grappeId: scope.grappeId,
      linkId: link.id,
    })
    return { link, mailId }
  })
  if (mailId !== null) await deliverMail(context, mailId)
  return done({ owner, linkId: link.id, address: link.address, mailed: mailId !== null })
}

/** Invites every ESMS still in the grappe, and every OG that has a contact of its own. */
export async function inviteAllMembers(context: Context, scope: PorteurScope): Promise<Invitation[]> {
  const members = await context.db
    .select({ id: esms.id })
    .from(esms)
    .where(and(eq(esms.grappeId, scope.grappeId), isNull(esms.withdrawnOn)))
    .orderBy(asc(esms.name))
  const organisations = await context.db
    .select({ id: ogs.id, email: ogs.contactEmail })
    .from(ogs)
    .where(eq(ogs.grappeId, scope.grappeId))
    .orderBy(asc(ogs.name))
  const owners = [
    ...organisations.filter(og => og.email !== null).map(({ id }) => ({ kind: 'og' as const, id })),
    ...members.map(({ id }) => ({ kind: 'esms' as const, id })),
  ]
  const invitations: Invitation[] = []
  for (const owner of owners) {
    const invited = await inviteMember(context, scope, owner)
    if (invited.ok) invitations.push(invited.value)
  }
  return invitations
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
  if (mailId !== null) await deliverMail(context, mailId)
  const address = addressOfLink(context, {
    id: link.id,
    kind: 'ars',
    tokenHash: context.tokens.hash(link.token),
  })
  return done({ linkId: link.id, address: address ?? '' })
}

type HandedKind = Extract<Link['kind'], 'og' | 'esms' | 'ars'>

export interface HandedLink {
  id: string
  kind: HandedKind
  label: string
  ogId: string | null
  esmsId: string | null
  /** Null when it can no longer be shown, revoked and expired ones included. */
  address: string | null
  createdAt: Date
  expiresAt: Date
  revokedAt: Date | null
  lastUsedAt: Date | null
}

/** The links of a grappe, newest first. */
export async function listLinks(context: Context, grappeId: string): Promise<HandedLink[]> {
  const rows = await context.db
    .select()
    .from(links)
    .where(and(eq(links.grappeId, grappeId), inArray(links.kind, ['og', 'esms', 'ars'])))
    .orderBy(asc(links.createdAt), asc(links.id))
  const now = context.now()
  return rows.map(link => ({
    id: link.id,
    kind: link.kind as HandedKind,
    label: link.label,
    ogId: link.ogId,
    esmsId: link.esmsId,
    address: link.revokedAt === null && link.expiresAt > now ? addressOfLink(context, link) : null,
    createdAt: link.createdAt,
    expiresAt: link.expiresAt,
    revokedAt: link.revokedAt,
    lastUsedAt: link.lastUsedAt,
  }))
}
