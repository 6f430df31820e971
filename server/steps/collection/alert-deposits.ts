/** Tells a porteur that members deposited: one mail for a batch, once nobody has deposited for a while. */
import { and, asc, eq, gt, isNull, max, min, not, or } from 'drizzle-orm'
import { esms, grappes, ogs, pieces, versions } from '../../../schema/tables.ts'
import { urlTo } from '../../../schema/urls.ts'
import { isOfPorteur, listCorrespondents } from '../access/correspondents.ts'
import { openDigest } from '../access/digests.ts'
import { writeMail } from '../access/send-mail.ts'
import { isToLookAt, noteNextLooks } from '../next-looks.ts'
import { ofGrappe, oneByOne } from '../one-by-one.ts'
import type { Context } from '../ports.ts'
import { storedCall } from '../read/stored-call.ts'
import { recordChange } from '../record-change.ts'
import { RELANCES_ACTOR } from './send-relances.ts'

const MINUTE_MS = 60_000
const QUIET_MS = 10 * MINUTE_MS

/** A steady flow of deposits is told all the same. */
const LONGEST_WAIT_MS = 120 * MINUTE_MS

/** Where nothing waits to be told, a deposit alone is what makes something due. */
const IDLE_MS = 30 * 24 * 60 * MINUTE_MS

/** Deposits that count, in current grappes, that the porteur did not make itself and was not told of. */
const untold = and(
  isNull(grappes.archivedAt),
  isNull(versions.takenOutAt),
  not(isOfPorteur(versions.depositedBy)),
  or(isNull(grappes.depositsAlertedAt), gt(versions.depositedAt, grappes.depositsAlertedAt)),
)

/** Writes every alert due now; to be called every few minutes. */
export async function alertDeposits(context: Context): Promise<void> {
  const now = context.now().getTime()
  // Each grappe by itself, so that its own rows are looked up, however many grappes changed.
  const waiting = context.db
    .select({
      first: min(versions.depositedAt).as('first'),
      last: max(versions.depositedAt).as('last'),
    })
    .from(versions)
    .innerJoin(pieces, eq(versions.pieceId, pieces.id))
    .where(and(eq(pieces.grappeId, grappes.id), untold))
    .as('waiting')
  const changed = await context.db
    .select({ id: grappes.id, revision: grappes.revision, first: waiting.first, last: waiting.last })
    .from(grappes)
    .crossJoinLateral(waiting)
    .where(and(isNull(grappes.archivedAt), isToLookAt('alert', context.now())))
  if (changed.length === 0) return
  const dueAt = new Map(
    changed.flatMap(({ id, first, last }): [string, number][] =>
      first === null || last === null
        ? []
        : [[id, Math.min(last.getTime() + QUIET_MS, first.getTime() + LONGEST_WAIT_MS)]],
    ),
  )
  const isDue = (id: string) => (dueAt.get(id) ?? Number.POSITIVE_INFINITY) <= now
  const due = changed.filter(({ id }) => isDue(id)).map(({ id }) => ({ grappeId: id }))
  const looks = changed
    .filter(({ id }) => !isDue(id))
    .map(({ id, revision }) => ({
      grappeId: id,
      revision,
      at: new Date(dueAt.get(id) ?? now + IDLE_MS),
    }))
  try {
    await oneByOne(due, ofGrappe, ({ grappeId }) => writeAlert(context, grappeId))
  } finally {
    await noteNextLooks(context.db, 'alert', looks)
    if (due.length > 0) await context.jobs.kick('envois')
  }
}

async function writeAlert(context: Context, grappeId: string): Promise<void> {
  await context.db.transaction(async tx => {
    // Of two servers, the second waits here, then finds nothing left to tell.
    await tx.select({ id: grappes.id }).from(grappes).where(eq(grappes.id, grappeId)).for('update')
    const rows = await tx
      .select({
        version: versions,
        code: pieces.code,
        og: ogs.name,
        esms: esms.name,
        grappe: grappes,
      })
      .from(versions)
      .innerJoin(pieces, eq(versions.pieceId, pieces.id))
      .innerJoin(grappes, eq(pieces.grappeId, grappes.id))
      .leftJoin(ogs, eq(pieces.ogId, ogs.id))
      .leftJoin(esms, eq(pieces.esmsId, esms.id))
      .where(and(eq(grappes.id, grappeId), untold))
      .orderBy(asc(versions.depositedAt), asc(versions.id))
    const last = rows.at(-1)
    if (last === undefined) return
    const { grappe } = last
    await tx
      .update(grappes)
      .set({ depositsAlertedAt: last.version.depositedAt })
      .where(eq(grappes.id, grappeId))
    const call = storedCall(grappe.call)
    const text = context.mailTexts.deposits({
      grappe: grappe.name,
      board: context.publicUrl() + urlTo('board', { grappe: grappeId }),
      deposits: rows.map(({ version, code, og, esms: member }) => ({
        ownerName: member ?? og ?? grappe.name,
        pieceName: call.pieces.find(piece => piece.code === code)?.name ?? code,
        number: version.number,
        by: version.depositedBy,
      })),
    })
    for (const email of await listCorrespondents(tx, grappeId)) {
      const digestId = await openDigest(tx, context, email, 'depots')
      if (digestId === null) continue
      await writeMail(tx, context, { ...text, recipient: email, grappeId, linkId: null, digestId })
      await recordChange(tx, {
        grappeId,
        at: context.now(),
        actor: RELANCES_ACTOR,
        act: { kind: 'deposits-announced', facts: { email, deposits: rows.length } },
      })
    }
  })
}
