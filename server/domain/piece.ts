/** An expected piece, its versions and its state. */
import type { Day, Instant, PieceDefinition, PieceScope } from './call.ts'
import type { Esms, Grappe } from './grappe.ts'
import { activeEsms } from './grappe.ts'

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
}

export type Decision = 'acceptee' | 'refusee'

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
}

/** A piece of the grappe as recorded: one per definition and owner, whether or not its condition holds today. */
export interface Piece {
  id: string
  code: string
  scope: PieceScope
  ogId: string | null
  esmsId: string | null
  /** Oldest first. */
  versions: readonly Version[]
}

/** `en retard` is not among them: it is computed from the deadline, never stored. */
export type PieceState = 'attendue' | 'deposee' | 'acceptee' | 'refusee'

/** The version that counts today: the last one. */
export function currentVersion(piece: Pick<Piece, 'versions'>): Version | null {
  return piece.versions.at(-1) ?? null
}

export function pieceState(piece: Pick<Piece, 'versions'>): PieceState {
  const version = currentVersion(piece)
  if (version === null) return 'attendue'
  return version.decision ?? 'deposee'
}

/** Whether the piece still waits for its owner: nothing deposited, or the last deposit was refused. */
export function isOutstanding(state: PieceState): boolean {
  return state === 'attendue' || state === 'refusee'
}

/** The last day on which the piece is on time: its own or the call's, the earlier; null when neither is known. */
export function pieceDeadline(
  definition: Pick<PieceDefinition, 'deadlineOn'>,
  closesOn: Day | null,
): Day | null {
  const { deadlineOn } = definition
  if (deadlineOn === null || closesOn === null) return deadlineOn ?? closesOn
  return deadlineOn < closesOn ? deadlineOn : closesOn
}

/** Outstanding past its last day. Days compare as text because they are ISO. */
export function isLate(state: PieceState, deadlineOn: Day | null, today: Day): boolean {
  return deadlineOn !== null && isOutstanding(state) && today > deadlineOn
}

/** Whether the definition applies to this ESMS. An unknown fact keeps the piece expected: never dropped in silence. */
export function appliesToEsms(definition: PieceDefinition, esms: Pick<Esms, 'domaine' | 'projet'>): boolean {
  const { condition } = definition
  if (condition === null) return true
  if (condition.domaines && esms.domaine !== null && !condition.domaines.includes(esms.domaine)) return false
  if (condition.projets && esms.projet !== null && !condition.projets.includes(esms.projet)) return false
  return true
}

/** One owner of one definition. */
export interface ExpectedPiece {
  definition: PieceDefinition
  ogId: string | null
  esmsId: string | null
}

/**
 * Every piece that the grappe owes today, in the order of definitions then of members.
 * An OG without any member left owes nothing; an OG piece with a condition is owed when one of its members meets it.
 */
export function expectedPieces(definitions: readonly PieceDefinition[], grappe: Grappe): ExpectedPiece[] {
  const members = activeEsms(grappe)
  return definitions.flatMap((definition): ExpectedPiece[] => {
    const concerned = members.filter(esms => appliesToEsms(definition, esms))
    if (definition.scope === 'grappe') {
      return definition.condition === null || concerned.length > 0
        ? [{ definition, ogId: null, esmsId: null }]
        : []
    }
    if (definition.scope === 'og') {
      const owners = new Set(concerned.map(esms => esms.ogId))
      return grappe.ogs.filter(og => owners.has(og.id)).map(og => ({ definition, ogId: og.id, esmsId: null }))
    }
    return concerned.map(esms => ({ definition, ogId: null, esmsId: esms.id }))
  })
}

/** Identifies a piece by its definition and its owner, whatever its row id. */
export function pieceKey(piece: { code: string; ogId: string | null; esmsId: string | null }): string {
  return `${piece.code}|${piece.ogId ?? ''}|${piece.esmsId ?? ''}`
}
