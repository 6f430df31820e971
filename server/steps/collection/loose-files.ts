/**
 * Files that a porteur has already, from mails or a shared folder: sent together, opened when they hold
 * others, proposed each to a piece, and filed once that is confirmed. They wait with the uploads, not in
 * the database: they are in the grappe once they are filed.
 */
import type { Readable } from 'node:stream'
import { displayName, MAX_FILES_PER_DEPOSIT } from '../../domain/file-acceptance.ts'
import type { LooseFile } from '../../domain/filing/clues.ts'
import { type Placed, placesOf } from '../../domain/filing/places.ts'
import { Recogniser } from '../../domain/filing/recognise.ts'
import type { Piece } from '../../domain/piece.ts'
import { listPeople } from '../access/people.ts'
import type { PieceSide } from '../access/piece-sides.ts'
import type { PorteurScope } from '../access/porteur-scope.ts'
import {
  type ArrivingUpload,
  type Context,
  type EnvelopeFault,
  type JoiningFile,
  type OpenedEnvelope,
  TO_FILE,
  type UploadLane,
} from '../ports.ts'
import type { GrappeSnapshot } from '../read/read-snapshot.ts'
import { done, type Outcome, type Refusal, refuse } from '../refusals.ts'
import { depositUploads } from './deposit-uploads.ts'
import { refuseArchived } from './find-deposit-target.ts'
import type { RefusedFile } from './prepare-files.ts'
import type { ReceiveOutcome, StreamedFile } from './receive-document.ts'

/** Largest file that may be sent to be filed, in MB: an archive holds those of a whole grappe. */
export const MOST_LOOSE_MB = 2000

/** The files to file of a grappe, whoever of its porteurs sent them. */
export const looseLane = ({ grappeId }: Pick<PorteurScope, 'grappeId'>): UploadLane => ({
  owner: grappeId,
  pieceId: TO_FILE,
})

/** One of them, as it is read to find its place. */
export interface WaitingFile extends LooseFile {
  id: string
  size: number
  note: string | null
  /** Whether it holds others and could not be opened, or was not yet. */
  isEnvelope: boolean
  keptUntil: Date
}

const ENVELOPE = /\.(zip|eml|msg)$/i

function waitingFile({ id, name, folder, mail, size, note, keptUntil }: ArrivingUpload): WaitingFile {
  const folders = folder.split('/').filter(Boolean)
  return { id, name, folders, mail, size, note, keptUntil, isEnvelope: ENVELOPE.test(name) }
}

const wholeFiles = async (context: Context, lane: UploadLane): Promise<ArrivingUpload[]> =>
  (await context.uploads.list(lane)).filter(({ received, size }) => received === size)

/** Each file with its proposed place, in the order of their folders and names. */
export async function listLooseFiles(
  context: Context,
  { grappe, definitions, pieces }: GrappeSnapshot,
): Promise<Array<Placed<WaitingFile>>> {
  const people = await listPeople(context.db, grappe.id)
  const addresses = new Map(people.map(({ email, owners }) => [email, owners.map(({ id }) => id)]))
  const recogniser = new Recogniser({ grappe, definitions, addresses })
  const owners = new Map([...grappe.ogs, ...grappe.esms].map(({ id, name }) => [id, name]))
  const nameOf = ({ ogId, esmsId }: Pick<Piece, 'ogId' | 'esmsId'>) =>
    owners.get(esmsId ?? ogId ?? '') ?? grappe.name
  const inOrder = new Intl.Collator('fr', { numeric: true })
  const files = (await wholeFiles(context, looseLane({ grappeId: grappe.id })))
    .map(waitingFile)
    .toSorted((a, b) => inOrder.compare([...a.folders, a.name].join('/'), [...b.folders, b.name].join('/')))
  const [envelopes, loose] = [files.filter(each => each.isEnvelope), files.filter(each => !each.isEnvelope)]
  return [
    ...placesOf(loose, recogniser, pieces, nameOf).map(each =>
      each.file.note === null ? each : { ...each, doubt: each.file.note },
    ),
    ...envelopes.map(file => ({ file, reasons: [], place: null, doubt: file.note ?? NOT_OPENED })),
  ]
}

const NOT_OPENED = 'Pas encore ouvert'

// ---------- What holds others is opened
/** Archives in archives in archives are nobody's documents. */
const MOST_DEPTH = 3
/** What documents deflate to at the very most, and what one archive may take of the disk whatever it is. */
const MOST_RATIO = 20
const LEAST_ROOM_BYTES = 200_000_000
const MOST_ROOM_BYTES = 10_000_000_000

