/**
 * A call (appel à projets, AAP) as data. Every number, window and piece list lives in a YAML file under
 * `templates/calls/`, is parsed by `schema/contracts/call.ts`, and is copied into the grappe that answers it,
 * so that a porteur may adapt its own copy.
 */
import { addDays } from './deadline.ts'

/** A calendar day `YYYY-MM-DD`, read in the call's time zone. Never a JS Date: those shift by a day off UTC. */
export type Day = string

/** A day in a call file: a real one, or counted from the day on which a grappe is created (`J-30`, `J+45`). */
export type TemplateDay = Day | { daysFromCreation: number }

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
export interface PieceDefinition<D = Day> {
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
  deadlineOn: D | null
  provenance: Provenance
}

/**
 * Applications are received from 00:00:00 on `opensOn` to 23:59:59 on `closesOn`, in `timeZone`. A day that no
 * source gives is null: nothing is late then, and the window is to be verified.
 */
export interface CallWindow<D = Day> {
  opensOn: D | null
  closesOn: D | null
  /** IANA name, such as Europe/Paris or Indian/Reunion. */
  timeZone: string
  provenance: Provenance
}

/** One rule of a call: which file of `rules/` judges, with which figures, and who says so. */
export interface RuleLine {
  /** Unique in the call; the rule's own code unless the call uses that rule several times. */
  code: string
  /** Code of a rule of `rules/index.ts`. */
  rule: string
  /** Overrides the rule's own title; null keeps it. */
  title: string | null
  /** As the rule declares them, checked by the contract; null where no source gives the value. */
  parameters: Readonly<Record<string, unknown>>
  provenance: Provenance
}

/** Whole euros for each ESMS; null where no source gives the amount. */
export interface Money {
  acquisitionEuros: number | null
  miseEnConformiteEuros: number | null
  equipementEuros: number | null
  provenance: Provenance
}

/** An appel à projets. `D` is a real day in a grappe's copy, and may be relative in a file: see `resolveCall`. */
export interface Call<D = Day> {
  /** Stable kebab-case identifier, the file's name without its extension. */
  code: string
  title: string
  /** Made up for demonstration; said on every screen and in the dossier. */
  fictional: boolean
  /** A sentence or two for the person who chooses a call. */
  summary: string
  /** Region of the ARS that receives the applications; null for a rule that holds everywhere. */
  region: string | null
  window: CallWindow<D>
  rules: readonly RuleLine[]
  /** null: no source gives any amount. */
  money: Money | null
  /** Where the pieces' formats and sizes come from: the sources list pieces, never formats. */
  limitsProvenance: Provenance
  pieces: readonly PieceDefinition<D>[]
}

/** A call as its file gives it. */
export type CallTemplate = Call<TemplateDay>

/** The call that a grappe created on `createdOn` answers: relative days become real ones. */
export function resolveCall(template: CallTemplate, createdOn: Day): Call {
  const real = (day: TemplateDay | null): Day | null =>
    day === null || typeof day === 'string' ? day : addDays(createdOn, day.daysFromCreation)
  return {
    ...template,
    window: {
      ...template.window,
      opensOn: real(template.window.opensOn),
      closesOn: real(template.window.closesOn),
    },
    pieces: template.pieces.map(piece => ({ ...piece, deadlineOn: real(piece.deadlineOn) })),
  }
}

/** The domains that the call admits, or all of them when no source says: what a form offers. */
export function offeredDomaines(call: Pick<Call, 'rules'>): readonly Domaine[] {
  const admitted = call.rules.find(line => line.rule === 'domaines')?.parameters.domaines
  return Array.isArray(admitted) ? DOMAINES.filter(domaine => admitted.includes(domaine)) : DOMAINES
}

/** The kinds of project that the call admits, or all of them when no source says. */
export function offeredProjets(call: Pick<Call, 'rules'>): readonly Projet[] {
  const admitted = call.rules.find(line => line.rule === 'projets')?.parameters.projets
  return Array.isArray(admitted) ? PROJETS.filter(projet => admitted.includes(projet)) : PROJETS
}
