/** The people behind the members: one person, by e-mail, may answer for several OG and ESMS of a grappe. */

import { and, asc, eq, gt, inArray, isNull, type SQL, sql } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import { contacts, esms, links, ogs } from '../../../schema/tables.ts'
import { fill, PATHS } from '../../../schema/urls.ts'
import { nameSortKey } from '../../domain/dossier-names.ts'
import { groupBy } from '../../domain/group-by.ts'
import type { Piece } from '../../domain/piece.ts'
import type { Context, Database, MailText } from '../ports.ts'
import { issueLink } from './links.ts'
import { addressOf, addressOfLink, writeMail } from './send-mail.ts'

/** Whoever owes pieces, as a person's contact sees it. */
export interface OwnedMember {
  kind: 'og' | 'esms'
  id: string
  name: string
}

export interface Person {
  /** Lower case; what makes two contacts one person. */
  email: string
  /** As first written, null when no member gives one. */
  name: string | null
  /** OG first, then by name. */
  owners: readonly OwnedMember[]
}

/** As screens name a person. */
export const personName = ({ name, email }: Pick<Person, 'name' | 'email'>): string => name ?? email

/**
 * Everyone who answers for a member still in the grappe, by e-mail, main contacts and others alike.
 *
 * @param email lower case; narrows to one person.
 */
export async function listPeople(db: Database, grappeId: string, email?: string): Promise<Person[]> {
  return peopleIn(await readContacts(db, [grappeId], email))
}

/** The same of several grappes, by their ids, in as many queries. */
export async function listPeopleOf(
  db: Database,
  grappeIds: readonly string[],
): Promise<ReadonlyMap<string, readonly Person[]>> {
  const rows = groupBy(await readContacts(db, grappeIds), ({ grappeId }) => grappeId)
  return new Map([...rows].map(([grappeId, ofGrappe]) => [grappeId, peopleIn(ofGrappe)]))
}

const readContacts = async (
  db: Database,
  grappeIds: readonly string[],
  email?: string,
): Promise<ContactRow[]> => [
  ...(await mainContacts(db, grappeIds, 'og', email)),
  ...(await mainContacts(db, grappeIds, 'esms', email)),
  ...(await otherContacts(db, grappeIds, email)),
]

/** Of a contact's address: what makes two contacts one person. */
export const personKey = (contact: AnyPgColumn): SQL => sql`lower(trim(${contact}))`

/** Whether a contact is this person; undefined for everyone. */
const isPerson = (contact: AnyPgColumn, email: string | undefined): SQL | undefined =>
  email === undefined ? undefined : eq(personKey(contact), email)

function peopleIn(rows: readonly ContactRow[]): Person[] {
  const people = new Map<string, { name: string | null; owners: Map<string, OwnedMember> }>()
  for (const row of rows) {
    const key = row.email?.trim().toLowerCase() ?? ''
    if (key === '') continue
    const person = people.get(key) ?? { name: null, owners: new Map<string, OwnedMember>() }
    person.name ??= row.contactName
    person.owners.set(row.id, { kind: row.kind, id: row.id, name: row.name })
    people.set(key, person)
  }
  return [...people]
    .map(([key, { name, owners }]) => ({ email: key, name, owners: [...owners.values()] }))
    .toSorted((a, b) => (nameSortKey(a.email) < nameSortKey(b.email) ? -1 : 1))
}

interface ContactRow extends OwnedMember {
  grappeId: string
  contactName: string | null
  email: string | null
}

async function mainContacts(
  db: Database,
  grappeIds: readonly string[],
  kind: OwnedMember['kind'],
  email: string | undefined,
): Promise<ContactRow[]> {
  const table = kind === 'og' ? ogs : esms
  const rows = await db
    .select({
      grappeId: table.grappeId,
      id: table.id,
      name: table.name,
      contactName: table.contactName,
      email: table.contactEmail,
    })
    .from(table)
    .where(
      and(
        inArray(table.grappeId, [...grappeIds]),
        kind === 'esms' ? isNull(esms.withdrawnOn) : undefined,
        isPerson(table.contactEmail, email),
      ),
    )
    .orderBy(asc(table.name), asc(table.id))
  return rows.map(row => ({ kind, ...row }))
}

async function otherContacts(
  db: Database,
  grappeIds: readonly string[],
  email: string | undefined,
): Promise<ContactRow[]> {
  const rows = await db
    .select({ contact: contacts, og: ogs.name, esms: esms.name })
    .from(contacts)
    .leftJoin(ogs, eq(contacts.ogId, ogs.id))
    .leftJoin(esms, eq(contacts.esmsId, esms.id))
    .where(
      and(
        inArray(contacts.grappeId, [...grappeIds]),
        isNull(esms.withdrawnOn),
        isPerson(contacts.email, email),
      ),
    )
    .orderBy(asc(contacts.createdAt), asc(contacts.id))
  return rows.map(
    ({ contact, og, esms: member }): ContactRow => ({
      grappeId: contact.grappeId,
      kind: contact.ogId === null ? 'esms' : 'og',
      id: contact.ogId ?? contact.esmsId ?? '',
      name: og ?? member ?? '',
      contactName: contact.name,
      email: contact.email,
    }),
  )
}

