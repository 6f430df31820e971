/** The receipt of one deposit (accusé de dépôt): what proves what was received, and when. */
import type { Instant, PieceDefinition } from './call.ts'
import {
  type DocumentWithOriginals,
  documentsWithOriginals,
  historyOf,
  type Piece,
  type StoredFile,
  type Version,
} from './piece.ts'

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
  /** The documents that this deposit brought. */
  received: readonly ReceiptFile[]
  /** Those that stayed from earlier deposits of the piece. */
  kept: readonly ReceiptFile[]
}

/** A document, with the photos that it was made of. */
interface ReceiptFile {
  name: string
  sha256: string
  size: number
  mediaType: string
  originals: readonly { name: string; sha256: string; size: number; mediaType: string }[]
}

/** What a deposit brought, and what stayed. */
export interface ReceiptParts {
  received: readonly DocumentWithOriginals[]
  kept: readonly DocumentWithOriginals[]
}

/** The documents of a version, parted by whether one that counted when it was made had their very bytes. */
export function partsOf(piece: Pick<Piece, 'versions' | 'takenOut'>, version: Version): ReceiptParts {
  const before = new Set(
    historyOf(piece)
      .filter(({ number }) => number < version.number)
      .filter(each => !('takenOutAt' in each) || each.takenOutAt >= version.depositedAt)
      .flatMap(({ files }) => files.map(({ sha256 }) => sha256)),
  )
  const documents = documentsWithOriginals(version)
  return {
    received: documents.filter(({ document }) => !before.has(document.sha256)),
    kept: documents.filter(({ document }) => before.has(document.sha256)),
  }
}

export function receiptOf(
  grappe: { name: string; callTitle: string; fictional: boolean; timeZone: string },
  ownerName: string,
  piece: Pick<Piece, 'id' | 'versions' | 'takenOut'>,
  definition: Pick<PieceDefinition, 'name'>,
  version: Version,
): Receipt {
  const { received, kept } = partsOf(piece, version)
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
    received: received.map(fileOfReceipt),
    kept: kept.map(fileOfReceipt),
  }
}

function fileOfReceipt({ document, originals }: DocumentWithOriginals): ReceiptFile {
  const plain = ({ name, sha256, size, mediaType }: StoredFile) => ({ name, sha256, size, mediaType })
  return { ...plain(document), originals: originals.map(plain) }
}
