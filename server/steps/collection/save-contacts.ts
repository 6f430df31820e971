/** The other contacts of a member: added and removed by the porteur, or by a contact of that member. */
import { and, asc, eq, inArray, or } from 'drizzle-orm'
import type { ContactBody } from '../../../schema/contracts/exchanges.ts'
import { contacts, esms, ogs } from '../../../schema/tables.ts'
import type { Actor } from '../../domain/journal/entry.ts'
import type { MemberScope } from '../access/member-scope.ts'
import { lockPerson, type OwnedMember } from '../access/people.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import type { Context, Database } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse, refuseFields } from '../refusals.ts'
import { endDelegation } from './end-delegation.ts'

export interface OtherContact {
  id: string
  owner: OwnedMember
  name: string | null
  /** Lower case. */
  email: string
  phone: string | null
  /** Whether its OG named it to manage its ESMS' contacts and deposits. */
  isDelegate: boolean
}

/** Whose contacts may be changed, and by whom. */
export interface ContactScope {
  grappeId: string
  /** As mails name them. */
  about: { grappe: string; call: string }
  actor: Actor
  /** Null: every OG and ESMS of the grappe. */
  ownerIds: readonly string[] | null
  /** Of whoever acts by its link: it may not remove itself. */
  ownEmail: string | null
}

export const contactsOfPorteur = (scope: PorteurScope): ContactScope => ({
  grappeId: scope.grappeId,
  about: aboutGrappe(scope),
  actor: porteurActor(scope),
  ownerIds: null,
  ownEmail: null,
})

/** A member's changes are each confirmed by a code. */
export const contactsOfMember = (scope: MemberScope): ContactScope => ({
  grappeId: scope.grappeId,
  about: aboutGrappe(scope),
  actor: { name: scope.actor, proof: 'code' },
  ownerIds: [...scope.ogs, ...scope.esms].map(({ id }) => id),
  ownEmail: scope.email,
})

const aboutGrappe = ({ grappeName, call }: Pick<MemberScope, 'grappeName' | 'call'>) => ({
  grappe: grappeName,
  call: call.title,
})

/** By member, then as they were added. */
export async function listContacts(
  db: Database,
  scope: Pick<ContactScope, 'grappeId' | 'ownerIds'>,
): Promise<OtherContact[]> {
  const { grappeId, ownerIds } = scope
  const within =
    ownerIds === null
      ? undefined
      : or(inArray(contacts.ogId, [...ownerIds]), inArray(contacts.esmsId, [...ownerIds]))
  const rows = await db
    .select({ contact: contacts, og: ogs.name, esms: esms.name })
    .from(contacts)
    .leftJoin(ogs, eq(contacts.ogId, ogs.id))
    .leftJoin(esms, eq(contacts.esmsId, esms.id))
    .where(and(eq(contacts.grappeId, grappeId), within))
    .orderBy(asc(ogs.name), asc(esms.name), asc(contacts.createdAt), asc(contacts.id))
  return rows.map(({ contact, og, esms: member }) => ({
    id: contact.id,
    owner: {
      kind: contact.ogId === null ? 'esms' : 'og',
      id: contact.ogId ?? contact.esmsId ?? '',
      name: og ?? member ?? '',
    },
    name: contact.name,
    email: contact.email,
    phone: contact.phone,
    isDelegate: contact.delegatedAt !== null,
  }))
}

