/** Where the signature of a piece stands: to sign, sent to be signed, signed, returned. */
import type { Day, Instant, PieceDefinition } from './call.ts'
import type { FoundSignature } from './file-facts.ts'
import { documentsOf, type PieceState, type Version } from './piece.ts'

/** `a-signer` goes back on what was noted. */
export const SIGNING_STEPS = ['a-signer', 'envoyee', 'signee'] as const
export type SigningStep = (typeof SIGNING_STEPS)[number]

/** What somebody noted; the last of a piece counts. */
export interface Signing {
  step: SigningStep
  /** When it was sent, or signed; null for `a-signer`. */
  on: Day | null
  /** Who signs, as typed; null where nobody said. */
  signatory: string | null
  notedBy: string
  notedAt: Instant
}

export interface SigningState {
  /** `rendue`: something was deposited since, and not refused. Whether it bears a signature is for eyes. */
  step: SigningStep | 'rendue'
  /** What was noted last, when it still holds. */
  noted: Signing | null
  /** The deposit; null unless `rendue`. */
  returned: Pick<Version, 'number' | 'depositedAt' | 'depositedBy'> | null
  /**
   * Of the deposit: an electronic signature in one of its documents, in none of them, or null when that could
   * not be told, as for a scan or a Word document.
   */
  found: FoundSignature | null
}

/**
 * @param version the current one; null when nothing was deposited.
 *
 * Null where nobody has to sign. A refusal starts it over: what was noted before it told of the deposit that
 * was refused.
 */
export function signingState(
  definition: Pick<PieceDefinition, 'signatory'>,
  version: Version | null,
  last: Signing | null,
): SigningState | null {
  if (definition.signatory === null) return null
  if (version !== null && version.decision !== 'refusee') {
    const { number, depositedAt, depositedBy } = version
    return {
      step: 'rendue',
      noted: last?.step === 'a-signer' ? null : last,
      returned: { number, depositedAt, depositedBy },
      found: foundIn(version),
    }
  }
  const holds = last !== null && (version?.decidedAt == null || last.notedAt > version.decidedAt)
  const noted = holds && last.step !== 'a-signer' ? last : null
  return { step: noted?.step ?? 'a-signer', noted, returned: null, found: null }
}

function foundIn(version: Version): FoundSignature | null {
  const found = documentsOf(version).map(({ signature }) => signature ?? null)
  if (found.includes('presente')) return 'presente'
  return found.includes(null) ? null : 'aucune'
}

/** A piece that somebody has to sign, as plain data. */
export interface FollowedSigning {
  pieceId: string
  code: string
  pieceName: string
  /** Null for the grappe. */
  ownerId: string | null
  ownerName: string
  /** As the call asks for it. */
  signatory: string
  state: SigningState
}

/** What is read of a line of the plan. */
interface SignedRow {
  pieceId: string | null
  code: string
  pieceName: string
  owner: { id: string | null; name: string }
  state: PieceState
  version: Version | null
}

/** Every piece that somebody has to sign, in the order of the dossier. */
export function signingsOf(
  rows: readonly SignedRow[],
  definitions: readonly PieceDefinition[],
  noted: ReadonlyMap<string, Signing>,
): FollowedSigning[] {
  const asked = new Map(definitions.map(definition => [definition.code, definition]))
  return rows.flatMap(row => {
    const definition = asked.get(row.code)
    const { pieceId } = row
    if (definition === undefined || pieceId === null || row.state === 'non-applicable') return []
    const state = signingState(definition, row.version, noted.get(pieceId) ?? null)
    if (state === null) return []
    const { code, pieceName, owner } = row
    const signatory = definition.signatory ?? ''
    return [{ pieceId, code, pieceName, ownerId: owner.id, ownerName: owner.name, signatory, state }]
  })
}
