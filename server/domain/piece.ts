/** An expected piece, its versions and its state. */
import type { Day, Instant, PieceDefinition, PieceScope } from './call.ts'
import {
  CONCERNED,
  type Concern,
  concern,
  concernOfSome,
  conditionFacts,
  type MissingFact,
  type OgSizes,
  ogSizes,
} from './condition.ts'
import { type Extension, extendedTo } from './extension.ts'
import type { FoundSignature } from './file-facts.ts'
import type { Esms, Grappe } from './grappe.ts'
import { activeEsms } from './grappe.ts'
import { groupBy } from './group-by.ts'

/** `original`: a photo that was turned into a document; kept, and left out of the dossier. */
export type FileRole = 'document' | 'original'

/**
 * What the antivirus said. `non-analyse`: none was configured. `en-attente`: it does not answer, and is asked
 * again. From the safest to the worst.
 */
export const SCANS = ['sain', 'non-analyse', 'en-analyse', 'en-attente', 'infecte'] as const
export type Scan = (typeof SCANS)[number]

/** The antivirus has still to say. */
export const UNJUDGED: Scan[] = ['non-analyse', 'en-analyse', 'en-attente']

/** One stored file; the bytes are immutable and addressed by their SHA-256. */
export interface StoredFile {
  id: string
  /** As the person named it, cleaned for display; never used as a path. */
  name: string
  /** Lower-case hexadecimal, 64 characters. */
  sha256: string
  /** Unsigned 32-bit CRC, as ZIP headers hold it. */
  crc32: number
  size: number
  /** Sniffed from the bytes, never the client's claim. */
  mediaType: string
  role: FileRole
  /** Of a PDF that could be read; null otherwise. */
  pageCount: number | null
  /** In pixels, of an image; null otherwise. */
  width: number | null
  height: number | null
  /** Of a PDF deposited since this is looked for, and that could be read; absent otherwise. */
  signature?: FoundSignature
  scan: Scan
  /** What the antivirus found; null otherwise. */
  virus: string | null
  /** When the stored bytes were last found to be missing or altered; absent while nothing says so. */
  damagedAt?: Instant
}

export type Decision = 'acceptee' | 'refusee'

/** What the ARS says of one version; `a-examiner` takes back that it is conforme. */
export type ReviewDecision = 'conforme' | 'complement' | 'a-examiner'

export interface Review {
  decision: ReviewDecision
  /** Required with a complement. */
  motive: string | null
  /** Last day for the complement; null otherwise. */
  deadlineOn: Day | null
  actor: string
  at: Instant
}

export type NonApplicableDecision = 'confirmee' | 'refusee'

/** A member said that the piece does not concern it. */
export interface NonApplicable {
  id: string
  reason: string
  askedBy: string
  askedAt: Instant
  /** Null as long as the porteur has not answered. */
  decision: NonApplicableDecision | null
  /** Required with a refusal. */
  motive: string | null
  decidedAt: Instant | null
}

/** One deposit on a piece: whole and durable, or it does not exist. */
export interface Version {
  id: string
  /** 1, 2, 3… within the piece. */
  number: number
  depositedAt: Instant
  /** Who deposited, as shown: a member's name or the porteur's e-mail. */
  depositedBy: string
  files: readonly StoredFile[]
  decision: Decision | null
  /** Required with a refusal. */
  motive: string | null
  decidedAt: Instant | null
  /** The ARS' last word on this version; null as long as it said nothing. */
  review: Review | null
}

/**
 * A deposit taken out (retirée) as made by mistake, or filed elsewhere: it counts nowhere but in the
 * history.
 */
export interface TakenOutVersion extends Version {
  takenOutAt: Instant
  /** Who took it out, as shown. */
  takenOutBy: string
  /** Where the porteur filed it instead; null when it was merely taken out. */
  movedToPieceId: string | null
}

/**
 * A piece of the grappe as recorded: one per definition and owner, whether or not its condition holds today.
 */
export interface Piece {
  id: string
  code: string
  scope: PieceScope
  ogId: string | null
  esmsId: string | null
  /** Those that count, oldest first. */
  versions: readonly Version[]
  /** Those that do not any more, oldest first. */
  takenOut: readonly TakenOutVersion[]
  /** The last request; a deposit made after it withdraws it. */
  nonApplicable: NonApplicable | null
  /** Later last days granted that concern it, oldest first. */
  extensions: readonly Extension[]
}

