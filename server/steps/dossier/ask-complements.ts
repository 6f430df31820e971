/** The reviewer asks for complements, all at once: each piece reopens, and each person reads one mail. */
import { asc, desc, eq, inArray } from 'drizzle-orm'
import type { ComplementsBody } from '../../../schema/contracts/reviews.ts'
import { extensions, pieces, reviews } from '../../../schema/tables.ts'
import { urlTo } from '../../../schema/urls.ts'
import { sealedVersionOf } from '../../domain/answers.ts'
import type { Day } from '../../domain/call.ts'
import { addDays, dayOf, formatDay } from '../../domain/deadline.ts'
import type { DossierRow } from '../../domain/dossier-plan.ts'
import { sealFacts } from '../../domain/journal/dossier.ts'
import { pieceFacts } from '../../domain/journal/subject.ts'
import { linkOfPerson, listPeople } from '../access/people.ts'
import { reviewerActor, type SpeakingReviewer } from '../access/reviewer-scope.ts'
import { writeMail, writeToPorteur } from '../access/send-mail.ts'
import type { ComplementWords, Context, Database } from '../ports.ts'
import { readSealedPlan } from '../read/read-seals.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse, refuseFields } from '../refusals.ts'
import { noteLeftToExamine } from './left-to-examine.ts'
import { dropDraft, type ReadSeal, versionSince } from './review-piece.ts'

/** Further days are a slip of the keyboard. */
const MAX_DAYS = 365

export interface AskedComplements {
  sent: number
  /**
   * Pieces deposited again since the version that was read: the request is recorded, and may be answered
   * already.
   */
  alreadyReplaced: ReadonlyArray<{ pieceName: string; ownerName: string; versionNumber: number }>
  /** Owners that have no e-mail address: the porteur is asked to tell them. */
  unreachable: readonly string[]
}

/** One request, found in the sealed version that was read. */
interface Request {
  row: DossierRow & { pieceId: string }
  motive: string
}

/**
 * Asks again for pieces of a sealed version, or for pieces that it lacks. Each of them, and no other, may be
 * deposited until the last day given, by its owner and by the porteur, whatever the closing of the call.
 */
export async function askComplements(
  context: Context,
  scope: SpeakingReviewer,
  seal: ReadSeal,
  { deadlineOn, requests: asked }: ComplementsBody,
): Promise<Outcome<AskedComplements>> {
  // What nobody may deposit is not asked for.
  if (scope.archivedOn !== null) return refuse('dossier-archived', { porteurEmail: scope.porteurEmail })
  const today = dayOf(context.now().toISOString(), scope.call.timeZone)
  if (deadlineOn < today || deadlineOn > addDays(today, MAX_DAYS)) {
    return refuseFields({
      deadlineOn: `Choisissez un jour entre aujourd’hui et le ${formatDay(addDays(today, MAX_DAYS))}.`,
    })
  }
  const requests = await findRequests(context, seal, asked)
  if (requests === null) return refuse('not-found')

  const outcome = await context.db.transaction(async tx => {
    const alreadyReplaced: AskedComplements['alreadyReplaced'][number][] = []
    const owned = await lockPieces(tx, requests)
    const fresh: Request[] = []
    for (const request of requests) {
      const { row, motive } = request
      const piece = owned.get(row.pieceId)
      if (piece === undefined) return refuse('not-found')
      const version = sealedVersionOf(row)
      // A double click, or a retry after a lost answer: asked already, in the same words.
      if (await isAlreadyAsked(tx, scope, row.pieceId, { motive, deadlineOn })) continue
      fresh.push(request)
      const newer = await versionSince(tx, row.pieceId, version?.number ?? 0)
      const { pieceName } = row
      if (newer !== null) alreadyReplaced.push({ pieceName, ownerName: row.owner.name, versionNumber: newer })
      const said = { grappeId: scope.grappeId, deadlineOn, motive }
      await tx.insert(reviews).values({
        ...said,
        id: context.newId(),
        pieceId: row.pieceId,
        versionId: version?.id ?? null,
        sealId: seal.id,
        decision: 'complement',
        actor: scope.actor,
        email: scope.email,
        proof: scope.proof,
        service: scope.service,
        at: context.now(),
      })
      await tx.insert(extensions).values({
        ...said,
        ...piece,
        id: context.newId(),
        kind: 'complement',
        grantedBy: scope.actor,
        grantedAt: context.now(),
      })
      await dropDraft(tx, scope, row.pieceId)
      await recordChange(tx, {
        grappeId: scope.grappeId,
        at: context.now(),
        actor: reviewerActor(scope),
        act: {
          kind: 'complement-asked',
          facts: {
            ...pieceFacts(row.pieceId, pieceName, row.owner),
            ...sealFacts(seal),
            number: version?.number ?? null,
            newer,
            deadlineOn,
            motive,
          },
        },
      })
    }
    if (fresh.length > 0) await noteLeftToExamine(tx, scope.grappeId)
    const unreachable = fresh.length === 0 ? [] : await writeToAll(tx, context, scope, fresh, deadlineOn)
    return done({ sent: requests.length, alreadyReplaced, unreachable })
  })
  if (outcome.ok) await context.jobs.kick('envois')
  return outcome
}

