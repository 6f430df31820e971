/**
 * The delegated contact of an OG: the one person whom the OG, or the porteur, names to manage the contacts
 * and the deposits of its ESMS. Naming another one ends what the former one could do.
 */
import { and, asc, eq, isNull } from 'drizzle-orm'
import type { ContactBody } from '../../../schema/contracts/exchanges.ts'
import { contacts, esms, ogs } from '../../../schema/tables.ts'
import { linkOfPerson, lockPerson } from '../access/people.ts'
import type { PieceSide } from '../access/piece-sides.ts'
import { writeMail } from '../access/send-mail.ts'
import type { Context, Database } from '../ports.ts'
import { type Delegate, readDelegates } from '../read/read-delegates.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse, refuseFields } from '../refusals.ts'
import { endDelegation } from './end-delegation.ts'
import { refuseArchived } from './find-deposit-target.ts'
import { type ContactScope, contactsOfMember, contactsOfPorteur } from './save-contacts.ts'

export interface NamedDelegate {
  ogName: string
  email: string
  /** Address of whoever it takes the place of; null when there was nobody. */
  replaced: string | null
}

/** Names the delegate of an OG and mails its link; whoever it replaces is told, and its link ends. */
export async function nameDelegate(
  context: Context,
  side: PieceSide,
  ogId: string,
  body: ContactBody,
): Promise<Outcome<NamedDelegate>> {
  const archived = refuseArchived(side)
  if (archived !== null) return archived
  const scope = side.by === 'porteur' ? contactsOfPorteur(side.porteur) : contactsOfMember(side.member)
  const { grappeId } = scope
  if (scope.ownerIds !== null && !scope.ownerIds.includes(ogId)) return refuse('not-found')
  const named = await context.db.transaction(async (tx): Promise<Outcome<NamedDelegate>> => {
    // Of two who name at the same moment, the second replaces whom the first named.
    await lockPerson(tx, grappeId, ogId)
    const [og] = await tx
      .select({ id: ogs.id, name: ogs.name, mainEmail: ogs.contactEmail })
      .from(ogs)
      .where(and(eq(ogs.id, ogId), eq(ogs.grappeId, grappeId)))
    if (og === undefined) return refuse('not-found')
    const former = (await readDelegates(tx, grappeId)).find(each => each.ogId === ogId)
    const flaw = flawOf(body.email, og, former)
    if (flaw !== null) return refuseFields({ email: flaw })
    // Its own link would end under its feet, as when one takes oneself out.
    if (former !== undefined && former.email === scope.ownEmail) return refuse('contact-is-yourself')
    for (const email of [body.email, ...(former === undefined ? [] : [former.email])].toSorted()) {
      await lockPerson(tx, grappeId, email)
    }
    if (former !== undefined) {
      await tx.delete(contacts).where(eq(contacts.id, former.contactId))
      await endDelegation(tx, context, scope, former, body.email)
    }
    await keepAsDelegate(tx, context, scope, ogId, body)
    await sendLink(tx, context, scope, og, body)
    const replaced = former?.email ?? null
    await recordChange(tx, {
      grappeId,
      at: context.now(),
      actor: scope.actor,
      act: {
        kind: 'delegate-named',
        facts: { memberIds: [ogId], email: body.email, ownerName: og.name, replaced },
      },
    })
    return done({ ogName: og.name, email: body.email, replaced })
  })
  if (named.ok) await context.jobs.kick('envois')
  return named
}

function flawOf(
  email: string,
  og: { name: string; mainEmail: string | null },
  former: Delegate | undefined,
): string | null {
  if (former?.email === email) return `${email} est déjà le contact délégué de « ${og.name} ».`
  return og.mainEmail?.trim().toLowerCase() === email
    ? `${email} est le contact principal de « ${og.name} » : son lien gère déjà ses ESMS.`
    : null
}

async function keepAsDelegate(
  tx: Database,
  context: Context,
  { grappeId }: ContactScope,
  ogId: string,
  { name, email, phone }: ContactBody,
): Promise<void> {
  const now = context.now()
  const typed = { ...(name === null ? {} : { name }), ...(phone === null ? {} : { phone }) }
  const known = await tx
    .update(contacts)
    .set({ ...typed, delegatedAt: now })
    .where(and(eq(contacts.ogId, ogId), eq(contacts.email, email)))
    .returning({ id: contacts.id })
  if (known.length > 0) return
  const id = context.newId()
  await tx
    .insert(contacts)
    .values({ id, grappeId, ogId, name, email, phone, delegatedAt: now, createdAt: now })
}

async function sendLink(
  tx: Database,
  context: Context,
  { grappeId, actor, about }: ContactScope,
  og: { id: string; name: string },
  { name, email }: ContactBody,
): Promise<void> {
  const members = await tx
    .select({ name: esms.name })
    .from(esms)
    .where(and(eq(esms.ogId, og.id), isNull(esms.withdrawnOn)))
    .orderBy(asc(esms.name), asc(esms.id))
  const link = await linkOfPerson(tx, context, { grappeId, email, label: name ?? email })
  await writeMail(tx, context, {
    ...context.mailTexts.delegateNamed({
      ...about,
      og: og.name,
      by: actor.name,
      contactName: name,
      esms: members.map(member => member.name),
    }),
    recipient: email,
    grappeId,
    linkId: link.id,
  })
}
