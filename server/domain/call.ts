/**
 * A call (appel à projets, AAP) as data. Every number, window and piece list lives in a YAML file under
 * `templates/calls/`, is parsed by `schema/contracts/call.ts`, and is copied into the grappe that answers it,
 * so that a porteur may adapt its own copy.
 */
import { addDays, dayOf } from './deadline.ts'

/**
 * A calendar day `YYYY-MM-DD`, read in the call's time zone. Never a JS Date: those shift by a day off UTC.
 */
export type Day = string

/**
 * A day in a call file: a real one, or counted from the day on which a grappe is created (`J-30`, `J+45`).
 */
export type TemplateDay = Day | { daysFromCreation: number }

/** An instant in UTC, ISO 8601 with milliseconds and `Z`. */
export type Instant = string

/** H read in a primary source, M read second-hand or partly, L one weak source. */
export type Confidence = 'H' | 'M' | 'L'

/** Where a rule or a piece comes from; the screens always show it, so that no guess passes for official. */
export type Provenance = GivenProvenance | AdaptedProvenance

/** Of what a call gives, and of what a porteur adds to it. */
export type GivenProvenance =
  | { kind: 'source'; reference: string; confidence: Confidence }
  | { kind: 'hypothesis'; reference: string }
  | { kind: 'carrier'; reference: string }

/** Of what the call gave and the porteur of a grappe changed in its copy; `reference` says why. */
interface AdaptedProvenance {
  kind: 'adapted'
  reference: string
  on: Day
  original: GivenProvenance
}

/**
 * Activity domains of the programme; AHI and PJM exist in the nomenclature though Corse 2023 leaves them out.
 */
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

/** Whole numbers, both included; null leaves that side open. */
export interface Span {
  min: number | null
  max: number | null
}

/** One fact of a member, or of the OG or the grappe that it belongs to. */
export type FactCondition =
  | { domaines: readonly Domaine[] }
  | { projets: readonly Projet[] }
  /** FINESS category codes. */
  | { categories: readonly string[] }
  /** Regions, or `Outre-mer`: where the member is. */
  | { regions: readonly string[] }
  /** How many ESMS its OG has in the grappe. */
  | { tailleOg: Span }
  /** How many OG the grappe gathers. */
  | { nombreOg: Span }
  /** What the member answers to one of the call's declarations, by the code of its line. */
  | { declaration: string; reponse: boolean }

/**
 * Whom a piece is asked of: facts joined by `et` (all hold) or `ou` (one holds), at most twice; no list has
 * fewer than two. Judged and read back by `condition.ts`.
 */
export type Condition =
  | FactCondition
  | { et: readonly (FactCondition | { ou: readonly FactCondition[] })[] }
  | { ou: readonly (FactCondition | { et: readonly FactCondition[] })[] }

/** A Word file that the call brings for a piece: filled in with each member's facts, in the place of ours. */
export interface CallModel {
  /** As people see it; beside the call's own file, where it is. */
  fileName: string
  /** Of its bytes, in the store; null: they are not on this server, and are to be sent. */
  sha256: string | null
}

/** One line of a call's list of pieces. */
export interface PieceDefinition<D = Day> {
  /** Stable kebab-case identifier, unique in the call; also makes the file names of the dossier. */
  code: string
  name: string
  /** One sentence for the person who must provide it. */
  explanation: string
  scope: PieceScope
  condition: Condition | null
  /** Not asked of the OG that carries the grappe, such as a mandate given to it; absent: asked of it too. */
  exceptPorteur?: boolean | undefined
  required: boolean
  formats: readonly Format[]
  /** Per file, in megabytes (10^6 bytes, as people and file managers count). */
  maxFileMb: number
  severalFiles: boolean
  /** Who must sign it, in words; null when no signature is asked. */
  signatory: string | null
  /** Own last day, when earlier than the call's; null means the call's closing day. */
  deadlineOn: D | null
  /** https address of the ARS' own model to fill in; absent from what was sealed before there were any. */
  modelUrl?: string | null
  /** Absent when the call brings none. */
  model?: CallModel | undefined
  provenance: Provenance
}

