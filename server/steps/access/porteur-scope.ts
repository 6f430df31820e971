/** What a signed-in porteur may touch: one grappe of its own. Every carrier act starts here. */
import { and, eq, sql } from 'drizzle-orm'
import { storedSubmission } from '../../../schema/contracts/submission.ts'
import { callVersions, grappes } from '../../../schema/tables.ts'
import type { Call, Day, PieceDefinition } from '../../domain/call.ts'
import { dayOf } from '../../domain/deadline.ts'
import { followUpPieces } from '../../domain/follow-up.ts'
import type { Actor } from '../../domain/journal/entry.ts'
import type { Context } from '../ports.ts'
import { newShippedCall } from '../read/shipped-call.ts'
import { storedCall } from '../read/stored-call.ts'
import type { Porteur } from './sign-in.ts'

export interface PorteurScope {
  porteur: Porteur
  grappeId: string
  grappeName: string
  call: Call
  /** What follows the deposit: pieces of the grappe that the dossier and its counts never see. */
  followUps: readonly PieceDefinition[]
  revision: number
  /** Whether the call has changed at its source since the grappe last followed it. */
  hasNewCallVersion: boolean
  /** Since when the grappe is put away; null while it is current. */
  archivedOn: Day | null
}

/** @returns null when there is no such grappe or it is somebody else's: both look the same from outside. */
export async function openPorteurScope(
  context: Pick<Context, 'db' | 'calls'>,
  porteur: Porteur,
  grappeId: string,
): Promise<PorteurScope | null> {
  const [row] = await context.db
    .select({
      name: grappes.name,
      call: grappes.call,
      submission: grappes.submission,
      revision: grappes.revision,
      archivedAt: grappes.archivedAt,
      callVersion: grappes.callVersion,
      shippedCall: grappes.shippedCall,
      lastVersion: sql<number | null>`(
        select max(last.number) from ${callVersions} last where last.call_id = ${grappes}.call_id
      )`,
    })
    .from(grappes)
    .where(and(eq(grappes.id, grappeId), eq(grappes.porteurId, porteur.id)))
  if (row === undefined) return null
  const { name, revision, callVersion, lastVersion, shippedCall, archivedAt } = row
  const call = storedCall(row.call)
  const isPublishedAgain = lastVersion !== null && lastVersion > (callVersion ?? 0)
  const hasNewCallVersion = isPublishedAgain || newShippedCall(context, shippedCall) !== null
  const archivedOn = archivedAt && dayOf(archivedAt.toISOString(), call.timeZone)
  const followUps = followUpPieces(call, storedSubmission(row.submission).pieces)
  return { porteur, grappeId, grappeName: name, call, followUps, revision, hasNewCallVersion, archivedOn }
}

/** The porteur, as the journal names it. */
export const porteurActor = ({ porteur }: Pick<PorteurScope, 'porteur'>): Actor => ({
  name: porteur.email,
  proof: porteur.proof,
})
