/**
 * Whether a store of files, a database and a key belong together: decided at each start, before anything is
 * touched.
 */

/** A store of files, and the database whose rows refer to its bytes. */
export interface Identity {
  storeId: string
  databaseId: string
}

/** What the database says of itself. */
export interface Installation extends Identity {
  keyCheck: string
}

/** What the rows refer to, and what the store holds, in distinct files. */
export interface Census {
  referenced: number
  /** Of those, how many the store holds. */
  present: number
  held: number
}

/** The key of this server, beside what the database knows of it. */
export interface KeyEvidence {
  /** Null when there is no key. */
  check: string | null
  /** Whether live links were made with it; null when there is no live link to tell. */
  opensLinks: boolean | null
}

export type StartRefusal =
  | 'other-pair'
  | 'unknown-database'
  | 'unknown-store'
  | 'bytes-without-rows'
  | 'rows-without-bytes'
  | 'too-different'
  | 'key-missing'
  | 'key-changed'

/** `new`: neither side has an identity yet, and nothing speaks against giving them one together. */
export type StartVerdict = 'same' | 'new' | StartRefusal

/** What may be wanting, or in excess, without anybody being asked. */
const SMALL_SHARE = 0.05
const HANDFUL = 5

/**
 * A twentieth, or a handful where there is little: what a few cut-off deposits leave, never a wrong folder.
 */
export function isSmallShare(count: number, total: number): boolean {
  return count <= Math.max(HANDFUL, total * SMALL_SHARE)
}

/**
 * @param store what the data folder says of itself, null when it says nothing.
 * @param census null when both sides have an identity: it is then not looked at.
 */
export function judgeStart(
  store: Identity | null,
  database: Installation | null,
  key: KeyEvidence,
  census: Census | null,
): StartVerdict {
  if (store !== null && database !== null) {
    if (!isSamePair(store, database)) return 'other-pair'
    if (key.check === null) return 'key-missing'
    return key.check === database.keyCheck ? 'same' : 'key-changed'
  }
  if (store !== null) return 'unknown-database'
  if (database !== null) return 'unknown-store'
  if (census !== null) {
    const refusal = judgeCensus(census)
    if (refusal !== null) return refusal
  }
  if (key.opensLinks === null) return 'new'
  if (key.check === null) return 'key-missing'
  return key.opensLinks ? 'new' : 'key-changed'
}

export function isSamePair(one: Identity, other: Identity): boolean {
  return one.storeId === other.storeId && one.databaseId === other.databaseId
}

/** Before identities existed, only the files themselves tell whether two sides go together. */
function judgeCensus({ referenced, present, held }: Census): StartRefusal | null {
  if (held > 0 && referenced === 0) return 'bytes-without-rows'
  if (referenced > 0 && present === 0) return 'rows-without-bytes'
  const isClose =
    isSmallShare(referenced - present, referenced) &&
    isSmallShare(held - present, held) &&
    present * 2 >= Math.max(referenced, held)
  return isClose ? null : 'too-different'
}
