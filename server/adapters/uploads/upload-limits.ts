/** How many uploads may be left undeposited, and for how long, wherever they are kept. */
import { UPLOAD_KEPT_DAYS } from '../../domain/erasure.ts'
import { TO_FILE, type UploadLane } from '../../steps/ports.ts'

const DAY_MS = 24 * 60 * 60 * 1000
export const PURGE_EVERY_MS = 10 * 60 * 1000

/**
 * `most`: uploads that one link, or one porteur, may leave undeposited: twice the files of the largest
 * deposit. `keptMs`: an upload that nothing was added to for so long is given up.
 */
const LIMITS = { most: 100, keptMs: UPLOAD_KEPT_DAYS.toDeposit * DAY_MS }
const LIMITS_TO_FILE = { most: 1000, keptMs: UPLOAD_KEPT_DAYS.toFile * DAY_MS }

export const limitsOf = ({ pieceId }: Pick<UploadLane, 'pieceId'>) =>
  pieceId === TO_FILE ? LIMITS_TO_FILE : LIMITS

export const keptUntilOf = (lane: Pick<UploadLane, 'pieceId'>, touchedAt: number): Date =>
  new Date(touchedAt + limitsOf(lane).keptMs)
