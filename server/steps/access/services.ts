/** The services of the ARS: who reads together whatever is handed to one of them. */
import { and, asc, eq, gt, isNotNull, isNull, sql } from 'drizzle-orm'
import { links, serviceMembers, services } from '../../../schema/tables.ts'
import type { Context, Database } from '../ports.ts'

type Row = typeof serviceMembers.$inferSelect

/** One who may come, or came. */
export type ServiceMember = Pick<Row, 'id' | 'email' | 'administers' | 'invitedBy' | 'invitedAt' | 'joinedAt'>

export interface Service {
  id: string
  name: string
  /** Who reads, by address. */
  members: readonly ServiceMember[]
  /** Who was asked and has not answered, by address: it reads nothing. */
  invited: readonly ServiceMember[]
}

/** The addresses of those who read, of whom one is enough to be handed a dossier. */
export const addressesOf = ({ members }: Service): string[] => members.map(({ email }) => email)

/** Of a member that joined and did not leave. */
const reads = and(isNotNull(serviceMembers.joinedAt), isNull(serviceMembers.endedAt))

/** The service of which this address is a member now: one at a time. */
export async function findService(db: Database, email: string): Promise<Service | null> {
  const [own] = await db
    .select({ id: services.id, name: services.name })
    .from(serviceMembers)
    .innerJoin(services, eq(serviceMembers.serviceId, services.id))
    .where(and(eq(serviceMembers.email, email), reads))
  return own === undefined ? null : { ...own, ...(await readMembers(db, own.id)) }
}

export async function readMembers(
  db: Database,
  serviceId: string,
): Promise<Pick<Service, 'members' | 'invited'>> {
  const rows = await db
    .select()
    .from(serviceMembers)
    .where(and(eq(serviceMembers.serviceId, serviceId), isNull(serviceMembers.endedAt)))
    .orderBy(asc(serviceMembers.email))
  return {
    members: rows.filter(({ joinedAt }) => joinedAt !== null),
    invited: rows.filter(({ joinedAt }) => joinedAt === null),
  }
}

/** To join a service: what whoever was invited is told before it answers. */
export interface ServiceInvitation {
  id: string
  serviceId: string
  service: string
  invitedBy: string
  invitedAt: Date
  /** Addresses of those who would read what is handed to it, and whose dossiers it would read. */
  readers: readonly string[]
}

/** Those that wait for an answer, oldest first. */
export async function invitationsOf(
  { db }: Pick<Context, 'db'>,
  email: string,
): Promise<ServiceInvitation[]> {
  const rows = await db
    .select({ member: serviceMembers, service: services.name })
    .from(serviceMembers)
    .innerJoin(services, eq(serviceMembers.serviceId, services.id))
    .where(
      and(eq(serviceMembers.email, email), isNull(serviceMembers.joinedAt), isNull(serviceMembers.endedAt)),
    )
    .orderBy(asc(serviceMembers.invitedAt), asc(serviceMembers.id))
  return await Promise.all(
    rows.map(async ({ member, service }) => ({
      id: member.id,
      serviceId: member.serviceId,
      service,
      invitedBy: member.invitedBy ?? '',
      invitedAt: member.invitedAt,
      readers: (await readMembers(db, member.serviceId)).members.map(({ email: reader }) => reader),
    })),
  )
}

/** A service that reads a dossier because it was handed to one of its members. */
export interface ReadingService {
  name: string
  /** To whom the porteur handed it, lower case. */
  handedTo: string
  /** All who read it, that one among them: two or more. */
  people: number
}

/** What a porteur is shown of who may read its dossier; who did read it is in the accesses, by address. */
export async function servicesReading(
  { db, now }: Pick<Context, 'db' | 'now'>,
  grappeId: string,
): Promise<ReadingService[]> {
  const people = sql<number>`(
    select count(*)::int from service_members reader
    where reader.service_id = ${services.id} and reader.joined_at is not null and reader.ended_at is null
  )`
  const rows = await db
    .selectDistinct({ name: services.name, handedTo: serviceMembers.email, people })
    .from(links)
    .innerJoin(serviceMembers, and(eq(links.email, serviceMembers.email), reads))
    .innerJoin(services, eq(serviceMembers.serviceId, services.id))
    .where(
      and(
        eq(links.grappeId, grappeId),
        eq(links.kind, 'ars'),
        isNull(links.revokedAt),
        gt(links.expiresAt, now()),
      ),
    )
    .orderBy(asc(services.name), asc(serviceMembers.email))
  return rows.filter(({ people: readers }) => readers > 1)
}
