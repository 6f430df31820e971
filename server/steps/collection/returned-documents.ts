/** The documents that came back after they were handed out with facts that have changed since. */
import { and, eq, inArray, isNull, or } from 'drizzle-orm'
import { storedHandOut } from '../../../schema/contracts/hand-outs.ts'
import { depositedAnswers, handOuts, seenChanges } from '../../../schema/tables.ts'
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
import { allFacts } from '../../domain/kit/print.ts'
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
  // A form that was answered on screen was drawn from what was so then, whatever was downloaded before.
  const drawn = await readDrawn(db, all)
  const returned = all.filter(({ version }) => !drawn.has(version.id))
  if (returned.length === 0) return []
  const handedOut = await readHandOuts(db, kit.grappeId, returned)
  const seen = await readSeen(db, returned)
  return returned.flatMap(({ piece, version, owner, model }): OutdatedReturn[] => {
    const told = handedOutBefore(handedOut.get(documentKey(model.code, owner.id)) ?? [], version.depositedAt)
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
        depositedAt: version.depositedAt,
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

async function readDrawn(db: Database, returned: readonly Returned[]): Promise<Set<string>> {
  const ids = returned.map(({ version }) => version.id)
  const rows = await db
    .select({ versionId: depositedAnswers.versionId })
    .from(depositedAnswers)
    .where(inArray(depositedAnswers.versionId, ids))
  return new Set(rows.map(({ versionId }) => versionId))
}

async function readSeen(db: Database, returned: readonly Returned[]) {
  const ids = returned.map(({ version }) => version.id)
  const rows = await db.select().from(seenChanges).where(inArray(seenChanges.versionId, ids))
  return new Map(rows.map(row => [row.versionId, row]))
}

/**
 * The porteur has seen what changed, and says that it is of no consequence: it is told again once something
 * else changes.
 *
 * @returns not-found when nothing of this version has changed.
 */
export async function markChangesSeen(
  context: Context,
  scope: PorteurScope,
  kit: Kit,
  pieces: readonly Piece[],
  versionId: string,
): Promise<Outcome<OutdatedReturn>> {
  if (scope.archivedOn !== null) return refuse('grappe-archived')
  const all = await outdatedReturns(context, kit, pieces)
  const outdated = all.find(each => each.versionId === versionId)
  if (outdated === undefined) return refuse('nothing-changed')
  if (outdated.seen !== null) return done(outdated)
  const actor = porteurActor(scope)
  const at = context.now()
  const seen = { changes: JSON.stringify(outdated.changes), seenBy: actor.name, seenAt: at }
  await context.db.transaction(async tx => {
    await tx
      .insert(seenChanges)
      .values({ versionId, ...seen })
      .onConflictDoUpdate({ target: seenChanges.versionId, set: seen })
    await recordChange(tx, {
      grappeId: scope.grappeId,
      at,
      actor,
      act: {
        kind: 'changes-seen',
        facts: {
          ...pieceFacts(outdated.pieceId, outdated.pieceName, outdated.owner),
          changes: outdated.changes.map(changeWords),
        },
      },
    })
  })
  return done({ ...outdated, seen: { by: actor.name, at: at.toISOString() } })
}
