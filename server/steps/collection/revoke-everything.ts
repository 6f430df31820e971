/** Everything that lets somebody in for one porteur ends at once: a stolen machine, a leaked mailbox. */
import { and, eq, gt, inArray, isNull, or } from 'drizzle-orm'
import { grappes, links, porteurs, sessions } from '../../../schema/tables.ts'
import type { Actor } from '../../domain/journal/entry.ts'
import type { Context } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'

/** How many of each ended. */
export interface EverythingRevoked {
  sessions: number
  /** Of programs and of sign-in. */
  tokens: number
  /** Of members, of the ARS and of calendars. */
  links: number
}

const ACTOR: Actor = { name: 'Administration du serveur', proof: 'command' }

/**
 * Ends the sessions and tokens of every person of the porteur, and the links of all its grappes. Nothing that
 * was deposited changes; people are invited again from the grappe. Done twice, it finds nothing left.
 *
 * @param email where the porteur is written to, lower case.
 */
export async function revokeEverything(
  context: Pick<Context, 'db' | 'now'>,
  email: string,
): Promise<Outcome<EverythingRevoked>> {
  const now = context.now()
  return await context.db.transaction(async tx => {
    const [porteur] = await tx.select({ id: porteurs.id }).from(porteurs).where(eq(porteurs.email, email))
    if (porteur === undefined) return refuse('not-found')
    const ended = await tx
      .delete(sessions)
      .where(eq(sessions.porteurId, porteur.id))
      .returning({ id: sessions.id })
    const own = tx.select({ id: grappes.id }).from(grappes).where(eq(grappes.porteurId, porteur.id))
    const revoked = await tx
      .update(links)
      .set({ revokedAt: now })
      .where(
        and(
          or(eq(links.porteurId, porteur.id), inArray(links.grappeId, own)),
          isNull(links.revokedAt),
          isNull(links.consumedAt),
          gt(links.expiresAt, now),
        ),
      )
      .returning()
    const handed = revoked.flatMap(link =>
      link.grappeId === null ? [] : [{ ...link, grappeId: link.grappeId }],
    )
    for (const { id: linkId, grappeId, label, ogId, esmsId } of handed) {
      const memberIds = [esmsId, ogId].filter(owner => owner !== null)
      const act = { kind: 'link-revoked', facts: { memberIds, linkId, label } } as const
      await recordChange(tx, { grappeId, at: now, actor: ACTOR, act })
    }
    return done({ sessions: ended.length, tokens: revoked.length - handed.length, links: handed.length })
  })
}
