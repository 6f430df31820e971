/** The reading copy (PDF de lecture) of each sealed version, drawn in the background and kept as a blob. */
import { and, asc, eq, sql } from 'drizzle-orm'
import { seals } from '../../../schema/tables.ts'
import type { DossierEntry } from '../../domain/dossier-plan.ts'
import { isDiskFull } from '../../domain/full-disk.ts'
import { sealFacts } from '../../domain/journal/dossier.ts'
import { type Act, systemActor } from '../../domain/journal/entry.ts'
import { oneByOne } from '../one-by-one.ts'
import { type Context, StoreUnreachable } from '../ports.ts'
import { recheckBytes } from '../read/stored-bytes.ts'
import { recordChange } from '../record-change.ts'

/** Notes of progress at most, besides the first. */
const PROGRESS_STEPS = 50
const ACTOR = systemActor('PDF de lecture')

const NO_ROOM =
  'Le serveur n’a plus de place pour le PDF de lecture. Prévenez l’administrateur, ' +
  'puis demandez-le de nouveau.'
const NOT_DRAWN =
  'Le serveur n’a pas pu faire le PDF de lecture. ' +
  'Demandez-le de nouveau ; si cela se répète, prévenez l’administrateur.'

type SealRow = typeof seals.$inferSelect

/** Written out, as the index on them is: PostgreSQL knows them by it whatever it plans. */
const unfinished = sql`${seals.readingState} in ('a-faire', 'en-cours')`

/** The job: draws whatever waits, oldest first. What a stop left half-way is begun again. */
export async function drawReadings(context: Context): Promise<void> {
  const waiting = await context.db
    .select({ id: seals.id })
    .from(seals)
    .where(and(sql`${seals.state} = 'scelle'`, unfinished))
    .orderBy(asc(seals.sealedAt), asc(seals.id))
  const draw = ({ id }: { id: string }) =>
    context.onOneServer(`lecture ${id}`, async () => {
      // One plan at a time: each may be megabytes. The server that was at it may just have ended.
      const [seal] = await context.db
        .select()
        .from(seals)
        .where(and(eq(seals.id, id), unfinished))
      if (seal !== undefined) await drawReadingOf(context, seal)
    })
  await oneByOne(waiting, ({ id }) => `Reading of seal ${id}`, draw)
}

async function drawReadingOf(context: Context, seal: SealRow): Promise<void> {
  const { plan, number, sealHash: hash } = seal
  try {
    const drawn = await context.readings.draw(
      { plan, number, hash },
      sha256 => context.blobs.open(sha256),
      progressNoter(context, seal),
      async pdf => {
        const staged = await context.blobs.stage(pdf)
        await staged.publish()
        return staged
      },
    )
    if (drawn.ok) return await noteReading(context, seal, drawn.kept)
    await recheckBytes(context, drawn.damaged)
    await noteFailure(context, seal, damagedFile(drawn.damaged))
  } catch (fault) {
    // Drawn again at the job's next turn: it says nothing of the version.
    if (fault instanceof StoreUnreachable) throw fault
    await noteFailure(context, seal, isDiskFull(fault) ? NO_ROOM : NOT_DRAWN)
    throw fault
  }
}

const damagedFile = ({ pieceName, ownerName, versionNumber }: DossierEntry) =>
  `Le fichier de « ${pieceName} » de ${ownerName}, version ${versionNumber}, ` +
  'n’est plus celui qui a été déposé. ' +
  'Demandez de nouveau cette pièce, ou faites restaurer la sauvegarde par l’administrateur.'

function progressNoter(context: Context, seal: SealRow): (done: number, total: number) => Promise<void> {
  let next = 0
  return async (done, total) => {
    if (done < next) return
    next = done + Math.max(1, Math.floor(total / PROGRESS_STEPS))
    await context.db
      .update(seals)
      .set({ readingState: 'en-cours', readingDone: done, readingTotal: total })
      .where(eq(seals.id, seal.id))
  }
}

async function noteReading(
  context: Context,
  seal: SealRow,
  { sha256, size }: { sha256: string; size: number },
): Promise<void> {
  const total = seal.plan.entries.length
  await finish(
    context,
    seal,
    {
      readingState: 'faite',
      readingDone: total,
      readingTotal: total,
      readingSha256: sha256,
      readingSize: size,
      readingFailure: null,
    },
    { kind: 'reading-drawn', facts: sealFacts(seal) },
  )
}

async function noteFailure(context: Context, seal: SealRow, failure: string): Promise<void> {
  await finish(
    context,
    seal,
    { readingState: 'echec', readingFailure: failure },
    { kind: 'reading-failed', facts: { ...sealFacts(seal), failure } },
  )
}

/** Tells the end once, whoever else was drawing the same version. */
async function finish(
  context: Context,
  seal: SealRow,
  values: Partial<typeof seals.$inferInsert>,
  act: Act<'reading-drawn' | 'reading-failed'>,
): Promise<void> {
  await context.db.transaction(async tx => {
    const changed = await tx
      .update(seals)
      .set(values)
      .where(and(eq(seals.id, seal.id), unfinished))
      .returning({ id: seals.id })
    if (changed.length === 0) return
    await recordChange(tx, { grappeId: seal.grappeId, at: context.now(), actor: ACTOR, act })
  })
}

/** Asks for the reading copy of a sealed version to be drawn again, after a failure. */
export async function redrawReading(context: Context, sealId: string): Promise<void> {
  await context.db
    .update(seals)
    .set({ readingState: 'a-faire', readingFailure: null })
    .where(and(eq(seals.id, sealId), eq(seals.readingState, 'echec')))
  await context.jobs.kick('lecture')
}