/**
 * Everyone who answers for a piece: the contacts of its owner, or those of the owner's OG when it has none.
 *
 * @returns an empty list for a piece of the grappe itself, and when nobody's address is known.
 */
export async function listAnswerers(
  db: Database,
  grappeId: string,
  piece: Pick<Piece, 'ogId' | 'esmsId'>,
): Promise<Person[]> {
  const people = await listPeople(db, grappeId)
  const answering = (ownerId: string | null) =>
    people.filter(({ owners }) => owners.some(({ id }) => id === ownerId))
  const own = answering(piece.esmsId ?? piece.ogId)
  if (own.length > 0 || piece.esmsId === null) return own
  const [row] = await db.select({ ogId: esms.ogId }).from(esms).where(eq(esms.id, piece.esmsId))
  return answering(row?.ogId ?? null)
}

/** Where a mail to a member leads when it is about a piece: the address of its link, then the piece's. */
export const addressOfPiece = (pieceId: string): string =>
  fill(PATHS.memberPiece.replace(PATHS.memberHome, '{lien}'), { piece: pieceId })

/**
 * Writes one mail to each of these people, with its own link; send them after the commit.
 *
 * To be called before `recordChange`, which locks the grappe: a link is locked first everywhere, so that two
 * acts at once never wait for each other.
 */
export async function writeToPeople(
  tx: Database,
  context: Context,
  grappeId: string,
  people: readonly Person[],
  mail: MailText,
): Promise<string[]> {
  const mailIds: string[] = []
  for (const person of people) {
    const link = await linkOfPerson(tx, context, {
      grappeId,
      email: person.email,
      label: person.name ?? person.email,
    })
    mailIds.push(
      await writeMail(tx, context, { ...mail, recipient: person.email, grappeId, linkId: link.id }),
    )
  }
  return mailIds
}

/**
 * The link that a person holds now for everything it answers for in the grappe, or a new one.
 */
export async function linkOfPerson(tx: Database, context: Context, person: LinkedPerson): Promise<HeldLink> {
  const link = (await linksOfPeople(tx, context, [person])).get(keyOf(person))
  if (link === undefined) throw new Error('A person has no link')
  return link
}

export interface LinkedPerson {
  grappeId: string
  /** Lower case. */
  email: string
  label: string
  ttlMs?: number
}

interface HeldLink {
  id: string
  address: string
}

/** A person of a grappe, among those of several. */
export const keyOf = ({ grappeId, email }: Pick<LinkedPerson, 'grappeId' | 'email'>): string =>
  `${grappeId} ${email}`

/** The same for several people, of one grappe or of several, by `keyOf`. */
export async function linksOfPeople(
  tx: Database,
  context: Context,
  people: readonly LinkedPerson[],
): Promise<Map<string, HeldLink>> {
  const found = new Map<string, HeldLink>()
  if (people.length === 0) return found
  await lockPeople(tx, people)
  const wanted = new Set(people.map(keyOf))
  const held = await tx
    .select()
    .from(links)
    .where(
      and(
        inArray(links.grappeId, [...new Set(people.map(({ grappeId }) => grappeId))]),
        eq(links.kind, 'personne'),
        inArray(
          links.email,
          people.map(({ email }) => email),
        ),
        isNull(links.revokedAt),
        gt(links.expiresAt, context.now()),
      ),
    )
    .orderBy(asc(links.createdAt))
  for (const link of held) {
    const key = keyOf({ grappeId: link.grappeId ?? '', email: link.email ?? '' })
    if (!wanted.has(key) || found.has(key)) continue
    const address = addressOfLink(context, link)
    if (address !== null) found.set(key, { id: link.id, address })
  }
  for (const person of people) {
    if (found.has(keyOf(person))) continue
    const { id, token } = await issueLink(tx, context, { kind: 'personne', ...person })
    found.set(keyOf(person), { id, address: addressOf(context, 'personne', token) })
  }
  return found
}

/** Of two acts at the same moment on one person's link, the second sees what the first did. */
export async function lockPerson(tx: Database, grappeId: string, email: string): Promise<void> {
  await lockPeople(tx, [{ grappeId, email }])
}

/** In the order of their names, so that two acts never wait for each other. */
async function lockPeople(
  tx: Database,
  people: ReadonlyArray<Pick<LinkedPerson, 'grappeId' | 'email'>>,
): Promise<void> {
  await lockNames(tx, people.map(keyOf))
}

/** Held until the end of the transaction, taken in the order of their names. */
export async function lockNames(tx: Database, names: readonly string[]): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext(key.name))
    from (select name from jsonb_array_elements_text(${JSON.stringify(names.toSorted())}::jsonb)
      with ordinality as each(name, place)
      order by place) key`)
}
