/** A copy of everything that this server keeps of one person, for that person. */
import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import {
  colleagues,
  contacts,
  digests,
  esms,
  grappes,
  links,
  mails,
  ogs,
  serviceMembers,
  services,
  sessions,
} from '../../../schema/tables.ts'
import type { Context, Database } from '../ports.ts'
import { readJournal } from '../read/read-journal.ts'
import { previewPerson, rowsOf } from './erase-person.ts'
import { namingLines, namingRows, type PersonForms, PLACES, readForms } from './person-places.ts'

/** Plain data, to be written as JSON. Instants are ISO 8601. No secret: a link is told, not its address. */
export interface PersonExport {
  email: string
  takenAt: string
  /** By grappe, where it is named. */
  grappes: readonly object[]
  /** Persons of a porteur with that address, its sessions, what was written to it beside any grappe. */
  account: {
    colleagues: readonly object[]
    sessions: readonly object[]
    mails: readonly object[]
    /** Places in services of the ARS. */
    services: readonly object[]
    /** Which digests it wants, or does not. */
    digests: readonly object[]
  }
}

/**
 * @param email lower case.
 * @param grappeId narrows to one grappe: what whoever holds a link of it may ask for; null is everything.
 */
export async function exportPerson(
  { db, now }: Pick<Context, 'db' | 'now'>,
  email: string,
  grappeId: string | null,
): Promise<PersonExport> {
  const rows = await db
    .select({ id: grappes.id, name: grappes.name })
    .from(grappes)
    .where(grappeId === null ? undefined : eq(grappes.id, grappeId))
    .orderBy(asc(grappes.createdAt))
  const told: object[] = []
  for (const grappe of rows) {
    const person = await readForms(db, grappe.id, email)
    const { goes, stays, names } = await previewPerson(db, grappe.id, email)
    if (goes.length + stays.length === 0) continue
    told.push({ grappe: grappe.name, names, ...(await inGrappe(db, person)), kept: stays })
  }
  return { email, takenAt: now().toISOString(), grappes: told, account: await accountOf(db, email) }
}

async function inGrappe(db: Database, person: PersonForms): Promise<object> {
  const { grappeId, email } = person
  const card = async (table: typeof ogs | typeof esms) =>
    await db
      .select({
        member: table.name,
        name: table.contactName,
        email: table.contactEmail,
        phone: table.contactPhone,
      })
      .from(table)
      .where(and(eq(table.grappeId, grappeId), eq(sql`lower(trim(${table.contactEmail}))`, email)))
  const others = await db
    .select({ name: contacts.name, email: contacts.email, phone: contacts.phone, since: contacts.createdAt })
    .from(contacts)
    .where(and(eq(contacts.grappeId, grappeId), eq(contacts.email, email)))
  const lines = await rowsOf<{ id: string }>(
    db,
    sql`select id::text from journal where ${namingLines(person)}`,
  )
  const own = new Set(lines.map(({ id }) => Number(id)))
  const journal = await readJournal(db, grappeId)
  return {
    contacts: [...(await card(ogs)), ...(await card(esms)), ...others],
    links: await db
      .select({
        kind: links.kind,
        label: links.label,
        createdAt: links.createdAt,
        expiresAt: links.expiresAt,
        revokedAt: links.revokedAt,
        lastUsedAt: links.lastUsedAt,
      })
      .from(links)
      .where(and(eq(links.grappeId, grappeId), eq(links.email, email))),
    mails: await mailsTo(db, email, eq(mails.grappeId, grappeId)),
    signed: await signedBy(db, person),
    journal: journal.filter(({ id }) => own.has(id)).map(({ at, actor, event }) => ({ at, actor, event })),
  }
}

/** Each row that it signed, whole, but for ids. */
async function signedBy(db: Database, person: PersonForms): Promise<Record<string, readonly object[]>> {
  const found: Record<string, readonly object[]> = {}
  for (const place of PLACES.filter(({ fate }) => fate === 'replaced')) {
    const rows = await rowsOf<{ row: object }>(
      db,
      sql`select to_jsonb(t) - 'id' - 'grappe_id' as row from ${sql.identifier(place.table)} t
        where ${namingRows(place, person)}`,
    )
    if (rows.length > 0) found[place.what] = rows.map(({ row }) => row)
  }
  return found
}

/** As composed: the address of a link and the digits of a code are not in it. */
async function mailsTo(
  db: Database,
  email: string,
  where: ReturnType<typeof eq> | ReturnType<typeof isNull>,
): Promise<object[]> {
  return await db
    .select({ subject: mails.subject, text: mails.body, createdAt: mails.createdAt, sentAt: mails.sentAt })
    .from(mails)
    .where(and(where, eq(sql`lower(${mails.recipient})`, email)))
    .orderBy(asc(mails.createdAt))
}

async function accountOf(db: Database, email: string): Promise<PersonExport['account']> {
  const seen = {
    openedBy: sessions.openedBy,
    userAgent: sessions.userAgent,
    address: sessions.address,
    createdAt: sessions.createdAt,
    lastSeenAt: sessions.lastSeenAt,
    expiresAt: sessions.expiresAt,
  }
  const asColleague = await db
    .select(seen)
    .from(sessions)
    .innerJoin(colleagues, eq(sessions.colleagueId, colleagues.id))
    .where(eq(colleagues.email, email))
  const asReviewer = await db.select(seen).from(sessions).where(eq(sessions.reviewerEmail, email))
  return {
    colleagues: await db
      .select({
        role: colleagues.role,
        invitedBy: colleagues.invitedBy,
        invitedAt: colleagues.invitedAt,
        joinedAt: colleagues.joinedAt,
        removedAt: colleagues.removedAt,
      })
      .from(colleagues)
      .where(eq(colleagues.email, email)),
    sessions: [...asColleague, ...asReviewer],
    mails: await mailsTo(db, email, isNull(mails.grappeId)),
    services: await db
      .select({
        service: services.name,
        administers: serviceMembers.administers,
        invitedBy: serviceMembers.invitedBy,
        invitedAt: serviceMembers.invitedAt,
        joinedAt: serviceMembers.joinedAt,
        endedAt: serviceMembers.endedAt,
      })
      .from(serviceMembers)
      .innerJoin(services, eq(serviceMembers.serviceId, services.id))
      .where(eq(serviceMembers.email, email)),
    digests: await db
      .select({ kind: digests.kind, since: digests.createdAt, endedAt: digests.endedAt })
      .from(digests)
      .where(eq(digests.email, email)),
  }
}
