/** The documents that came back after they were handed out with facts that have changed since. */
import { and, eq, inArray, isNull, or } from 'drizzle-orm'
import { storedFrozen } from '../../../schema/contracts/forms.ts'
import { storedHandOut } from '../../../schema/contracts/hand-outs.ts'
import { depositedAnswers, handOuts, seenChanges } from '../../../schema/tables.ts'
import type { Instant } from '../../domain/call.ts'
import { groupBy } from '../../domain/group-by.ts'
import { pieceFacts } from '../../domain/journal/subject.ts'
import {
  changesSince,
  changeWords,
  type HandOut,
  handedOutBefore,
  type OutdatedReturn,
} from '../../domain/kit/changed-facts.ts'
import type { DocumentModel } from '../../domain/kit/models.ts'
import { allFacts, type PrintedFacts } from '../../domain/kit/print.ts'
import { type KitOwner, modelsFor, valuesFor } from '../../domain/kit/values.ts'
import { currentVersion, type Piece, type Version } from '../../domain/piece.ts'
import { type PorteurScope, porteurActor } from '../access/porteur-scope.ts'
import type { Context, Database } from '../ports.ts'
import { recordChange } from '../record-change.ts'
import { done, type Outcome, refuse } from '../refusals.ts'
import type { Kit } from './hand-out-kit.ts'

interface Returned {
  piece: Piece
  version: Version
  owner: KitOwner
  model: DocumentModel
}

/** Those of these pieces, in their order; what was refused is to come back anyhow. */
export async function outdatedReturns(
  { db }: Pick<Context, 'db'>,
  kit: Kit,
  pieces: readonly Piece[],
): Promise<OutdatedReturn[]> {
  const all = pieces.flatMap(piece => returnedOf(kit, piece) ?? [])
  if (all.length === 0) return []
  const drawn = await readDrawn(db, all)
  const handedOut = await readHandOuts(db, kit.grappeId, all)
  const seen = await readSeen(db, all)
  return all.flatMap(({ piece, version, owner, model }): OutdatedReturn[] => {
    const { depositedAt } = version
    // A form that was answered on screen was drawn from what was so then, whatever was downloaded before.
    const told = drawn.has(version.id)
      ? drawnFrom(drawn.get(version.id), depositedAt)
      : handedOutBefore(handedOut.get(documentKey(model.code, owner.id)) ?? [], depositedAt)
    if (told === null) return []
    const changes = changesSince(told.facts, allFacts(valuesFor(kit.facts, owner)))
    if (changes.length === 0) return []
    const row = seen.get(version.id)
    const isSeen = row?.changes === JSON.stringify(changes)
    return [
      {
        pieceId: piece.id,
        pieceName: kit.facts.call.pieces.find(({ code }) => code === piece.code)?.name ?? piece.code,
        versionId: version.id,
        owner: { scope: owner.scope, id: owner.id, name: owner.name },
        model,
        handedOutAt: told.firstAt,
        depositedAt,
        onScreen: drawn.has(version.id),
        changes,
        seen: row !== undefined && isSeen ? { by: row.seenBy, at: row.seenAt.toISOString() } : null,
      },
    ]
  })
}

function returnedOf({ facts, owners }: Kit, piece: Piece): Returned | null {
  const version = currentVersion(piece)
  if (version === null || version.decision === 'refusee') return null
  const owner = owners.find(each => each.scope === piece.scope && each.id === (piece.esmsId ?? piece.ogId))
  const model = owner && modelsFor(facts, owner).find(({ pieces }) => pieces.includes(piece.code))
  return owner === undefined || model === undefined ? null : { piece, version, owner, model }
}

const documentKey = (model: string, owner: string | null): string => `${model} ${owner ?? ''}`

