/** What becomes of what is no longer of use: how long each thing is kept, and what an erasure leaves. */

/** Why a grappe was erased: its time was over, it was asked for, or its porteur's account went. */
export type ErasureCause = 'conservation' | 'suppression' | 'compte'

/** How many there were of each. */
export interface ErasedCounts {
  ogs: number
  esms: number
  contacts: number
  pieces: number
  versions: number
  files: number
  /** Of the deposited files. */
  bytes: number
  messages: number
  mails: number
  links: number
  seals: number
  journalLines: number
}

/** Days for which what has no use any more is still kept: so that whoever comes late reads why. */
export const KEPT_DAYS = {
  /** Over, by time or by signing out. */
  session: 7,
  /** A person of a porteur, once it was removed: whoever comes back is known again. */
  colleague: 365,
  /** A code, used or not. */
  code: 2,
  /** To sign in: used, or over. */
  signInLink: 7,
  /** Any other link: over, or revoked. */
  link: 180,
  /** A mail that belongs to no grappe: sign-in, confirmation. */
  accountMail: 30,
  /** A reviewer's place in a service, once it ended. */
  serviceMember: 365,
  /** What was said of the columns of a spreadsheet, since it last served. */
  columnUses: 730,
} as const

/** An upload to which nothing was added. Filing takes some evenings. */
export const UPLOAD_KEPT_DAYS = { toDeposit: 1, toFile: 14 } as const

/** How long bytes wait once their last row went: whatever was under way then has ended. */
export const BYTES_WAIT_HOURS = 1

/** In the place of somebody who was erased. */
export const ERASED_PERSON = 'Personne effacée'

/** In the place of a line of the journal that spoke of it. */
export const ERASED_LINE =
  'Contenu effacé, à la demande d’une personne : seules restent sa place et ses empreintes.'
