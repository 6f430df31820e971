/** What the bytes of a file say about it, beyond its type. */

export interface FileFacts {
  /** Of a PDF or a TIFF; null for other types, and when it could not be told within bounds. */
  pageCount: number | null
  /** In pixels as the picture is seen, its rotation applied; null for what is not a picture. */
  width: number | null
  height: number | null
  /** Of a PDF; null for other types, and when it could not be told within bounds. */
  signature: FoundSignature | null
}

/**
 * Whether a PDF holds an electronic signature. Never verified: neither who signed, nor whether the file was
 * changed since. A handwritten signature that was scanned is a picture, which this does not see.
 */
export type FoundSignature = 'presente' | 'aucune'

export const NO_FACTS: FileFacts = { pageCount: null, width: null, height: null, signature: null }

/**
 * Why nobody could read the file, or should open it. `truncated`: its end is missing; `password`: it opens
 * with a password; `macros`: it carries programs; `bomb`: it inflates far beyond its size; `undecodable`: a
 * picture that no decoder takes; `too-heavy`: reading it took too long or too much memory; `busy`: too many
 * files waited before it; `no-page`: a PDF without pages; `xfa`: a PDF whose pages only the program that
 * fills it in makes; `labelled`: an office document that its organisation's rights encrypt.
 */
export type FileFault =
  | 'truncated'
  | 'password'
  | 'macros'
  | 'bomb'
  | 'undecodable'
  | 'too-heavy'
  | 'busy'
  | 'no-page'
  | 'xfa'
  | 'labelled'

export interface FileUnderstanding {
  /** From the bytes; null when nothing known is recognised. */
  mediaType: string | null
  facts: FileFacts
  /** Null when nothing is wrong, or nothing could be told for sure. */
  fault: FileFault | null
}
