/**
 * What a rule is. Each file of this folder holds one: its code, its parameters with their meaning, and how it
 * judges. The figures come from a line of the call; `index.ts` names every rule.
 */
import type { CallWindow, Day, Domaine, Projet, Provenance } from '../call.ts'
import { departementOf } from '../finess.ts'
import type { Esms, Grappe } from '../grappe.ts'
import { isInPlace } from '../regions.ts'

export type CriterionStatus = 'satisfait' | 'non-satisfait' | 'a-verifier'

/**
 * A minimum, and the places where another one holds: a region's name or `Outre-mer`. The first match wins.
 */
export interface Threshold {
  minimum: number
  exceptions: readonly { places: readonly string[]; minimum: number }[]
}

/** Ségur corridor and the domains that it covers. */
interface Couloir {
  code: string
  domaines: readonly Domaine[]
}

/** The kinds of value that a call may give to a rule; the contract reads each in one way. */
export interface ParameterKinds {
  count: number
  threshold: Threshold
  text: string
  region: string
  domaines: readonly Domaine[]
  projets: readonly Projet[]
  categories: readonly string[]
  couloirs: readonly Couloir[]
  guichets: readonly ('regional' | 'national')[]
}

export interface Parameter {
  kind: keyof ParameterKinds
  /** In French, for the person who writes a call. */
  meaning: string
  /** May be left out: the rule then does without. A parameter that is not optional and null is unknown. */
  optional?: true
}

type Values<P extends Readonly<Record<string, Parameter>>> = {
  [Name in keyof P]: P[Name]['optional'] extends true
    ? ParameterKinds[P[Name]['kind']] | null
    : ParameterKinds[P[Name]['kind']]
}

/**
 * Where a value that a rule used comes from: the call, or the porteur, which says what it read; null where
 * the day on which it wrote it was not kept.
 */
export type Origin =
  | Provenance
  | { kind: 'reported'; basis: string; on: Day | null }
  /** The members themselves, by their own links. */
  | { kind: 'answered' }

/** A value that a rule used, named in French without a capital. */
export interface UsedValue {
  name: string
  origin: Origin
}

/** What a rule looks at. */
export interface Situation {
  /** Code of the call's line that the rule judges for. */
  line: string
  /** Members still in, in the grappe's order. */
  members: readonly Esms[]
  grappe: Grappe
  today: Day
  /** Of the call, in order. */
  windows: readonly CallWindow[]
  /** Where each day of the window that counts comes from. */
  origins: { opensOn: Origin; closesOn: Origin }
}

/**
 * What the reviewer reads of a finding where it is not what the porteur reads: it mends nothing, it judges a
 * dossier that is frozen.
 */
export interface ArsWords {
  /** In the place of the porteur's sentence; absent, both read the same. */
  reason?: string
  /** What the instruction has to say, which the dossier does not establish. */
  toAssess?: string
}

/**
 * Where a remedy is applied: the list of members, the record of each one concerned, the solutions, the
 * declarations, the days, the values of the call, the board, another call. `ars` is to be asked, and
 * `hors-outil` done, elsewhere: the remedy itself says where.
 */
export const REMEDY_PLACES = [
  'membres',
  'fiches',
  'solutions',
  'declarations',
  'echeances',
  'valeurs',
  'tableau',
  'autre-appel',
  'ars',
  'hors-outil',
] as const
export type RemedyPlace = (typeof REMEDY_PLACES)[number]

/** A rule's answer; the engine adds where the rule and its parameters come from. */
export type Finding = {
  status: CriterionStatus
  reason: string
  /** What it used besides its parameters and the members. */
  uses?: readonly UsedValue[]
  esmsIds?: readonly string[]
  ogIds?: readonly string[]
  ars?: ArsWords
} & ({ remedy?: never; place?: never } | { remedy: string; place: RemedyPlace })

interface RuleOf<V> {
  code: string
  /** In French, shown above the reason. */
  title: string
  evaluate(values: V, situation: Situation): Finding
  /**
   * For a rule that counts: how many ESMS may leave, whichever they are, with the rule still satisfied; asked
   * only when it is. One more may break it. null when no departure can.
   */
  margin?(values: V, situation: Situation): number | null
}

/** A rule as the engine runs it, on values that the contract has checked. */
export interface Rule extends RuleOf<Readonly<Record<string, unknown>>> {
  parameters: Readonly<Record<string, Parameter>>
}

