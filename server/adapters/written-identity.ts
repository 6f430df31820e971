/** How a store writes which one it is, and which database goes with it: `identite.json`. */
import { z } from 'zod'
import type { Identity } from '../domain/installation.ts'

const contract = z.object({ depot: z.uuid(), base: z.uuid() })

export const writtenIdentity = ({ storeId, databaseId }: Identity): string =>
  `${JSON.stringify({ depot: storeId, base: databaseId }, null, 2)}\n`

/** @throws when it cannot be read. */
export function parseIdentity(text: string): Identity {
  const { depot, base } = contract.parse(JSON.parse(text))
  return { storeId: depot, databaseId: base }
}