export async function addContact(
  context: Context,
  scope: ContactScope,
  owner: Pick<OwnedMember, 'kind' | 'id'>,
  body: ContactBody,
): Promise<Outcome<{ contactId: string; ownerName: string }>> {
  return await context.db.transaction(async tx => {
    const table = owner.kind === 'og' ? ogs : esms
    const [found] = await tx
      .select({ name: table.name, mainEmail: table.contactEmail })
      .from(table)
      .where(and(eq(table.id, owner.id), eq(table.grappeId, scope.grappeId)))
    if (found === undefined || (scope.ownerIds !== null && !scope.ownerIds.includes(owner.id))) {
      return refuse('not-found')
    }
    const contactId = context.newId()
    const { name, email, phone } = body
    const added =
      found.mainEmail?.trim().toLowerCase() === email
        ? []
        : await tx
            .insert(contacts)
            .values({
              id: contactId,
              grappeId: scope.grappeId,
              ogId: owner.kind === 'og' ? owner.id : null,
              esmsId: owner.kind === 'esms' ? owner.id : null,
              name,
              email,
              phone,
              createdAt: context.now(),
            })
            .onConflictDoNothing()
            .returning({ id: contacts.id })
    if (added.length === 0) {
      return refuseFields({ email: `${email} est déjà un contact de « ${found.name} ».` })
    }
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: scope.actor,
      act: { kind: 'contact-added', facts: { memberIds: [owner.id], email, ownerName: found.name } },
    })
    return done({ contactId, ownerName: found.name })
  })
}

/** The person's link then opens only what it still answers for; that of a delegate ends, and it is told. */
export async function removeContact(
  context: Context,
  scope: ContactScope,
  contactId: string,
): Promise<Outcome<OtherContact>> {
  const contact = (await listContacts(context.db, scope)).find(({ id }) => id === contactId)
  if (contact === undefined) return refuse('not-found')
  if (contact.email === scope.ownEmail) return refuse('contact-is-yourself')
  const { isDelegate } = contact
  await context.db.transaction(async tx => {
    if (isDelegate) await lockPerson(tx, scope.grappeId, contact.email)
    const removed = await tx.delete(contacts).where(eq(contacts.id, contactId)).returning({ id: contacts.id })
    if (removed.length === 0) return
    if (isDelegate) await endDelegation(tx, context, scope, { ...contact, ogName: contact.owner.name }, null)
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: scope.actor,
      act: {
        kind: isDelegate ? 'delegation-ended' : 'contact-removed',
        facts: { memberIds: [contact.owner.id], email: contact.email, ownerName: contact.owner.name },
      },
    })
  })
  if (isDelegate) await context.jobs.kick('envois')
  return done(contact)
}

/** A person's own telephone number, wherever it is a contact within its link's scope. */
export async function readOwnPhone(context: Pick<Context, 'db'>, scope: MemberScope): Promise<string | null> {
  const { email } = scope
  if (email === null) return null
  const mine = (await listContacts(context.db, contactsOfMember(scope))).find(each => each.email === email)
  const [ofEsms] = await context.db
    .select({ phone: esms.contactPhone })
    .from(esms)
    .where(isMainContact(esms, scope.esms, email))
  const [ofOg] = await context.db
    .select({ phone: ogs.contactPhone })
    .from(ogs)
    .where(isMainContact(ogs, scope.ogs, email))
  return ofEsms?.phone ?? ofOg?.phone ?? mine?.phone ?? null
}

const isMainContact = (
  table: typeof esms | typeof ogs,
  members: ReadonlyArray<{ id: string }>,
  email: string,
) =>
  and(
    inArray(
      table.id,
      members.map(({ id }) => id),
    ),
    eq(table.contactEmail, email),
  )

export async function saveOwnPhone(
  context: Context,
  scope: MemberScope,
  phone: string | null,
): Promise<Outcome<null>> {
  const { email, grappeId } = scope
  if (email === null) return refuse('link-without-email')
  const owned = contactsOfMember(scope)
  return await context.db.transaction(async tx => {
    await tx
      .update(esms)
      .set({ contactPhone: phone })
      .where(isMainContact(esms, scope.esms, email))
    await tx
      .update(ogs)
      .set({ contactPhone: phone })
      .where(isMainContact(ogs, scope.ogs, email))
    const mine = (await listContacts(tx, owned)).filter(each => each.email === email).map(({ id }) => id)
    await tx.update(contacts).set({ phone }).where(inArray(contacts.id, mine))
    await recordChange(tx, {
      grappeId,
      at: context.now(),
      actor: owned.actor,
      act: {
        kind: phone === null ? 'phone-erased' : 'phone-changed',
        facts: { memberIds: owned.ownerIds ?? [], email },
      },
    })
    return done(null)
  })
}
