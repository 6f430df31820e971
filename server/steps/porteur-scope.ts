/** What a signed-in porteur may touch: one grappe of its own. Every carrier act starts here. */
import { and, eq } from 'drizzle-orm'
import { grappes } from '../../schema/tables.ts'
import type { Call } from '../domain/call.ts'
import type { Context } from './ports.ts'
import type { Porteur } from './sign-in.ts'
import { storedCall } from './stored-call.ts'

export interface PorteurScope {
  porteur: Porteur
  grappeId: string
  grappeName: string
  call: Call
  revision: number
}

/** @returns null when there is no such grappe or it is somebody else's: both look the same from outside. */
export async function openPorteurScope(
  context: Pick<Context, 'db'>,
  porteur: Porteur,
  grappeId: string,
): Promise<PorteurScope | null> {
  const [row] = await context.db
    .select({ name: grappes.name, call: grappes.call, revision: grappes.revision })
    .from(grappes)
    .where(and(eq(grappes.id, grappeId), eq(grappes.porteurId, porteur.id)))
  if (row === undefined) return null
  return { porteur, grappeId, grappeName: row.name, call: storedCall(row.call), revision: row.revision }
}
