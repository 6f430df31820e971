/**
 * Whoever held a link that ended with many others is given another one, told by mail; where no address is
 * known, the porteur is told what to hand over. What is left to do is in the rows: a stop loses nothing.
 */
import { and, asc, eq, isNotNull, isNull } from 'drizzle-orm'
import { colleagues, grappes, links, mails } from '../../../schema/tables.ts'
import { urlTo } from '../../../schema/urls.ts'
import type { Act, Actor } from '../../domain/journal/entry.ts'
import { systemActor } from '../../domain/journal/entry.ts'
import type { LinkRenewal } from '../../domain/link.ts'
import { issueLink, type Link } from '../access/links.ts'
import { linkOfPerson, lockPerson } from '../access/people.ts'
import type { PorteurScope } from '../access/porteur-scope.ts'
import { writeMail, writeToPorteur } from '../access/send-mail.ts'
import { ofGrappe, oneByOne } from '../one-by-one.ts'
import type { Context, Database } from '../ports.ts'
import { storedCall } from '../read/stored-call.ts'
import { isWaiting } from '../read/waiting-mails.ts'
import { recordChanges } from '../record-change.ts'
import { wordsFor } from './reissue-link.ts'

const ACTORS: Readonly<Record<LinkRenewal, Actor>> = {
  cle: { name: 'Administration du serveur', proof: 'command' },
  revocation: systemActor('Remplacement des liens'),
}

/** Grappe by grappe, then token by token. */
export async function renewLinks(context: Context): Promise<void> {
  const due = isNotNull(links.renewal)
  const ofGrappes = await context.db.selectDistinct({ grappeId: links.grappeId }).from(links).where(due)
  const tokens = await context.db
    .select({ id: links.id })
    .from(links)
    .where(and(due, isNull(links.grappeId)))
  const renewals = [
    ...ofGrappes.flatMap(({ grappeId }) =>
      grappeId === null
        ? []
        : [{ name: ofGrappe({ grappeId }), renew: () => renewInGrappe(context, grappeId) }],
    ),
    ...tokens.map(({ id }) => ({ name: `Token ${id}`, renew: () => tellTokenHolder(context, id) })),
  ]
  await oneByOne(
    renewals,
    ({ name }) => name,
    each => each.renew(),
  )
}

type Scope = Pick<PorteurScope, 'grappeId' | 'grappeName' | 'call'>

/** What became of the links of a grappe, for its porteur. */
interface Renewed {
  mailed: string[]
  byHand: string[]
  calendars: string[]
  changes: { at: Date; actor: Actor; act: Act }[]
}

async function renewInGrappe(context: Context, grappeId: string): Promise<void> {
  await context.db.transaction(async tx => {
    // Of two servers at the same moment, the second finds nothing left.
    const due = await tx
      .select()
      .from(links)
      .where(and(eq(links.grappeId, grappeId), isNotNull(links.renewal)))
      .orderBy(asc(links.createdAt), asc(links.id))
      .for('update')
    const [grappe] = await tx
      .select({ name: grappes.name, call: grappes.call })
      .from(grappes)
      .where(eq(grappes.id, grappeId))
    const why = due[0]?.renewal
    if (grappe === undefined || !why) return
    const scope: Scope = { grappeId, grappeName: grappe.name, call: storedCall(grappe.call) }
    const renewed: Renewed = { mailed: [], byHand: [], calendars: [], changes: [] }
    for (const link of due) await renew(tx, context, scope, link, renewed)
    await tx
      .update(links)
      .set({ renewal: null })
      .where(and(eq(links.grappeId, grappeId), isNotNull(links.renewal)))
    await writeToPorteur(tx, context, grappeId, {
      ...context.mailTexts.linksRenewed({
        grappe: grappe.name,
        why,
        mailed: renewed.mailed.length,
        byHand: renewed.byHand,
        calendars: renewed.calendars,
        address: context.publicUrl() + urlTo('invitations', { grappe: grappeId }),
      }),
    })
    await recordChanges(tx, grappeId, renewed.changes)
  })
}

async function renew(
  tx: Database,
  context: Context,
  scope: Scope,
  link: Link,
  { mailed, byHand, calendars, changes }: Renewed,
): Promise<void> {
  const { id: linkId, kind, label, email, ogId, esmsId, renewal } = link
  const { grappeId } = scope
  const at = context.now()
  const memberIds = [esmsId, ogId].filter(owner => owner !== null)
  const told = (act: Act) => changes.push({ at, actor: ACTORS[renewal ?? 'revocation'], act })
  if (kind === 'agenda') {
    calendars.push(label)
    told({ kind: 'calendar-revoked', facts: { memberIds, label } })
    return
  }
  const words = await wordsFor(tx, context, scope, link)
  if (words === 'nobody') {
    told({ kind: 'link-revoked', facts: { memberIds, linkId, label } })
    return
  }
  const newLinkId = await issueAgain(tx, context, grappeId, link)
  // What was still to leave with the former one leaves with this one.
  await tx
    .update(mails)
    .set({ linkId: newLinkId })
    .where(and(eq(mails.linkId, linkId), isWaiting(at)))
  if (email === null || words === null) byHand.push(label)
  else if (kind !== 'personne' || !mailed.includes(email)) {
    mailed.push(email)
    await writeMail(tx, context, { ...words, recipient: email, grappeId, linkId: newLinkId })
  }
  told({ kind: 'link-replaced', facts: { memberIds, linkId, label, newLinkId } })
}

/** With the same end: whoever gave it one meant it. */
async function issueAgain(tx: Database, context: Context, grappeId: string, link: Link): Promise<string> {
  const { kind, label, email, ogId, esmsId, expiresAt } = link
  const ttlMs = expiresAt.getTime() - context.now().getTime()
  if (kind === 'personne' && email !== null) {
    return (await linkOfPerson(tx, context, { grappeId, email, label, ttlMs })).id
  }
  await lockPerson(tx, grappeId, email ?? esmsId ?? ogId ?? link.id)
  const issued = await issueLink(tx, context, { kind, grappeId, ogId, esmsId, email, label, ttlMs })
  return issued.id
}

/** A program's access is given again by a proof alone: its person is told that it ended. */
async function tellTokenHolder(context: Context, tokenId: string): Promise<void> {
  await context.db.transaction(async tx => {
    const [token] = await tx
      .update(links)
      .set({ renewal: null })
      .where(and(eq(links.id, tokenId), isNotNull(links.renewal)))
      .returning()
    if (token?.colleagueId == null) return
    const [person] = await tx
      .select({ email: colleagues.email, removedAt: colleagues.removedAt })
      .from(colleagues)
      .where(eq(colleagues.id, token.colleagueId))
    if (person === undefined || person.removedAt !== null) return
    const address = context.publicUrl() + urlTo('apiAccess')
    const text = context.mailTexts.tokenEnded({ label: token.label, address })
    await writeMail(tx, context, { ...text, recipient: person.email, grappeId: null, linkId: null })
  })
}
