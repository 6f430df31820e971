/** A model that a porteur brings in the place of one of this server's: what is wrong with it, in French. */
import type { Instant, PieceScope } from '../call.ts'
import type { ReadTag } from './print.ts'

/** A letter with a logo weighs some hundreds of kilobytes; each member's document holds it again. */
export const MAX_MODEL_MB = 5
/** Of one picture, or of any other part, once inflated. */
export const MAX_PART_MB = 5

/** A Word file that somebody brought, as documents are filled in from it. */
export interface BroughtModel {
  fileName: string
  sha256: string
  tags: readonly ReadTag[]
  /** Whether an antivirus found it clean: with one, nothing is filled in from it before. */
  isJudged: boolean
}

/** One that the porteur sent in the place of a model. */
export interface OwnModel extends BroughtModel {
  id: string
  /** Code of the document. */
  model: string
  /** In bytes. */
  size: number
  sentBy: string
  sentAt: Instant
  /** Null while it is only tried. */
  takenAt: Instant | null
  /** When another one, or the server's own, took its place; null until then. */
  endedAt: Instant | null
}

/** Where in a document: each is filled in by itself. */
export const MODEL_PLACES = [
  'body',
  'header',
  'footer',
  'chart',
  'footnote',
  'endnote',
  'comment',
  'drawing',
  'other',
] as const
export type ModelPlace = (typeof MODEL_PLACES)[number]

export interface PlacedTags {
  place: ModelPlace
  tags: readonly ReadTag[]
}

/** One that a call brings, whatever the pieces that name it. */
export interface KeptModel extends BroughtModel {
  /** In bytes. */
  size: number
  /** The same tags, by where they stand. */
  parts: readonly PlacedTags[]
}

/** What no model may hold, or why it is none. */
export type FileFlaw =
  | { kind: 'not-docx' | 'word-template' | 'password' | 'labelled' | 'too-large' | 'inflates' }
  | { kind: 'macros' | 'signed' | 'strict' | 'too-heavy' | 'busy' | 'unscanned' | 'unfillable' }
  | { kind: 'damaged' | 'embedded' | 'doctype' | 'heavy-part'; part: string }
  /** `attached`: the template that Word attaches; `linked`: a picture, a file; `address`: of a link. */
  | { kind: 'attached' | 'linked' | 'address'; target: string }
  | { kind: 'field'; instruction: string }
  | { kind: 'infected'; virus: string }

export type TagFlaw =
  | { kind: 'unknown'; tag: string; place: ModelPlace; nearest: readonly string[] }
  /** Known, and standing for nothing there. `lists`: those inside which it would. */
  | { kind: 'elsewhere'; tag: string; place: ModelPlace; scope: PieceScope; lists: readonly string[] }
  | { kind: 'not-a-list' | 'is-a-list'; tag: string; place: ModelPlace }
  | { kind: 'unclosed' | 'unopened'; tag: string; place: ModelPlace }
  | { kind: 'crossing'; tag: string; inside: string; place: ModelPlace }
  | { kind: 'nested'; tag: string; inside: string; place: ModelPlace }
  /** An opening brace without its closing one, or the other way. */
  | { kind: 'brace'; text: string; place: ModelPlace }
  | { kind: 'too-many-tags'; count: number }
  /** In a part of the document that is not filled in. */
  | { kind: 'unfilled'; tag: string; place: ModelPlace }

export type ModelFlaw = FileFlaw | TagFlaw

/** A model as it was read, whatever it is worth. */
export interface ModelReading {
  flaws: readonly ModelFlaw[]
  filled: readonly PlacedTags[]
}
