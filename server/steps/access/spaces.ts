/** One address may belong to several porteurs: its session acts for one of them at a time. */
import { and, asc, eq, isNull } from 'drizzle-orm'
import { colleagues, porteurs, sessions } from '../../../schema/tables.ts'
import type { Role } from '../../domain/role.ts'
import type { Context } from '../ports.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import { createPorteur, lockAddress, noteJoined, type Porteur } from './sign-in.ts'

/** A porteur, as one of its people chooses it. */
export interface Space {
  colleagueId: string
  /** Where members and the ARS write to it. */
  contactEmail: string
  role: Role
  /** Whether this address started it. */
  isOwn: boolean
  isThis: boolean
}

/** The porteurs of whoever is signed in, its own first. */
export async function listSpaces(
  context: Pick<Context, 'db'>,
  { email, colleagueId }: Pick<Porteur, 'email' | 'colleagueId'>,
): Promise<Space[]> {
  const rows = await context.db
    .select({ colleague: colleagues, contactEmail: porteurs.email })
    .from(colleagues)
    .innerJoin(porteurs, eq(colleagues.porteurId, porteurs.id))
    .where(and(eq(colleagues.email, email), isNull(colleagues.removedAt)))
    .orderBy(asc(colleagues.invitedAt), asc(colleagues.id))
  return rows
    .map(({ colleague, contactEmail }) => ({
      colleagueId: colleague.id,
      contactEmail,
      role: colleague.role,
      isOwn: colleague.invitedBy === null,
      isThis: colleague.id === colleagueId,
    }))
    .toSorted((a, b) => Number(b.isOwn) - Number(a.isOwn))
}

/**
 * From now on this session acts for another porteur of the same address.
 *
 * @param chosen null for the porteur of its own, started when there is none.
 */
export async function openSpace(
  context: Context,
  porteur: Porteur,
  sessionToken: string,
  chosen: string | null,
): Promise<Outcome<null>> {
  return await context.db.transaction(async tx => {
    await lockAddress(tx, porteur.email)
    const spaces = await listSpaces({ db: tx }, porteur)
    const found = spaces.find(each => (chosen === null ? each.isOwn : each.colleagueId === chosen))
    if (found === undefined && chosen !== null) return refuse('not-found')
    const colleagueId = found?.colleagueId ?? (await createPorteur(tx, context, porteur.email)).colleagueId
    const [space] = await tx
      .select({ porteurId: colleagues.porteurId })
      .from(colleagues)
      .where(eq(colleagues.id, colleagueId))
    if (space === undefined) return refuse('not-found')
    await tx
      .update(sessions)
      .set({ ...space, colleagueId })
      .where(
        and(
          eq(sessions.tokenHash, context.tokens.hash(sessionToken)),
          eq(sessions.colleagueId, porteur.colleagueId),
        ),
      )
    await noteJoined(tx, context, colleagueId)
    return done(null)
  })
}
