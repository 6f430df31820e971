/** Writes a grappe's own copy of its call. */
import { eq } from 'drizzle-orm'
import { readCall } from '../../schema/contracts/call.ts'
import { grappes } from '../../schema/tables.ts'
import type { Call } from '../domain/call.ts'
import type { Database } from './ports.ts'

/**
 * Keeps the copy once it was read as every page will read it: one that does not follow the contract would
 * close the whole grappe, with no page left to mend it.
 *
 * @throws when it does not, and nothing of the act is kept: what an act takes is refused before, by its
 * fields.
 */
export async function keepCall(tx: Database, grappeId: string, call: Call): Promise<void> {
  const read = readCall(JSON.parse(JSON.stringify(call)))
  if (!read.ok) {
    const paths = read.problems.map(({ path }) => path.join('.')).join(', ')
    throw new Error(`This copy of the call could not be read back: ${paths}`)
  }
  await tx.update(grappes).set({ call }).where(eq(grappes.id, grappeId))
}