/**
 * `en retard` is not among them: it is computed from the deadline, never stored. `complement`: the ARS asks
 * again for what had been deposited.
 */
export const PIECE_STATES = [
  'attendue',
  'deposee',
  'acceptee',
  'refusee',
  'complement',
  'non-applicable',
] as const
export type PieceState = (typeof PIECE_STATES)[number]

/** The version that counts today: the last one that was not taken out. */
export function currentVersion(piece: Pick<Piece, 'versions'>): Version | null {
  return piece.versions.at(-1) ?? null
}

/** Everything that was ever deposited, oldest first. */
export function historyOf({
  versions,
  takenOut,
}: Pick<Piece, 'versions' | 'takenOut'>): Array<Version | TakenOutVersion> {
  return [...versions, ...takenOut].toSorted((a, b) => a.number - b.number)
}

/** Whether somebody has judged it: the porteur, the antivirus or the ARS. It then stays where it is. */
export function isDecided({ decision, review }: Pick<Version, 'decision' | 'review'>): boolean {
  return decision !== null || review !== null
}

export function pieceState(piece: Pick<Piece, 'versions' | 'nonApplicable'>): PieceState {
  if (standingRequest(piece)?.decision === 'confirmee') return 'non-applicable'
  const version = currentVersion(piece)
  if (version === null) return 'attendue'
  if (version.review?.decision === 'complement') return 'complement'
  return version.decision ?? 'deposee'
}

/**
 * The request « non applicable » that still stands: none was made, or a deposit since then withdrew it,
 * otherwise.
 */
export function standingRequest(piece: Pick<Piece, 'versions' | 'nonApplicable'>): NonApplicable | null {
  const { nonApplicable } = piece
  const version = currentVersion(piece)
  return nonApplicable === null || (version !== null && version.depositedAt > nonApplicable.askedAt)
    ? null
    : nonApplicable
}

/**
 * Whether the piece still waits for its owner: nothing deposited, or the last deposit is to be done again.
 */
export function isOutstanding(state: PieceState): boolean {
  return state === 'attendue' || state === 'refusee' || state === 'complement'
}

/** Why a piece is to be done again: the porteur's motive or the ARS', null otherwise. */
export function motiveOf(piece: Pick<Piece, 'versions' | 'nonApplicable'>): string | null {
  const version = currentVersion(piece)
  switch (pieceState(piece)) {
    case 'refusee':
      return version?.motive ?? null
    case 'complement':
      return version?.review?.motive ?? null
    default:
      return null
  }
}

/** The files that go into the dossier. */
export function documentsOf(version: Pick<Version, 'files'>): StoredFile[] {
  return version.files.filter(({ role }) => role === 'document')
}

/** The documents of which the server no longer has the bytes as they were deposited. */
export function damagedDocuments(version: Pick<Version, 'files'> | null): StoredFile[] {
  return version === null ? [] : documentsOf(version).filter(({ damagedAt }) => damagedAt !== undefined)
}

/**
 * Whether a file may go along into another version: its bytes are as they were deposited, and no virus is
 * in them.
 */
export function isUsable({ scan, damagedAt }: Pick<StoredFile, 'scan' | 'damagedAt'>): boolean {
  return scan !== 'infecte' && damagedAt === undefined
}

/** Whether nothing more can be deposited: accepted, and the server still has it. */
export function isSettled(piece: Pick<Piece, 'versions' | 'nonApplicable'>): boolean {
  return pieceState(piece) === 'acceptee' && damagedDocuments(currentVersion(piece)).length === 0
}

/**
 * A document, and the photos that it was made of, first page first: none when it is the file that was sent.
 */
export interface DocumentWithOriginals {
  document: StoredFile
  originals: readonly StoredFile[]
}

/** The documents of a version, in order. Originals are stored right after the document that they made. */
export function documentsWithOriginals({ files }: Pick<Version, 'files'>): DocumentWithOriginals[] {
  const starts = files.flatMap(({ role }, i) => (role === 'document' ? [i] : []))
  return starts.flatMap((start, n) => {
    const [document, ...originals] = files.slice(start, starts[n + 1])
    return document === undefined ? [] : [{ document, originals }]
  })
}

/**
 * Why a stored file is given to nobody, null when it is: with an antivirus nothing is before it was found
 * clean, and infected bytes never are.
 */