async function readHandOuts(
  db: Database,
  grappeId: string,
  returned: readonly Returned[],
): Promise<Map<string, HandOut[]>> {
  const models = [...new Set(returned.map(({ model }) => model.code))]
  const ids = returned.flatMap(({ owner }) => owner.id ?? [])
  const rows = await db
    .select()
    .from(handOuts)
    .where(
      and(
        eq(handOuts.grappeId, grappeId),
        inArray(handOuts.model, models),
        or(
          inArray(handOuts.ogId, ids),
          inArray(handOuts.esmsId, ids),
          and(isNull(handOuts.ogId), isNull(handOuts.esmsId)),
        ),
      ),
    )
  const wanted = new Set(returned.map(({ model, owner }) => documentKey(model.code, owner.id)))
  const keyOf = (row: (typeof rows)[number]) => documentKey(row.model, row.esmsId ?? row.ogId)
  const found = groupBy(
    rows.filter(row => wanted.has(keyOf(row))),
    keyOf,
  )
  return new Map(
    [...found].map(([key, own]) => [
      key,
      own.map(row => ({ facts: storedHandOut(row.facts), firstAt: row.firstAt.toISOString() })),
    ]),
  )
}

/** By id of version: what its document told. */
async function readDrawn(
  db: Database,
  returned: readonly Returned[],
): Promise<Map<string, PrintedFacts | undefined>> {
  const ids = returned.map(({ version }) => version.id)
  const rows = await db
    .select({ versionId: depositedAnswers.versionId, answers: depositedAnswers.answers })
    .from(depositedAnswers)
    .where(inArray(depositedAnswers.versionId, ids))
  return new Map(rows.map(({ versionId, answers }) => [versionId, storedFrozen(answers).told]))
}

const drawnFrom = (told: PrintedFacts | undefined, at: Instant): HandOut | null =>
  told === undefined ? null : { facts: told, firstAt: at }

async function readSeen(db: Database, returned: readonly Returned[]) {
  const ids = returned.map(({ version }) => version.id)
  const rows = await db.select().from(seenChanges).where(inArray(seenChanges.versionId, ids))
  return new Map(rows.map(row => [row.versionId, row]))
}

/**
 * The porteur has seen what changed, and says that it is of no consequence: it is told again once something
 * else changes.
 *
 * @param all whether it says so of every document of the same owner that is told so.
 * @returns those told so; nothing-changed when nothing of this version has changed.
 */
export async function markChangesSeen(
  context: Context,
  scope: PorteurScope,
  kit: Kit,
  pieces: readonly Piece[],
  { versionId, all }: { versionId: string; all: boolean },
): Promise<Outcome<{ seen: number }>> {
  if (scope.archivedOn !== null) return refuse('grappe-archived')
  const outdated = await outdatedReturns(context, kit, pieces)
  const asked = outdated.find(each => each.versionId === versionId)
  if (asked === undefined) return refuse('nothing-changed')
  const told = all ? outdated.filter(({ owner }) => owner.id === asked.owner.id) : [asked]
  const unseen = told.filter(({ seen }) => seen === null)
  await context.db.transaction(async tx => {
    for (const each of unseen) await markSeen(tx, context, scope, each)
  })
  return done({ seen: unseen.length })
}

async function markSeen(
  tx: Database,
  context: Context,
  scope: PorteurScope,
  { versionId, pieceId, pieceName, owner, changes }: OutdatedReturn,
): Promise<void> {
  const actor = porteurActor(scope)
  const at = context.now()
  const seen = { changes: JSON.stringify(changes), seenBy: actor.name, seenAt: at }
  await tx
    .insert(seenChanges)
    .values({ versionId, ...seen })
    .onConflictDoUpdate({ target: seenChanges.versionId, set: seen })
  const facts = { ...pieceFacts(pieceId, pieceName, owner), changes: changes.map(changeWords) }
  await recordChange(tx, {
    grappeId: scope.grappeId,
    at,
    actor,
    act: { kind: 'changes-seen', facts },
  })
}
