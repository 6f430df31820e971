/** What the database says of itself: which it is, which store of files and which key go with it. */
import { and, desc, gt, isNull } from 'drizzle-orm'
import { installation, links } from '../../schema/tables.ts'
import type { Installation } from '../domain/installation.ts'
import type { Context, Database } from './ports.ts'

/** Enough to know a key by, however many links there are. */
const MAX_LINKS_TRIED = 200

export async function readInstallation(db: Database): Promise<Installation | null> {
  const [row] = await db.select().from(installation)
  return row === undefined ? null : fieldsOf(row)
}

/**
 * Writes the row where there is none. Of several servers that do so at the same moment, the database keeps
 * one.
 *
 * @returns what stands in the database, which may be another server's.
 */
export async function recordInstallation(
  context: Pick<Context, 'db' | 'now'>,
  found: Installation,
): Promise<Installation> {
  await context.db
    .insert(installation)
    .values({ ...found, createdAt: context.now() })
    .onConflictDoNothing()
  const row = await readInstallation(context.db)
  if (row === null) throw new Error('The identity of the database cannot be read back')
  return row
}

/** Writes the row whatever was there: on the word of whoever runs the server. */
export async function replaceInstallation(
  context: Pick<Context, 'db' | 'now'>,
  adopted: Installation,
): Promise<void> {
  await context.db
    .insert(installation)
    .values({ ...adopted, createdAt: context.now() })
    .onConflictDoUpdate({ target: installation.id, set: { ...adopted } })
}

/** Whether one of the live links was made with this key; null when there is no live link. */
export async function keyOpensLinks(
  context: Pick<Context, 'db' | 'now' | 'tokens'>,
): Promise<boolean | null> {
  const live = await context.db
    .select({ id: links.id, tokenHash: links.tokenHash })
    .from(links)
    .where(and(isNull(links.revokedAt), gt(links.expiresAt, context.now())))
    .orderBy(desc(links.createdAt))
    .limit(MAX_LINKS_TRIED)
  if (live.length === 0) return null
  const { ofLink, hash } = context.tokens
  return live.some(({ id, tokenHash }) => hash(ofLink(id)) === tokenHash)
}

function fieldsOf({ storeId, databaseId, keyCheck }: Installation): Installation {
  return { storeId, databaseId, keyCheck }
}
