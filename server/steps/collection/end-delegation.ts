/** The end of what a delegated contact could do for its OG: replaced, or taken out of the OG's contacts. */
import { and, eq, inArray, isNull } from 'drizzle-orm'
import { links } from '../../../schema/tables.ts'
import { linkOfPerson, listPeople } from '../access/people.ts'
import { writeMail } from '../access/send-mail.ts'
import type { Context, Database } from '../ports.ts'
import type { Delegate } from '../read/read-delegates.ts'

/**
 * Tells somebody who is no more a contact of its OG that its delegation ended, and ends its link; another one
 * opens what it still answers for, if anything. The caller holds the lock of that person.
 *
 * @param successor address of whoever takes its place; null for nobody.
 */
export async function endDelegation(
  tx: Database,
  context: Context,
  { grappeId, about }: { grappeId: string; about: { grappe: string; call: string } },
  { ogName, name, email }: Pick<Delegate, 'ogName' | 'name' | 'email'>,
  successor: string | null,
): Promise<void> {
  const [person] = await listPeople(tx, grappeId, email)
  const ended = person === undefined ? (['personne', 'agenda'] as const) : (['personne'] as const)
  await tx
    .update(links)
    .set({ revokedAt: context.now() })
    .where(
      and(
        eq(links.grappeId, grappeId),
        eq(links.email, email),
        inArray(links.kind, [...ended]),
        isNull(links.revokedAt),
      ),
    )
  const still = person?.owners.map(owner => owner.name) ?? []
  const link = person && (await linkOfPerson(tx, context, { grappeId, email, label: person.name ?? email }))
  await writeMail(tx, context, {
    ...context.mailTexts.delegationEnded({ ...about, og: ogName, contactName: name, successor, still }),
    recipient: email,
    grappeId,
    linkId: link?.id ?? null,
  })
}