/** Ties the values' types to the declared parameters. */
export function defineRule<const P extends Readonly<Record<string, Parameter>>>(
  rule: RuleOf<Values<P>> & { parameters: P },
): Rule {
  return rule as unknown as Rule
}

/** The minimum that holds in a département; every one that may hold where it is not known. */
function minimumsIn({ minimum, exceptions }: Threshold, departement: string | null): readonly number[] {
  if (departement === null) return [minimum, ...exceptions.map(exception => exception.minimum)]
  const exception = exceptions.find(({ places }) => places.some(place => isInPlace(departement, place)))
  return [exception?.minimum ?? minimum]
}

/** Least and greatest minimum among the members' places: they differ when the grappe straddles several. */
export function minimumRange(
  threshold: Threshold,
  members: readonly Esms[],
): { least: number; most: number } {
  if (members.length === 0) return { least: threshold.minimum, most: threshold.minimum }
  const departements = new Set(members.map(({ finess }) => (finess === null ? null : departementOf(finess))))
  const minimums = [...departements].flatMap(departement => minimumsIn(threshold, departement))
  return { least: Math.min(...minimums), most: Math.max(...minimums) }
}

/**
 * What to do when what is asked depends on the place and a place is unknown, or the ARS alone can say.
 *
 * @param otherwise what to ask the ARS when every place is known.
 */
export function placeUnknown(
  members: readonly Esms[],
  otherwise: string,
): { remedy: string; place: RemedyPlace; esmsIds?: readonly string[] } {
  const unplaced = members.filter(esms => esms.finess === null)
  return unplaced.length > 0
    ? {
        remedy: 'Complétez les numéros FINESS : ils disent dans quel département se trouve chaque ESMS.',
        place: 'fiches',
        esmsIds: idsOf(unplaced),
      }
    : { remedy: otherwise, place: 'ars' }
}

export const idsOf = (items: readonly { id: string }[]): string[] => items.map(item => item.id)

/**
 * The sentence for some members, with what the porteur is to do and where, and what the reviewer reads
 * otherwise; null is in their records.
 */
type Sentence = (
  concerned: number,
) => readonly [reason: string, remedy: string, place?: RemedyPlace | null, ars?: ArsWords]

/**
 * A rule that judges each member by itself: one refused member refuses, else one unknown is to be verified.
 */
export function judgeEach(
  members: readonly Esms[],
  judge: (esms: Esms) => CriterionStatus,
  sentences: {
    satisfait: string
    'non-satisfait': Sentence
    'a-verifier': Sentence
    /** Of `satisfait`. */
    ars?: ArsWords
  },
): Finding {
  if (members.length === 0) {
    return {
      status: 'a-verifier',
      reason: 'La grappe ne compte encore aucun ESMS.',
      remedy: 'Ajoutez les membres de la grappe.',
      place: 'membres',
    }
  }
  const concerned = { satisfait: [], 'non-satisfait': [], 'a-verifier': [] } as Record<
    CriterionStatus,
    Esms[]
  >
  for (const esms of members) concerned[judge(esms)].push(esms)
  const { 'non-satisfait': refused, 'a-verifier': doubtful } = concerned

  if (refused.length > 0) {
    const [reason, remedy, place, ars = {}] = sentences['non-satisfait'](refused.length)
    const others = doubtful.length
    const rest =
      others === 0 ? '' : ` ${others} ${agree(others, 'autre reste', 'autres restent')} à vérifier.`
    return {
      status: 'non-satisfait',
      reason: reason + rest,
      remedy,
      place: place ?? 'fiches',
      ars: ars.reason === undefined ? ars : { ...ars, reason: ars.reason + rest },
      esmsIds: idsOf(refused),
    }
  }
  if (doubtful.length > 0) {
    const [reason, remedy, place, ars = {}] = sentences['a-verifier'](doubtful.length)
    return { status: 'a-verifier', reason, remedy, place: place ?? 'fiches', ars, esmsIds: idsOf(doubtful) }
  }
  return { status: 'satisfait', reason: sentences.satisfait, ars: sentences.ars ?? {} }
}

/** One word or another by number: `agree(2, 'est', 'sont')` → `sont`. French takes the singular for 0. */
export const agree = (count: number, one: string, many: string): string => (count > 1 ? many : one)