/**
 * Applications are received from 00:00:00 on `opensOn` to 23:59:59 on `closesOn`, in the call's time zone. A
 * day that no source gives is null: nothing is late then, and the window is to be verified.
 */
export interface CallWindow<D = Day> {
  /** What the ARS calls it, such as « première fenêtre »; null when it has no name. */
  label: string | null
  opensOn: D | null
  closesOn: D | null
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

/** The place where the file is deposited, and what is done there. */
export interface SubmissionPlace {
  name: string
  /** https; null when no source gives it. */
  url: string | null
  /** Short sentences, in order, each unlike the others: ticked one by one. */
  steps: readonly string[]
  provenance: Provenance
}

/** Something that the call dates after the deposit, such as the notification of a convention. */
export interface FollowUpDate<D = Day> {
  /** Unique among those of the call. */
  code: string
  title: string
  /** null: no source gives the day. */
  dueOn: D | null
  provenance: Provenance
}

/** What the call says of what comes after the deposit. */
export interface FollowUp<D = Day> {
  dates: readonly FollowUpDate<D>[]
  /** Of the grappe: received and kept, never part of the dossier. */
  pieces: readonly PieceDefinition<D>[]
}

/** How long the papers of an answer are kept: months after the last closing. */
export interface CallRetention {
  months: number
  provenance: Provenance
}

/** A value that the porteur wrote in its grappe's copy, in the place of what the call gave. */
export interface ReportedValue {
  /** `windows.0.opensOn`, `windows.0.closesOn`, `money.acquisitionEuros`, `rules.LINE.PARAMETER`… */
  path: string
  /** Where the porteur read it, in its own words; the ARS reads them too. */
  basis: string
  /** When it wrote it, in the call's time zone. */
  on: Day
  /** What the call gave, to be put back; null where it gave nothing. */
  before: unknown
}

/**
 * An appel à projets. `D` is a real day in a grappe's copy, and may be relative in a file: see `resolveCall`.
 */
export interface Call<D = Day> {
  /** Stable kebab-case identifier, the file's name without its extension. */
  code: string
  title: string
  /** Made up for demonstration; said on every screen and in the dossier. */
  fictional: boolean
  /** A sentence or two for the person who chooses a call. */
  summary: string
  /** Where what has no provenance of its own comes from, such as the ARS' text; null when nothing says. */
  provenance: Provenance | null
  /** Region of the ARS that receives the applications; null for a rule that holds everywhere. */
  region: string | null
  /** Where the region comes from; null: the call's own provenance. */
  regionProvenance: Provenance | null
  /** IANA name, such as Europe/Paris or Indian/Reunion. */
  timeZone: string
  /** At least one, in order, none begins before the one before has ended: see `windowOn`. */
  windows: readonly CallWindow<D>[]
  rules: readonly RuleLine[]
  /** null: no source gives any amount. */
  money: Money | null
  /** Where the pieces' formats and sizes come from: the sources list pieces, never formats. */
  limitsProvenance: Provenance
  pieces: readonly PieceDefinition<D>[]
  /** What is advised and never judged, such as a size of grappe. */
  recommendations: readonly Recommendation[]
  /** Where the file is deposited; absent where nothing says it. */
  submission?: SubmissionPlace | undefined
  /** Absent where nothing says what comes after the deposit. */
  followUp?: FollowUp<D> | undefined
  /** Absent where nothing says it: the porteur then says it for its grappe, or the product for all. */
  retention?: CallRetention | undefined
  /** In a grappe's copy only; absent where the porteur reported nothing. */
  reported?: readonly ReportedValue[] | undefined
  /** What the porteur adapted in the pieces of its copy, oldest first; absent in a file. */
  adapted?: readonly Adaptation[] | undefined
}

/** The lists of a call whose items have a code. */
export interface ListedInCall {
  pieces: PieceDefinition
  rules: RuleLine
}

/** What a call holds besides its lists and its code. */
export type CallField = Exclude<keyof Call, keyof ListedInCall | 'code' | 'reported' | 'adapted'>

type ListChange<List extends keyof ListedInCall> =
  /** `after`: code of the item that it follows; null when it comes first. */
  | { kind: 'added' | 'removed'; list: List; item: ListedInCall[List]; after: string | null }
  | { kind: 'changed'; list: List; before: ListedInCall[List]; after: ListedInCall[List] }

/**
 * One thing that differs between two states of a call. Each holds what was there, so that it is undone only
 * where it still stands; `ordered` holds the codes of the pieces.
 */
export type CallChange =
  | ListChange<'pieces'>
  | ListChange<'rules'>
  | { kind: 'ordered'; before: readonly string[]; after: readonly string[] }
  | { kind: 'field'; name: CallField; before: unknown; after: unknown }

/** What a porteur changed in its grappe's copy, as the copy keeps it. */
export interface Adaptation {
  id: string
  /** When, in the call's time zone. */
  on: Day
  /** Why, in the porteur's own words; the ARS reads them too. */
  basis: string
  change: CallChange
}

/** A sentence for the porteur. */
export interface Recommendation {
  text: string
  provenance: Provenance
}

/** A call as its file gives it. */
export type CallTemplate = Call<TemplateDay>

/** The call that a grappe created on `createdOn` answers: relative days become real ones. */
export function resolveCall(template: CallTemplate, createdOn: Day): Call {
  const real = (day: TemplateDay | null): Day | null =>
    day === null || typeof day === 'string' ? day : addDays(createdOn, day.daysFromCreation)
  const { followUp, ...rest } = template
  return {
    ...rest,
    ...(followUp === undefined
      ? {}
      : {
          followUp: {
            dates: followUp.dates.map(date => ({ ...date, dueOn: real(date.dueOn) })),
            pieces: followUp.pieces.map(piece => ({ ...piece, deadlineOn: real(piece.deadlineOn) })),
          },
        }),
    windows: template.windows.map(window => ({
      ...window,
      opensOn: real(window.opensOn),
      closesOn: real(window.closesOn),
    })),
    pieces: template.pieces.map(piece => ({ ...piece, deadlineOn: real(piece.deadlineOn) })),
  }
}

/** What the window that counts is looked for in. */
export type DatedCall = Pick<Call, 'timeZone' | 'windows'>

/**
 * The window that counts on a day, whose closing the deadlines follow: the one under way, else the next, else
 * the last. One whose closing is not known never ends.
 */
export function windowOn({ windows }: Pick<Call, 'windows'>, today: Day): CallWindow {
  const counting = windows.find(({ closesOn }) => closesOn === null || closesOn >= today) ?? windows.at(-1)
  if (counting === undefined) throw new Error('A call has no window')
  return counting
}

/** The same at an instant, with the day that it is on the call's clocks. */
export function windowAt(call: DatedCall, instant: Instant): CallWindow & { today: Day } {
  const today = dayOf(instant, call.timeZone)
  return { ...windowOn(call, today), today }
}

type RuledLine = Pick<RuleLine, 'rule' | 'parameters'>

/** The domains that the call admits, or all of them when no source says: what a form offers. */
export function offeredDomaines(call: { rules: readonly RuledLine[] }): readonly Domaine[] {
  const admitted = call.rules.find(line => line.rule === 'domaines')?.parameters.domaines
  return Array.isArray(admitted) ? DOMAINES.filter(domaine => admitted.includes(domaine)) : DOMAINES
}

/** The kinds of project that the call admits, or all of them when no source says. */
export function offeredProjets(call: { rules: readonly RuledLine[] }): readonly Projet[] {
  const admitted = call.rules.find(line => line.rule === 'projets')?.parameters.projets
  return Array.isArray(admitted) ? PROJETS.filter(projet => admitted.includes(projet)) : PROJETS
}
