/** What a plan tells of its own sealing. */
import { type Completeness, completenessKept } from './completeness.ts'
import type { Verdict } from './eligibility.ts'

/** Set on a plan once sealed; drawn on its cover. */
export interface SealMark {
  /** 1, 2, 3… within the grappe. */
  number: number
  /** SHA-256 of the manifest, lower-case hexadecimal. */
  hash: string
  sealedBy: string
  /** Since the sealed version before this one; null for the first. */
  changes: SealChanges | null
}

/** One piece that is not in two versions as it is in the other. */
export interface PieceChange {
  ownerName: string
  pieceName: string
  /** Number of the deposit in each version of the dossier; null where the piece is not in it. */
  from: number | null
  to: number | null
}

/** What differs from the version `since`. */
export interface SealChanges {
  since: number
  added: readonly PieceChange[]
  replaced: readonly PieceChange[]
  removed: readonly PieceChange[]
  verdict: { from: Verdict['status']; to: Verdict['status'] } | null
  complete: { from: boolean; to: boolean } | null
  /** Absent from what was sealed before it was told; `complete` said then less of the same. */
  completeness?: { from: Completeness; to: Completeness } | null
}

/** What the dossier has become; null when it is as before. */
export function becameOf({ complete, completeness }: SealChanges): Completeness | null {
  if (completeness !== undefined) return completeness?.to ?? null
  return complete && completenessKept({ complete: complete.to })
}
