/** What a full disk is told by: the same fault, whoever met it. */

/** The system's own codes, then PostgreSQL's `disk_full`. */
const CODES = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', '53100'])
/** The embedded database's files say it in words when they cannot grow. */
const WORDS = /no space left on device|disk quota exceeded/i

/** Whether a fault, or one that it was caused by, is a disk that takes nothing more. */
export function isDiskFull(fault: unknown): boolean {
  for (let cause = fault; cause instanceof Error; cause = cause.cause) {
    if (('code' in cause && CODES.has(String(cause.code))) || WORDS.test(cause.message)) return true
  }
  return false
}