/** Null when a piece is not one of that version. Of two requests for one piece, the last one counts. */
async function findRequests(
  context: Context,
  seal: ReadSeal,
  asked: ComplementsBody['requests'],
): Promise<Request[] | null> {
  const { rows } = await readSealedPlan(context, seal.id)
  const motives = new Map(asked.map(({ pieceId, motive }) => [pieceId, motive]))
  const requests = rows.flatMap((row): Request[] => {
    const { pieceId } = row
    const motive = pieceId === null ? undefined : motives.get(pieceId)
    return pieceId === null || motive === undefined ? [] : [{ row: { ...row, pieceId }, motive }]
  })
  return requests.length === motives.size ? requests : null
}

/**
 * What each piece is in the terms of an extension. Locks them in one order, so that two reviewers never wait
 * for each other.
 */
async function lockPieces(tx: Database, requests: readonly Request[]) {
  const ids = requests.map(({ row }) => row.pieceId)
  const rows = await tx
    .select({ id: pieces.id, pieceCode: pieces.code, ogId: pieces.ogId, esmsId: pieces.esmsId })
    .from(pieces)
    .where(inArray(pieces.id, ids))
    .orderBy(asc(pieces.id))
    .for('update')
  return new Map(rows.map(({ id, ...piece }) => [id, piece]))
}

/** Whether the reviewer's last word on the piece is this very request. */
async function isAlreadyAsked(
  tx: Database,
  { email }: SpeakingReviewer,
  pieceId: string,
  asked: { motive: string; deadlineOn: Day },
): Promise<boolean> {
  const [last] = await tx
    .select({ motive: reviews.motive, deadlineOn: reviews.deadlineOn, email: reviews.email })
    .from(reviews)
    .where(eq(reviews.pieceId, pieceId))
    .orderBy(desc(reviews.at), desc(reviews.id))
    .limit(1)
  return (
    last !== undefined &&
    last.email === email &&
    last.motive === asked.motive &&
    last.deadlineOn === asked.deadlineOn
  )
}

/**
 * One mail for each person concerned, with all that it is asked for, and one for the porteur with everything.
 *
 * @returns the owners that nobody could be written to for.
 */
async function writeToAll(
  tx: Database,
  context: Context,
  scope: SpeakingReviewer,
  requests: readonly Request[],
  deadlineOn: Day,
): Promise<string[]> {
  const { grappeId } = scope
  const about = { grappe: scope.grappeName, call: scope.call.title, reviewer: scope.actor, deadlineOn }
  const reached = new Set<string>()
  let told = 0
  for (const person of await listPeople(tx, grappeId)) {
    const ids = new Set(person.owners.map(({ id }) => id))
    const own = requests.filter(({ row }) => row.owner.id !== null && ids.has(row.owner.id))
    if (own.length === 0) continue
    for (const { row } of own) reached.add(row.owner.folder)
    const { email } = person
    const link = await linkOfPerson(tx, context, { grappeId, email, label: person.name ?? email })
    await writeMail(tx, context, {
      ...context.mailTexts.complement({ ...about, name: person.name, requests: own.map(words) }),
      recipient: email,
      grappeId,
      linkId: link.id,
    })
    told++
  }
  const unreachable = requests.filter(({ row }) => row.owner.id !== null && !reached.has(row.owner.folder))
  const names = [...new Set(unreachable.map(({ row }) => row.owner.name))]
  const toPorteur = context.mailTexts.complementToPorteur({
    ...about,
    requests: requests.map(words),
    told,
    unreachable: names,
    own: requests.some(({ row }) => row.owner.id === null),
    sends: context.mailer !== null,
    address: `${context.publicUrl()}${urlTo('board', { grappe: grappeId })}?etat=complement`,
  })
  await writeToPorteur(tx, context, grappeId, toPorteur)
  return names
}

const words = ({ row, motive }: Request): ComplementWords => ({
  piece: row.pieceName,
  owner: row.owner.name,
  motive,
})
