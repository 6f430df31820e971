/** Later last days granted to a member, to a piece, or to one piece of one member. */
import type { Day, Instant } from './call.ts'

/**
 * `prolongation`: the porteur moves a day, at most to the call's own closing. `reouverture`: the porteur
 * reopens one piece of one owner after the closing. `complement`: the ARS asks again for one piece.
 */
export type ExtensionKind = 'prolongation' | 'reouverture' | 'complement'

export interface Extension {
  id: string
  kind: ExtensionKind
  /** Null: every piece. */
  pieceCode: string | null
  /** The OG and its ESMS; null with `esmsId` null: every owner. */
  ogId: string | null
  esmsId: string | null
  deadlineOn: Day
  motive: string
  grantedBy: string
  grantedAt: Instant
}

/** Whose extensions are sought: a piece, with the OG of its ESMS when it is one's. */
export interface ExtendedPiece {
  code: string
  /** Of the piece when an OG owes it, else of the ESMS that owes it; null for a piece of the grappe. */
  ogId: string | null
  esmsId: string | null
}

/** Those that concern a piece. */
export function extensionsOf(extensions: readonly Extension[], piece: ExtendedPiece): Extension[] {
  return extensions.filter(
    ({ pieceCode, ogId, esmsId }) =>
      (pieceCode === null || pieceCode === piece.code) &&
      (ogId === null || ogId === piece.ogId) &&
      (esmsId === null || esmsId === piece.esmsId),
  )
}

/**
 * The latest day granted: an extension only ever gives more time. Null without any. A prolongation never goes
 * past the closing, even one that was brought forward since.
 */
export function extendedTo(extensions: readonly Extension[], closesOn: Day | null): Day | null {
  const days = extensions.map(({ kind, deadlineOn }) =>
    kind === 'prolongation' && closesOn !== null && deadlineOn > closesOn ? closesOn : deadlineOn,
  )
  return days.toSorted().at(-1) ?? null
}

/**
 * Of the extensions that concern a piece, the one from which its last day comes; null when it comes from
 * none.
 */
export function decidingExtension(
  extensions: readonly Extension[],
  deadlineOn: Day | null,
): Extension | null {
  return extensions.findLast(extension => extension.deadlineOn === deadlineOn) ?? null
}

/**
 * Whether a piece may be deposited though the call is closed: a reopening or a complement that still runs.
 */
export function isReopened(extensions: readonly Extension[], today: Day): boolean {
  return extensions.some(({ kind, deadlineOn }) => kind !== 'prolongation' && today <= deadlineOn)
}
