/** Links already handed out: replaced, revoked, given another end. Each leaves a line in the journal. */
import { and, eq, inArray, isNull } from 'drizzle-orm'
import { links } from '../../schema/tables.ts'
import { closingInstant, dayOf, formatDay } from '../domain/deadline.ts'
import { HANDED_KINDS, type HandedKind, invitationText } from './invite-members.ts'
import { issueLink, type Link, revokeLink } from './links.ts'
import { listPeople, lockPerson } from './people.ts'
import type { PorteurScope } from './porteur-scope.ts'
import type { Context, Database, MailText } from './ports.ts'
import { latestSealMark } from './read-seals.ts'
import { recordChange } from './record-change.ts'
import { done, type Outcome, refuse, refuseFields } from './refusals.ts'
import { addressOfLink, writeMail } from './send-mail.ts'

type Handed = Link & { kind: HandedKind }

/** Locks a link of the grappe; of two acts on it at once, the second sees what the first did. */
async function lockHanded(tx: Database, scope: PorteurScope, linkId: string): Promise<Handed | null> {
  const mine = and(
    eq(links.id, linkId),
    eq(links.grappeId, scope.grappeId),
    inArray(links.kind, HANDED_KINDS),
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
    const mail = await mailFor(tx, context, scope, old)
    if (mail === null) return refuse('link-already-ended')
    const now = context.now()
    await tx.update(links).set({ revokedAt: now }).where(eq(links.id, old.id))
    const { kind, grappeId, ogId, esmsId, email, label } = old
    const issued = await issueLink(tx, context, { kind, grappeId, ogId, esmsId, email, label })
    const mailId =
      email === null
        ? null
        : await writeMail(tx, context, {
            ...mail,
            recipient: email,
            grappeId: scope.grappeId,
            linkId: issued.id,
          })
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: now,
      actor: scope.porteur.email,
      event: `Lien de « ${label} » remplacé : l’ancien ne fonctionne plus.`,
    })
    const tokenHash = context.tokens.hash(issued.token)
    const address = addressOfLink(context, { id: issued.id, kind, tokenHash }) ?? ''
    return done({ linkId: issued.id, address, label, mailId })
  })
  if (!reissued.ok) return reissued
  const { mailId, ...link } = reissued.value
  if (mailId !== null) await context.jobs.kick('envois')
  return done({ ...link, mailed: mailId !== null })
}

/** What the new link is announced with; null when nobody may hold it any more. */
async function mailFor(
  tx: Database,
  context: Context,
  scope: PorteurScope,
  link: Handed,
): Promise<MailText | null> {
  if (link.kind === 'ars')
    return context.mailTexts.reviewer({
      grappe: scope.grappeName,
      call: scope.call.title,
      seal: await latestSealMark({ db: tx }, scope.grappeId),
    })
  if (link.kind !== 'personne' || link.email === null) return { subject: '', text: '' }
  const [person] = await listPeople(tx, scope.grappeId, link.email)
  return person === undefined ? null : invitationText(context, scope, person, true)
}

/** Revoking twice changes nothing, and says it once. */
export async function revokeHandedLink(
  context: Context,
  scope: PorteurScope,
  linkId: string,
): Promise<Outcome<null>> {
  return await context.db.transaction(async tx => {
    const link = await lockHanded(tx, scope, linkId)
    if (link === null) return refuse('not-found')
    if (link.revokedAt !== null) return done(null)
    const revoked = await revokeLink({ db: tx, now: context.now }, linkId, { grappeId: scope.grappeId })
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: context.now(),
      actor: scope.porteur.email,
      event: `Lien de « ${link.label} » révoqué.`,
    })
    return revoked
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
  const { timeZone } = scope.call.window
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
      actor: scope.porteur.email,
      event: `Lien de « ${link.label} » valable jusqu’au ${formatDay(expiresOn)}.`,
    })
    return done({ expiresAt })
  })
}
