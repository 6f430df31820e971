/** What a porteur receives without asking, and how whoever reads it stops that, or takes it again. */
import { and, eq } from 'drizzle-orm'
import { digests } from '../../../schema/tables.ts'
import { DIGEST_KINDS, type DigestKind } from '../../domain/mail.ts'
import type { Context, Database } from '../ports.ts'
import { done, type Outcome, refuse } from '../refusals.ts'

/** Whether each is wanted. */
export type DigestChoices = Record<DigestKind, boolean>

/** What a mail carries to be stopped by; null when this person does not want that digest. */
export async function openDigest(
  tx: Database,
  context: Pick<Context, 'now' | 'newId'>,
  email: string,
  kind: DigestKind,
): Promise<string | null> {
  await tx
    .insert(digests)
    .values({ id: context.newId(), email, kind, createdAt: context.now() })
    .onConflictDoNothing()
  const [digest] = await tx
    .select()
    .from(digests)
    .where(and(eq(digests.email, email), eq(digests.kind, kind)))
  return digest?.endedAt === null ? digest.id : null
}

/** The last segment of the address that stops a digest: the id, which is no secret, then the proof of it. */
export const digestToken = ({ tokens }: Pick<Context, 'tokens'>, digestId: string): string =>
  `${digestId}.${tokens.ofDigest(digestId)}`

export interface Digest {
  id: string
  email: string
  kind: DigestKind
  wanted: boolean
}

/** Reads only: mail scanners open addresses. */
export async function findDigest(
  { db, tokens }: Pick<Context, 'db' | 'tokens'>,
  token: string,
): Promise<Outcome<Digest>> {
  const [id = '', proof = ''] = token.split('.')
  if (!UUID.test(id) || tokens.hash(proof) !== tokens.hash(tokens.ofDigest(id))) return refuse('link-unknown')
  const [found] = await db.select().from(digests).where(eq(digests.id, id))
  if (found === undefined) return refuse('link-unknown')
  return done({ id, email: found.email, kind: found.kind, wanted: found.endedAt === null })
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Each is wanted as long as nobody said otherwise. */
export async function readDigestChoices(db: Database, email: string): Promise<DigestChoices> {
  const rows = await db.select().from(digests).where(eq(digests.email, email))
  const ended = new Set(rows.filter(({ endedAt }) => endedAt !== null).map(({ kind }) => kind))
  return { hebdomadaire: !ended.has('hebdomadaire'), depots: !ended.has('depots') }
}

/** Stops what this person does not want any more, and takes again what it does. */
export async function chooseDigests(
  context: Pick<Context, 'db' | 'now' | 'newId'>,
  email: string,
  choices: Partial<DigestChoices>,
): Promise<void> {
  const now = context.now()
  for (const kind of DIGEST_KINDS) {
    const wanted = choices[kind]
    if (wanted === undefined) continue
    const endedAt = wanted ? null : now
    await context.db
      .insert(digests)
      .values({ id: context.newId(), email, kind, createdAt: now, endedAt })
      .onConflictDoUpdate({ target: [digests.email, digests.kind], set: { endedAt } })
  }
}
