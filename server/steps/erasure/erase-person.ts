/**
 * One person goes from a grappe, at its request: its cards, its links, what was written to it, its name where
 * it signed, the lines of the journal that name it. What must stay is told, and why.
 */
import { and, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import {
  codes,
  colleagues,
  contacts,
  digests,
  esms,
  grappes,
  links,
  mails,
  ogs,
  porteurs,
  serviceMembers,
  sessions,
} from '../../../schema/tables.ts'
import { ERASED_PERSON } from '../../domain/erasure.ts'
import type { Actor } from '../../domain/journal/entry.ts'
import type { Context, Database } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import {
  isOne,
  namingLines,
  namingRows,
  type PersonForms,
  PLACES,
  type Place,
  readForms,
} from './person-places.ts'

/** What is known of a person in a grappe, place by place; places that do not name it are left out. */
export interface PersonInGrappe {
  email: string
  /** The names that go with the address there. */
  names: readonly string[]
  goes: readonly { what: string; count: number }[]
  stays: readonly { what: string; count: number; why: string }[]
}

/** @param email lower case. */
export async function previewPerson(db: Database, grappeId: string, email: string): Promise<PersonInGrappe> {
  const person = await readForms(db, grappeId, email)
  const places: (Place & { count: number })[] = []
  for (const place of PLACES) {
    places.push({ ...place, count: await countRows(db, place.table, namingRows(place, person)) })
  }
  const goes = [
    { what: 'Fiches de contact', count: await countCards(db, person) },
    { what: 'Liens d’accès', count: await db.$count(links, ownLinks(person)) },
    { what: 'Lignes du journal', count: await countRows(db, 'journal', namingLines(person)) },
    ...places.filter(({ fate }) => fate !== 'kept').map(({ what, count }) => ({ what, count })),
  ]
  const stays = places.filter(({ fate }) => fate === 'kept')
  return {
    email,
    names: person.forms.slice(1),
    goes: goes.filter(({ count }) => count > 0),
    stays: stays.filter(({ count }) => count > 0).map(({ what, count, why = '' }) => ({ what, count, why })),
  }
}

/** Refuses `person-is-porteur` for those who act for it: they leave by their account. */
export async function erasePerson(
  context: Pick<Context, 'db' | 'now'>,
  grappeId: string,
  email: string,
  actor: Actor,
): Promise<Outcome<PersonInGrappe>> {
  const at = context.now()
  return await context.db.transaction(async (tx): Promise<Outcome<PersonInGrappe>> => {
    const [grappe] = await tx
      .select({ porteurId: grappes.porteurId })
      .from(grappes)
      .where(eq(grappes.id, grappeId))
      .for('update')
    if (grappe === undefined) return refuse('not-found')
    if (await isOfPorteur(tx, grappe.porteurId, email)) return refuse('person-is-porteur')
    const person = await readForms(tx, grappeId, email)
    const before = await previewPerson(tx, grappeId, email)
    if (before.goes.length === 0) return done(before)
    await eraseRows(tx, person)
    await eraseLinks(tx, person, at)
    const [lines] = await rowsOf<{ ids: string[] }>(
      tx,
      sql`select coalesce(array_agg(id::text), '{}') as ids from journal where ${namingLines(person)}`,
    )
    const ids = lines?.ids ?? []
    await tx.execute(
      sql`select erase_journal(${`{${ids.join(',')}}`}::bigint[], ${at.toISOString()}::timestamptz)`,
    )
    const places = before.goes.reduce((sum, { count }) => sum + count, 0)
    const act = { kind: 'person-erased' as const, facts: { journalLines: ids.length, places } }
    await recordChange(tx, { grappeId, at, actor, act })
    return done(before)
  })
}

async function isOfPorteur(tx: Database, porteurId: string, email: string): Promise<boolean> {
  const own = and(eq(porteurs.id, porteurId), eq(porteurs.email, email))
  const one = and(
    eq(colleagues.porteurId, porteurId),
    eq(colleagues.email, email),
    isNull(colleagues.removedAt),
  )
  return (await tx.$count(porteurs, own)) + (await tx.$count(colleagues, one)) > 0
}

async function eraseRows(tx: Database, person: PersonForms): Promise<void> {
  const { grappeId, email } = person
  for (const place of PLACES.filter(({ fate }) => fate === 'replaced')) {
    for (const column of place.columns) {
      const where = namingRows({ ...place, columns: [column] }, person)
      const set = sql`set ${sql.identifier(column)} = ${ERASED_PERSON}`
      await tx.execute(sql`update ${sql.identifier(place.table)} ${set} where ${where}`)
    }
  }
  for (const place of PLACES.filter(({ fate }) => fate === 'deleted')) {
    await tx.execute(sql`delete from ${sql.identifier(place.table)} where ${namingRows(place, person)}`)
  }
  await tx.delete(contacts).where(and(eq(contacts.grappeId, grappeId), eq(contacts.email, email)))
  for (const table of [ogs, esms]) {
    await tx
      .update(table)
      .set({ contactName: null, contactEmail: null, contactPhone: null })
      .where(and(eq(table.grappeId, grappeId), eq(sql`lower(trim(${table.contactEmail}))`, email)))
  }
  await tx
    .update(ogs)
    .set({ representative: null })
    .where(and(eq(ogs.grappeId, grappeId), isOne('representative', person)))
}

const ownLinks = ({ grappeId, email }: PersonForms) =>
  and(eq(links.grappeId, grappeId), eq(links.email, email))

/** Its links end; where the address is of no other grappe, so do its sessions, and its mails go. */
async function eraseLinks(tx: Database, person: PersonForms, at: Date): Promise<void> {
  const { email } = person
  const own = await tx.select({ id: links.id }).from(links).where(ownLinks(person))
  const ids = own.map(({ id }) => id)
  if (ids.length > 0) {
    await tx.delete(codes).where(inArray(codes.holderId, ids))
    await tx
      .update(links)
      .set({
        email: null,
        label: sql`case when ${links.kind} in ('og', 'esms') then ${links.label} else ${ERASED_PERSON} end`,
        revokedAt: sql`coalesce(${links.revokedAt}, ${at.toISOString()}::timestamptz)`,
      })
      .where(inArray(links.id, ids))
  }
  const elsewhere =
    (await tx.$count(links, eq(links.email, email))) +
    (await tx.$count(colleagues, eq(colleagues.email, email)))
  if (elsewhere > 0) return
  await tx.delete(sessions).where(eq(sessions.reviewerEmail, email))
  await tx.delete(digests).where(eq(digests.email, email))
  // Whoever is still of a service leaves it itself.
  const former = and(eq(serviceMembers.email, email), isNotNull(serviceMembers.endedAt))
  await tx.delete(serviceMembers).where(former)
  if ((await tx.$count(serviceMembers, eq(serviceMembers.email, email))) === 0) await eraseInviter(tx, email)
  await tx.delete(mails).where(and(isNull(mails.grappeId), eq(sql`lower(${mails.recipient})`, email)))
}

/** Those whom it invited or removed stay. */
async function eraseInviter(tx: Database, email: string): Promise<void> {
  const invitedBy = ERASED_PERSON
  await tx.update(serviceMembers).set({ invitedBy }).where(eq(serviceMembers.invitedBy, email))
  await tx.update(serviceMembers).set({ endedBy: ERASED_PERSON }).where(eq(serviceMembers.endedBy, email))
  await tx.update(colleagues).set({ invitedBy }).where(eq(colleagues.invitedBy, email))
}

async function countCards(db: Database, { grappeId, email }: PersonForms): Promise<number> {
  const cards = async (table: typeof ogs | typeof esms) =>
    await db.$count(
      table,
      and(eq(table.grappeId, grappeId), eq(sql`lower(trim(${table.contactEmail}))`, email)),
    )
  const others = await db.$count(contacts, and(eq(contacts.grappeId, grappeId), eq(contacts.email, email)))
  return (await cards(ogs)) + (await cards(esms)) + others
}

async function countRows(db: Database, table: string, where: ReturnType<typeof sql>): Promise<number> {
  const [row] = await rowsOf<{ count: number }>(
    db,
    sql`select count(*)::int as count from ${sql.identifier(table)} where ${where}`,
  )
  return row?.count ?? 0
}

export async function rowsOf<Row>(db: Database, statement: ReturnType<typeof sql>): Promise<Row[]> {
  return ((await db.execute(statement)) as unknown as { rows: Row[] }).rows
}