export interface OpenedFiles {
  /** How many files came out of them. */
  files: number
  /** Those that stay as they are, each with why. */
  left: ReadonlyArray<{ name: string; why: string }>
}

/**
 * Opens every ZIP and every saved message that waits, and those found in them: their files join the others,
 * and they go once all of theirs are there. Asked for again after a stop, it goes on where it was.
 *
 * @param again whether those that did not open are tried anew.
 * @throws when the disk fails.
 */
export async function openLooseEnvelopes(
  context: Context,
  scope: PorteurScope,
  { again = false } = {},
): Promise<OpenedFiles> {
  const lane = looseLane(scope)
  const opened = { files: 0, left: [] as Array<{ name: string; why: string }> }
  for (let depth = 0; depth < MOST_DEPTH; depth++) {
    const isTried = (note: string | null) => note === null || (again && depth === 0)
    const whole = await wholeFiles(context, lane)
    const envelopes = whole.filter(each => ENVELOPE.test(each.name) && isTried(each.note))
    for (const { id, name } of envelopes) {
      const { files, why } = await openOne(context, lane, id)
      opened.files += files
      if (why === null) continue
      opened.left.push({ name, why })
      await context.uploads.annotate(lane, id, why)
    }
  }
  return opened
}

async function openOne(
  context: Context,
  lane: UploadLane,
  id: string,
): Promise<{ files: number; why: string | null }> {
  return await context.uploads.hold(lane, [id], async ({ uploads: [envelope], remove }) => {
    if (envelope === undefined) return { files: 0, why: null }
    const bytes = Math.min(Math.max(envelope.size * MOST_RATIO, LEAST_ROOM_BYTES), MOST_ROOM_BYTES)
    const room = context.disk.reserve(() => bytes)
    if (room === null) return { files: 0, why: NO_ROOM }
    try {
      const most = { files: await context.uploads.roomFor(lane), bytes }
      return await context.envelopes.open(await envelope.path(), most, async opened => {
        if (!opened.ok) return { files: 0, why: FAULT_WORDS[opened.why] }
        for (const file of joining(context, envelope, opened)) await context.uploads.join(lane, file)
        const { files, damaged } = opened
        if (damaged.length === 0) await remove()
        return { files: files.length, why: damaged.length === 0 ? null : damagedWords(damaged) }
      })
    } finally {
      room.release()
    }
  })
}

/** The same envelope always gives the same ids: a file that is there already is not there twice. */
function joining(
  { tokens }: Context,
  envelope: ArrivingUpload,
  { files }: Extract<OpenedEnvelope, { ok: true }>,
): JoiningFile[] {
  return files.map(({ name, folder, mail, size, path }, rank) => ({
    id: tokens.hash(`deballage ${envelope.id} ${rank}`).slice(0, 32),
    name,
    folder: [envelope.folder, envelope.name, folder].filter(Boolean).join('/'),
    mail: mail ?? envelope.mail,
    size,
    path,
  }))
}

const NO_ROOM =
  'Le serveur n’a pas la place de l’ouvrir. Prévenez qui l’administre, puis ouvrez-le de nouveau'

const FAULT_WORDS: Readonly<Record<EnvelopeFault, string>> = {
  'no-envelope': 'Son contenu n’est ni une archive ZIP ni un message enregistré : ouvrez-le pour vérifier',
  password:
    'Cette archive est protégée par un mot de passe. Ouvrez-la chez vous, puis envoyez ce qu’elle contient',
  damaged: 'Ce fichier est abîmé ou incomplet. Demandez-le de nouveau, ou envoyez ce qu’il contient',
  'too-many':
    'Il contient plus de fichiers qu’il n’en tient ici. Classez ou retirez ceux qui attendent, ' +
    'ou envoyez-le en parties',
  'too-large':
    'Une fois ouvert, il prendrait une place démesurée. Envoyez ce qu’il contient en plusieurs fois',
  empty: 'Il ne contient aucun document. Le texte d’un message n’est pas une pièce : retirez-le d’ici',
  'too-heavy': 'L’ouvrir demande trop de temps ou de mémoire. Envoyez plutôt les fichiers qu’il contient',
  busy: 'Trop de fichiers arrivent à la fois. Rien n’est perdu : ouvrez-le de nouveau dans une minute',
}

const damagedWords = (names: readonly string[]) =>
  `Le reste de cette archive est là, mais ${names.map(name => `« ${name} »`).join(', ')} y est abîmé : ` +
  'demandez-le de nouveau'

