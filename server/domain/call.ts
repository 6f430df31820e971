/**
 * A call (appel à projets, AAP) as data. Every number, window and piece list lives in a YAML file under
 * `templates/calls/`, is parsed by `schema/contracts/call.ts`, and is copied into the grappe that answers it,
 * so that a porteur may adapt its own copy.
 */

/** A calendar day `YYYY-MM-DD`, read in the call's time zone. Never a JS Date: those shift by a day off UTC. */
export type Day = string

/** An instant in UTC, ISO 8601 with milliseconds and `Z`. */
export type Instant = string

/** H read in a primary source, M read second-hand or partly, L one weak source. */
export type Confidence = 'H' | 'M' | 'L'

/** Where a rule or a piece comes from; the screens always show it, so that no guess passes for official. */
export type Provenance =
  | { kind: 'source'; reference: string; confidence: Confidence }
  | { kind: 'hypothesis'; reference: string }
  | { kind: 'carrier'; reference: string }

/** Activity domains of the programme; AHI and PJM exist in the nomenclature though Corse 2023 leaves them out. */
export const DOMAINES = ['PA', 'PH', 'DOM', 'PDE', 'PDS', 'AHI', 'PJM'] as const
export type Domaine = (typeof DOMAINES)[number]

/** What a member asks money for. A grappe holding both is mixte. */
export const PROJETS = ['acquisition', 'mise-en-conformite'] as const
export type Projet = (typeof PROJETS)[number]

/** Who owes a piece: the grappe once, each organisme gestionnaire, or each ESMS. */
export const SCOPES = ['grappe', 'og', 'esms'] as const
export type PieceScope = (typeof SCOPES)[number]

/** Accepted file formats, named by their usual extension. */
export const FORMATS = ['pdf', 'docx', 'xlsx', 'odt', 'ods', 'jpg', 'png'] as const
export type Format = (typeof FORMATS)[number]

/** All given parts must hold; an absent part does not restrict. Ignored for scopes that have no such fact. */
export interface PieceCondition {
  domaines?: readonly Domaine[] | undefined
  projets?: readonly Projet[] | undefined
}

/** One line of a call's list of pieces. */
export interface PieceDefinition {
  /** Stable kebab-case identifier, unique in the call; also makes the file names of the dossier. */
  code: string
  name: string
  /** One sentence for the person who must provide it. */
  explanation: string
  scope: PieceScope
  condition: PieceCondition | null
  required: boolean
  formats: readonly Format[]
  /** Per file, in megabytes (10^6 bytes, as people and file managers count). */
  maxFileMb: number
  severalFiles: boolean
  /** Who must sign it, in words; null when no signature is asked. */
  signatory: string | null
  /** Own last day, when earlier than the call's; null means the call's closing day. */
  deadlineOn: Day | null
  provenance: Provenance
}

/** Applications are received from 00:00:00 on `opensOn` to 23:59:59 on `closesOn`, in `timeZone`. */
export interface CallWindow {
  opensOn: Day
  closesOn: Day
  /** IANA name, such as Europe/Paris or Indian/Reunion. */
  timeZone: string
  provenance: Provenance
}
