/** The receipt of one deposit (accusé de dépôt): what proves what was received, and when. */
import type { Instant, PieceDefinition } from './call.ts'
import type { FileRole, Piece, Version } from './piece.ts'

/** Plain data, the same for the page, the mail and the PDF. */
export interface Receipt {
  grappeName: string
  callTitle: string
  fictional: boolean
  ownerName: string
  pieceName: string
  pieceId: string
  versionId: string
  versionNumber: number
  depositedAt: Instant
  depositedBy: string
  /** IANA zone of the call. */
  timeZone: string
  files: readonly { name: string; sha256: string; size: number; mediaType: string; role: FileRole }[]
}

export function receiptOf(
  grappe: { name: string; callTitle: string; fictional: boolean; timeZone: string },
  ownerName: string,
  piece: Pick<Piece, 'id'>,
  definition: Pick<PieceDefinition, 'name'>,
  version: Version,
): Receipt {
  return {
    grappeName: grappe.name,
    callTitle: grappe.callTitle,
    fictional: grappe.fictional,
    timeZone: grappe.timeZone,
    ownerName,
    pieceName: definition.name,
    pieceId: piece.id,
    versionId: version.id,
    versionNumber: version.number,
    depositedAt: version.depositedAt,
    depositedBy: version.depositedBy,
    files: version.files.map(({ name, sha256, size, mediaType, role }) => ({
      name,
      sha256,
      size,
      mediaType,
      role,
    })),
  }
}