// ---------- What is confirmed is filed
export interface FiledPiece {
  pieceId: string
  /** Null when nothing was recorded. */
  version: number | null
  files: readonly string[]
  /** Why each file that stays was not taken. */
  refused: readonly string[]
}

/**
 * Files what was chosen: the files of one piece make one version, as if they had been chosen on its page.
 *
 * @param chosen each with the piece that it goes to.
 * @param explain the sentence of a refusal.
 */
export async function fileLooseFiles(
  context: Context,
  scope: PorteurScope,
  chosen: ReadonlyMap<string, readonly string[]>,
  explain: (refusal: Refusal) => string,
): Promise<FiledPiece[]> {
  const lane = looseLane(scope)
  const side: PieceSide = { by: 'porteur', porteur: scope }
  const filed: FiledPiece[] = []
  for (const [pieceId, ids] of chosen) {
    const names = new Map((await context.uploads.list(lane)).map(({ id, name }) => [id, name]))
    const nameOf = (id: string) => names.get(id) ?? 'Fichier qui n’est plus là'
    const received: ReceiveOutcome =
      ids.length > MAX_FILES_PER_DEPOSIT
        ? refuse('too-many-files')
        : await depositUploads(context, side, pieceId, ids, [], lane)
    const refused = refusedOf(received)
    for (const { position, reason } of refused)
      await context.uploads.annotate(lane, ids[position] ?? '', reason)
    const isRefused = (position: number) => refused.some(each => each.position === position)
    const reasons = refused.map(({ reason }) => reason)
    filed.push({
      pieceId,
      version: received.ok ? received.value.version.number : null,
      files: received.ok ? ids.filter((_, position) => !isRefused(position)).map(nameOf) : [],
      refused: received.ok || refused.length > 0 ? reasons : [explain(received.refusal)],
    })
  }
  return filed
}

function refusedOf(received: ReceiveOutcome): readonly RefusedFile[] {
  if (received.ok) return received.value.refused
  return 'refused' in received ? received.refused : []
}

/**
 * One of them, to be looked at: whoever files it must know what it is. With an antivirus it is asked first,
 * as of anything that is given to somebody.
 */
export async function findLooseFile(
  context: Context,
  scope: PorteurScope,
  id: string,
): Promise<Outcome<{ name: string; size: number; mediaType: string | null; bytes: Readable }>> {
  return await context.uploads.hold(looseLane(scope), [id], async ({ uploads: [file] }) => {
    if (file === undefined || file.received < file.size) return refuse('not-found')
    const { name, size } = file
    const unasked = { scan: 'inconnu', reason: 'no answer' } as const
    const answer = await context.antivirus?.scan(await file.open()).catch(() => unasked)
    if (answer?.scan === 'infecte') {
      return refuse('loose-file-infected', { name: displayName(name), virus: answer.virus })
    }
    if (answer?.scan === 'inconnu') return refuse('file-awaits-scan')
    const { mediaType } = await context.understandFile(await file.path())
    return done({ name: displayName(name), size, mediaType, bytes: await file.open() })
  })
}

/** Takes files away from those that wait; none of them is in the grappe. @returns how many. */
export async function removeLooseFiles(
  context: Context,
  scope: PorteurScope,
  ids: readonly string[],
): Promise<number> {
  return await context.uploads.hold(looseLane(scope), ids, async ({ uploads, remove }) => {
    await remove()
    return uploads.length
  })
}

/** Takes in files that come in one request, each as it is read; those before a fault stay. */
export async function receiveLooseFiles(
  context: Context,
  scope: PorteurScope,
  incoming: AsyncIterable<StreamedFile>,
): Promise<Outcome<{ received: number }>> {
  const lane = looseLane(scope)
  let received = 0
  for await (const { name, stream, isTruncated } of incoming) {
    if ((await context.uploads.roomFor(lane)) <= 0) return refuse('too-many-uploads')
    const id = context.tokens.hash(`envoi ${context.newId()}`).slice(0, 32)
    const parts = name.split(/[/\\]/)
    const file = { id, name: parts.pop() ?? name, folder: parts.join('/'), mail: null }
    await context.uploads.receive(lane, file, stream, isTruncated)
    received++
  }
  return received === 0 ? refuse('no-file') : done({ received })
}

/** Why nothing more may be sent to be filed; null when it may. */
export const refuseLooseFiles = (scope: PorteurScope) => refuseArchived({ by: 'porteur', porteur: scope })
