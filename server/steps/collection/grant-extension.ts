/**
 * The porteur gives more time: a later last day before the closing, or one piece of one owner reopened after
 * it.
 */
import { asc, eq } from 'drizzle-orm'
import type { ExtensionBody, ReopeningBody } from '../../../schema/contracts/deadlines.ts'
import { esms, extensions, ogs } from '../../../schema/tables.ts'
import { type Day, windowAt } from '../../domain/call.ts'
import { dayOf } from '../../domain/deadline.ts'
import { type ExtensionKind, extensionsOf } from '../../domain/extension.ts'
import { isOutstanding, pieceState } from '../../domain/piece.ts'
import { linkOfPerson } from '../access/people.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import { writeMail } from '../access/send-mail.ts'
import type { Context, Database } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse, refuseFields } from '../refusals.ts'
import { type HeldPiece, heldByPerson, readHoldings } from './held-pieces.ts'

/** How many pieces have more time, and how many people were written to. */
export interface Granted {
  pieces: number
  mailed: number
}

/** Moves the last day of a member, of a piece, of both or of all, at most to the call's closing. */
export async function grantExtension(
  context: Context,
  scope: PorteurScope,
  body: ExtensionBody,
): Promise<Outcome<Granted>> {
  if (scope.archivedOn !== null) return refuse('grappe-archived')
  const { closesOn } = windowAt(scope.call, context.now().toISOString())
  if (closesOn !== null && body.jour > closesOn) return refuse('extension-after-closing', { closesOn })
  return await grant(context, scope, 'prolongation', body)
}

/** Lets one piece of one owner be deposited again after the closing. */
export async function reopenPiece(
  context: Context,
  scope: PorteurScope,
  body: ReopeningBody,
): Promise<Outcome<Granted>> {
  if (scope.archivedOn !== null) return refuse('grappe-archived')
  const { closesOn, today: day } = windowAt(scope.call, context.now().toISOString())
  if (closesOn === null || day <= closesOn) {
    return closesOn === null ? refuse('extension-changes-nothing') : refuse('call-still-open', { closesOn })
  }
  return await grant(context, scope, 'reouverture', body)
}

const today = (context: Context, scope: PorteurScope): Day =>
  dayOf(context.now().toISOString(), scope.call.timeZone)

async function grant(
  context: Context,
  scope: PorteurScope,
  kind: Extract<ExtensionKind, 'prolongation' | 'reouverture'>,
  { membre, piece: pieceCode, jour: deadlineOn, motif: motive }: ExtensionBody,
): Promise<Outcome<Granted>> {
  if (deadlineOn < today(context, scope)) {
    return refuseFields({ jour: 'Ce jour est déjà passé : choisissez aujourd’hui ou un jour à venir.' })
  }
  const granted = await context.db.transaction(async (tx): Promise<Outcome<Granted>> => {
    const holdings = await readHoldings({ ...context, db: tx }, scope.grappeId)
    if (holdings === null) return refuse('not-found')
    const extension = {
      id: context.newId(),
      kind,
      pieceCode,
      ogId: membre?.kind === 'og' ? membre.id : null,
      esmsId: membre?.kind === 'esms' ? membre.id : null,
      deadlineOn,
      motive,
      grantedBy: scope.porteur.email,
    }
    const grantedAt = context.now()
    const concerned = holdings.held.filter(
      ({ piece, owner, ogId }) =>
        extensionsOf([{ ...extension, grantedAt: grantedAt.toISOString() }], {
          code: piece.code,
          ogId,
          esmsId: piece.esmsId,
        }).length > 0 &&
        // An OG's own piece is reopened for itself alone: its code is no ESMS'.
        (kind === 'prolongation' || owner.id === membre?.id),
    )
    if (concerned.length === 0) return refuse('not-found')
    if (kind === 'reouverture' && concerned.every(({ piece }) => pieceState(piece) === 'acceptee')) {
      return refuse('piece-already-accepted')
    }
    const moved = concerned.filter(held => held.deadlineOn === null || held.deadlineOn < deadlineOn)
    if (moved.length === 0) return refuse('extension-changes-nothing')

    // Links are locked before the grappe, as everywhere: two acts at once never wait for each other.
    const mailed = await tellPeople(context, tx, scope, { kind, deadlineOn, motive }, moved)
    await tx.insert(extensions).values({ ...extension, grappeId: scope.grappeId, grantedAt })
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at: grantedAt,
      actor: porteurActor(scope),
      act: {
        kind: kind === 'prolongation' ? 'extension-granted' : 'piece-reopened',
        facts: { ...movedFacts(moved), deadlineOn, motive },
      },
    })
    return done({ pieces: moved.length, mailed })
  })
  if (granted.ok) await context.jobs.kick('envois')
  return granted
}

function movedFacts(moved: readonly HeldPiece[]) {
  const owners = new Map(moved.map(({ owner }) => [owner.id, owner.name]))
  return {
    memberIds: [...owners.keys()],
    ownerNames: [...new Set(owners.values())],
    pieces: moved.length,
    pieceName: moved.length === 1 ? (moved[0]?.definition.name ?? null) : null,
  }
}

/** One mail a person, about what it still has to deposit. */
async function tellPeople(
  context: Context,
  tx: Database,
  { grappeId, grappeName }: PorteurScope,
  about: { kind: ExtensionKind; deadlineOn: Day; motive: string },
  moved: readonly HeldPiece[],
): Promise<number> {
  const people = heldByPerson(moved.filter(({ piece }) => isOutstanding(pieceState(piece))))
  const write =
    about.kind === 'prolongation' ? context.mailTexts.extensionGranted : context.mailTexts.pieceReopened
  for (const { person, held } of people) {
    const { email, name } = person
    const link = await linkOfPerson(tx, context, { grappeId, email, label: name ?? email })
    await writeMail(tx, context, {
      ...write({
        grappe: grappeName,
        contactName: name,
        motive: about.motive,
        deadlineOn: about.deadlineOn,
        pieces: held.map(({ piece, definition, owner }) => ({
          pieceId: piece.id,
          name: definition.name,
          ownerName: owner.name,
        })),
      }),
      recipient: email,
      grappeId,
      linkId: link.id,
    })
  }
  return people.length
}

export interface GrantedExtension {
  id: string
  kind: ExtensionKind
  /** Null: every piece. */
  pieceCode: string | null
  /** Null: every member. */
  ownerName: string | null
  deadlineOn: Day
  motive: string
  grantedBy: string
  grantedAt: Date
}

/** What was granted in a grappe, newest last. */
export async function listExtensions(
  context: Pick<Context, 'db'>,
  grappeId: string,
): Promise<GrantedExtension[]> {
  const rows = await context.db
    .select({ extension: extensions, og: ogs.name, esms: esms.name })
    .from(extensions)
    .leftJoin(ogs, eq(extensions.ogId, ogs.id))
    .leftJoin(esms, eq(extensions.esmsId, esms.id))
    .where(eq(extensions.grappeId, grappeId))
    .orderBy(asc(extensions.grantedAt), asc(extensions.id))
  return rows.map(({ extension, og, esms: member }) => {
    const { id, kind, pieceCode, deadlineOn, motive, grantedBy, grantedAt } = extension
    return { id, kind, pieceCode, ownerName: member ?? og, deadlineOn, motive, grantedBy, grantedAt }
  })
}
