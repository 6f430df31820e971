/**
 * A Word file that somebody brings as a model: judged, then its bytes are kept. Nothing is filled in from it
 * before it is taken for one piece or one document.
 */
import { Readable } from 'node:stream'
import { callModels } from '../../schema/tables.ts'
import type { CallModel, PieceScope } from '../domain/call.ts'
import { BYTES_PER_MB, displayName } from '../domain/file-acceptance.ts'
import { isDiskFull } from '../domain/full-disk.ts'
import { tagFlaws } from '../domain/kit/check-tags.ts'
import { flawWords } from '../domain/kit/flaw-words.ts'
import { MAX_MODEL_MB, type ModelFlaw, type PlacedTags } from '../domain/kit/own-model.ts'
import type { PrintedValues } from '../domain/kit/print.ts'
import { exampleValues } from '../domain/kit/tags.ts'
import type { Context } from './ports.ts'
import { done, type Outcome, refuse, refuseFields } from './refusals.ts'

export interface SentModel {
  /** As the client sent it: any text at all. */
  name: string
  /** Cut at one byte more than a model may have. */
  bytes: Buffer
}

type Judging = Pick<Context, 'ownModels' | 'antivirus'>

/**
 * Read, judged by the antivirus, and filled in once; all its flaws are told at once.
 *
 * @param values what it is filled in with; null when there is nobody whose facts it could hold.
 */
export async function judgeModel(
  context: Judging,
  bytes: Buffer,
  scope: PieceScope,
  values: PrintedValues | null,
): Promise<Outcome<readonly PlacedTags[]>> {
  const refused = (flaws: readonly ModelFlaw[]) =>
    refuseFields(Object.fromEntries(flaws.map((flaw, rank) => [`fichier.${rank + 1}`, flawWords(flaw)])))
  if (bytes.length > MAX_MODEL_MB * BYTES_PER_MB) return refused([{ kind: 'too-large' }])
  const { flaws: found, filled } = await context.ownModels.check(bytes)
  const flaws = [...found, ...tagFlaws(filled, scope)]
  if (flaws.length > 0) return refused(flaws)
  const scanned = await scan(context, bytes)
  if (scanned !== null) return refused([scanned])
  if (values !== null) {
    const tried = await context.ownModels.fill(bytes, values)
    if (!tried.ok) return refused([{ kind: tried.why }])
  }
  return done(filled)
}

/** Null when it is clean, or when no antivirus is configured; one that does not answer is no yes. */
async function scan({ antivirus }: Judging, bytes: Buffer): Promise<ModelFlaw | null> {
  if (antivirus === null) return null
  const answer = await antivirus.scan(Readable.from([bytes])).catch(() => null)
  if (answer?.scan === 'infecte') return { kind: 'infected', virus: answer.virus }
  return answer?.scan === 'sain' ? null : { kind: 'unscanned' }
}

/** Bytes first, row after: a row never points at bytes that a power cut could take away. */
export async function keepModelBytes(
  { blobs }: Pick<Context, 'blobs'>,
  bytes: Buffer,
): Promise<Outcome<string>> {
  try {
    const staged = await blobs.stage(Readable.from([bytes]))
    await staged.publish()
    return done(staged.sha256)
  } catch (error) {
    if (error instanceof Error && isDiskFull(error)) return refuse('storage-full')
    throw error
  }
}

/**
 * Keeps one for a piece of a call, which names it by what is returned.
 *
 * @param scope of the piece.
 */
export async function keepCallModel(
  context: Judging & Pick<Context, 'db' | 'blobs' | 'now'>,
  { name, bytes }: SentModel,
  scope: PieceScope,
): Promise<Outcome<CallModel & { sha256: string }>> {
  const judged = await judgeModel(context, bytes, scope, exampleValues())
  if (!judged.ok) return judged
  const kept = await keepModelBytes(context, bytes)
  if (!kept.ok) return kept
  const fileName = wordName(displayName(name))
  const sha256 = kept.value
  const scannedAt = context.antivirus === null ? null : context.now()
  await recordModel(context, { fileName, sha256, size: bytes.length, parts: judged.value, scannedAt })
  return done({ fileName, sha256 })
}

/** Kept beside the call's file one day: its name then says what it is, and hides nothing. */
const wordName = (name: string): string => {
  const seen = name.replace(/^\.+/, '') || 'modele'
  return /[^.]\.docx$/i.test(seen) ? seen : `${seen}.docx`
}

/** As this server starts: sweeps, backups and grappes then have them as they have any other. */
export async function keepShippedModels(
  context: Pick<Context, 'db' | 'blobs' | 'now'>,
  models: readonly { fileName: string; bytes: Buffer; parts: readonly PlacedTags[] }[],
): Promise<void> {
  for (const { fileName, bytes, parts } of models) {
    const staged = await context.blobs.stage(Readable.from([bytes]))
    await staged.publish()
    const { sha256 } = staged
    await recordModel(context, { fileName, sha256, size: bytes.length, parts })
  }
}

/** The same bytes are one model, whoever sends them again. */
async function recordModel(
  { db, now }: Pick<Context, 'db' | 'now'>,
  row: Omit<typeof callModels.$inferInsert, 'sentAt'> & { parts: readonly PlacedTags[] },
): Promise<void> {
  await db
    .insert(callModels)
    .values({ ...row, sentAt: now() })
    .onConflictDoNothing()
}