export function withheld(
  file: Pick<StoredFile, 'scan'>,
  antivirus: boolean,
): 'infected' | 'awaits-scan' | null {
  if (file.scan === 'infecte') return 'infected'
  return antivirus && file.scan !== 'sain' ? 'awaits-scan' : null
}

/** The worst of a version's files. */
export function scanOf(version: Pick<Version, 'files'>): Scan {
  const worst = Math.max(0, ...version.files.map(({ scan }) => SCANS.indexOf(scan)))
  return SCANS[worst] ?? 'non-analyse'
}

/**
 * The last day on which the piece is on time: its own or the call's, the earlier, unless a later one was
 * granted; null when none is known.
 *
 * @param extensions those that concern the piece.
 */
export function pieceDeadline(
  definition: Pick<PieceDefinition, 'deadlineOn'>,
  closesOn: Day | null,
  extensions: readonly Extension[],
): Day | null {
  const { deadlineOn } = definition
  const own =
    deadlineOn === null || closesOn === null
      ? (deadlineOn ?? closesOn)
      : deadlineOn < closesOn
        ? deadlineOn
        : closesOn
  const granted = extendedTo(extensions, closesOn)
  return own === null || granted === null || granted < own ? own : granted
}

/**
 * Whether the dossier lacks it: outstanding, and required or asked again by the ARS. An optional piece that
 * nobody deposited, or that was refused, is owed by nobody.
 */
export function isOwed({ required, state }: { required: boolean; state: PieceState }): boolean {
  return isOutstanding(state) && (required || state === 'complement')
}

/** Owed past its last day. Days compare as text because they are ISO. */
export function isLate(
  piece: { required: boolean; state: PieceState },
  deadlineOn: Day | null,
  today: Day,
): boolean {
  return deadlineOn !== null && isOwed(piece) && today > deadlineOn
}

/** Whether the definition applies to this ESMS, or which facts would tell. */
export function appliesToEsms(
  { condition }: Pick<PieceDefinition, 'condition'>,
  esms: Esms,
  sizes: OgSizes,
): Concern {
  // Most pieces have none: the facts of 2,000 members for each of 20 pieces would be 50 MB of garbage.
  return condition === null ? CONCERNED : concern(condition, conditionFacts(esms, sizes))
}

/** Whether this OG is spared the piece because it carries the grappe: nobody mandates itself. */
export function isSpared(
  { exceptPorteur = false }: Pick<PieceDefinition, 'exceptPorteur'>,
  ogId: string | null,
  porteurOgId: string | null,
): boolean {
  return exceptPorteur && ogId !== null && ogId === porteurOgId
}

/** One owner of one definition. */
export interface ExpectedPiece {
  definition: PieceDefinition
  ogId: string | null
  esmsId: string | null
  /**
   * The facts that would tell whether it is owed, when none of those known does: it is shown, never dropped,
   * and nobody is chased for it. Empty when it is owed.
   */
  missing: readonly MissingFact[]
}

/**
 * Every piece that the grappe owes today, or may owe, in the order of definitions then of members.
 * An OG without any member left owes nothing; a piece of an OG or of the grappe with a condition is owed when
 * one of its members meets it.
 */
export function expectedPieces(definitions: readonly PieceDefinition[], grappe: Grappe): ExpectedPiece[] {
  const members = activeEsms(grappe)
  const sizes = ogSizes(grappe)
  return definitions.flatMap((definition): ExpectedPiece[] => {
    const answers = members.map(esms => ({ esms, ...appliesToEsms(definition, esms, sizes) }))
    const expect = (ogId: string | null, esmsId: string | null, { concerned, missing }: Concern) =>
      concerned === 'no' ? [] : [{ definition, ogId, esmsId, missing }]
    if (definition.scope === 'esms') return answers.flatMap(answer => expect(null, answer.esms.id, answer))
    if (definition.scope === 'grappe') {
      return expect(null, null, definition.condition === null ? CONCERNED : concernOfSome(answers))
    }
    const perOg = groupBy(answers, ({ esms }) => esms.ogId)
    return grappe.ogs
      .filter(({ id }) => !isSpared(definition, id, grappe.porteurOgId))
      .flatMap(og => expect(og.id, null, concernOfSome(perOg.get(og.id) ?? [])))
  })
}

/** Identifies a piece by its definition and its owner, whatever its row id. */
export function pieceKey(piece: { code: string; ogId: string | null; esmsId: string | null }): string {
  return `${piece.code}|${piece.ogId ?? ''}|${piece.esmsId ?? ''}`
}
