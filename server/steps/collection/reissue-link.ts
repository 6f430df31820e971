/** Links already handed out: replaced, revoked, given another end. Each leaves a line in the journal. */
import { and, eq, inArray, isNull } from 'drizzle-orm'
import { links } from '../../../schema/tables.ts'
import { closingInstant, dayOf } from '../../domain/deadline.ts'
import type { HandedKind } from '../../domain/link.ts'
import { heldKinds } from '../../domain/role.ts'
import { issueLink, type Link, revokeLink } from '../access/links.ts'
import { listPeople, lockPerson } from '../access/people.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import { addressOf, writeMail } from '../access/send-mail.ts'
import type { Context, Database, MailText } from '../ports.ts'
import { latestSealMark } from '../read/read-seals.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse, refuseFields } from '../refusals.ts'
import { readHoldings } from './held-pieces.ts'
import { invitationText } from './invite-members.ts'

type Handed = Link & { kind: HandedKind }

const linkFacts = ({ id, label, ogId, esmsId }: Handed) => ({
  memberIds: [esmsId, ogId].filter(owner => owner !== null),
  linkId: id,
  label,
})

/** Locks a link of the grappe; of two acts on it at once, the second sees what the first did. */
async function lockHanded(tx: Database, scope: PorteurScope, linkId: string): Promise<Handed | null> {
  const mine = and(
    eq(links.id, linkId),
    eq(links.grappeId, scope.grappeId),
    inArray(links.kind, [...heldKinds(scope.porteur.role)]),
  )
  const [seen] = await tx.select().from(links).where(mine)
  if (seen === undefined) return null
  // The same lock as whoever gives a person its link: a new one must not be given while this one is replaced.
  await lockPerson(tx, scope.grappeId, seen.email ?? seen.esmsId ?? seen.ogId ?? seen.id)
  const [link] = await tx.select().from(links).where(mine).for('update')
  return (link as Handed | undefined) ?? null
}

/**
 * Revokes a link and gives a new one to the same person or member, mailed when its address is known.
 *
 * @returns the new link; `mailed` is false when it is to be copied and handed over.
 */
export async function reissueLink(
  context: Context,
  scope: PorteurScope,
  linkId: string,
): Promise<Outcome<{ linkId: string; address: string; label: string; mailed: boolean }>> {
  const reissued = await context.db.transaction(async tx => {
    const old = await lockHanded(tx, scope, linkId)
    if (old === null) return refuse('not-found')
    if (old.revokedAt !== null) return refuse('link-already-ended')
    const words = await wordsFor(tx, context, scope, old)
    if (words === 'nobody') return refuse('link-already-ended')
    const now = context.now()
    await tx.update(links).set({ revokedAt: now }).where(eq(links.id, old.id))
    const { kind, grappeId, ogId, esmsId, email, label } = old
    const issued = await issueLink(tx, context, { kind, grappeId, ogId, esmsId, email, label })
    const mailId =
      email === null || words === null
        ? null
        : await writeMail(tx, context, {
            ...words,
            recipient: email,
            grappeId: scope.grappeId,
            linkId: issued.id,
          })
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: now,
      actor: porteurActor(scope),
      act: { kind: 'link-replaced', facts: { ...linkFacts(old), newLinkId: issued.id } },
    })
    const address = addressOf(context, kind, issued.token)
    return done({ linkId: issued.id, address, label, mailId })
  })
  if (!reissued.ok) return reissued
  const { mailId, ...link } = reissued.value
  if (mailId !== null) await context.jobs.kick('envois')
  return done({ ...link, mailed: mailId !== null })
}

/**
 * What the new link is announced with; null when it is handed over, `nobody` when none may hold it any more.
 */
export async function wordsFor(
  tx: Database,
  context: Context,
  scope: Pick<PorteurScope, 'grappeId' | 'grappeName' | 'call'>,
  link: Pick<Link, 'kind' | 'email'>,
): Promise<MailText | null | 'nobody'> {
  if (link.kind === 'ars')
    return context.mailTexts.reviewer({
      grappe: scope.grappeName,
      call: scope.call.title,
      seal: await latestSealMark({ db: tx }, scope.grappeId),
    })
  if (link.kind !== 'personne' || link.email === null) return null
  const [person] = await listPeople(tx, scope.grappeId, link.email)
  const holdings = await readHoldings({ ...context, db: tx }, scope.grappeId)
  if (person === undefined || holdings === null) return 'nobody'
  return invitationText(context, holdings, person, true)
}

/** Revoking twice changes nothing, and says it once. */
export async function revokeHandedLink(
  context: Context,
  scope: PorteurScope,
  linkId: string,
): Promise<Outcome<{ label: string }>> {
  return await context.db.transaction(async tx => {
    const link = await lockHanded(tx, scope, linkId)
    if (link === null) return refuse('not-found')
    const { label } = link
    if (link.revokedAt !== null) return done({ label })
    const revoked = await revokeLink({ db: tx, now: context.now }, linkId, { grappeId: scope.grappeId })
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: porteurActor(scope),
      act: { kind: 'link-revoked', facts: linkFacts(link) },
    })
    return revoked.ok ? done({ label }) : revoked
  })
}

/**
 * Gives a link another last day, in the call's time zone; a link that had expired works again until then.
 *
 * @param expiresOn today or later.
 */
export async function expireLink(
  context: Context,
  scope: PorteurScope,
  linkId: string,
  expiresOn: string,
): Promise<Outcome<{ expiresAt: Date }>> {
  const now = context.now()
  const { timeZone } = scope.call
  if (expiresOn < dayOf(now.toISOString(), timeZone)) {
    return refuseFields({ expiresOn: 'Choisissez aujourd’hui ou un jour à venir, ou révoquez le lien.' })
  }
  const expiresAt = new Date(closingInstant(expiresOn, timeZone))
  return await context.db.transaction(async tx => {
    const link = await lockHanded(tx, scope, linkId)
    if (link === null) return refuse('not-found')
    if (link.revokedAt !== null) return refuse('link-already-ended')
    await tx
      .update(links)
      .set({ expiresAt })
      .where(and(eq(links.id, linkId), isNull(links.revokedAt)))
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: now,
      actor: porteurActor(scope),
      act: {
        kind: 'link-end-moved',
        facts: {
          ...linkFacts(link),
          before: dayOf(link.expiresAt.toISOString(), timeZone),
          after: expiresOn,
        },
      },
    })
    return done({ expiresAt })
  })
}
