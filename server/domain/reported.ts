/**
 * What a porteur writes in its grappe's copy of the call where the call gives nothing, and the days that it
 * moves: each keeps what the call gave, so that it can be undone and told apart.
 */
import { type Call, type CallWindow, type Day, type Provenance, windowOn } from './call.ts'
import { formatDay } from './deadline.ts'
import { activeEsms, type Grappe } from './grappe.ts'
import { ruleNamed } from './rules/index.ts'
import type { Origin, ParameterKinds, Threshold } from './rules/rule.ts'
import { isSame } from './same-value.ts'

export type ValueKind = keyof ParameterKinds | 'day' | 'euros'

/** A value of the call that a porteur may report, as it stands in its copy. */
export interface CallValue {
  path: string
  kind: ValueKind
  /** What it is part of: the title of the rule, the dates, the amounts. */
  group: string
  /** In French, without a capital. */
  name: string
  /** null where nobody gives it. */
  value: unknown
  origin: Origin
  /** What the call gave before the porteur reported its own; absent where it did not. */
  before?: unknown
}

const DAYS = [
  ['opensOn', 'jour d’ouverture de l’appel'],
  ['closesOn', 'jour de clôture de l’appel'],
] as const

const AMOUNTS = [
  ['acquisitionEuros', 'euros pour chaque ESMS en acquisition'],
  ['miseEnConformiteEuros', 'euros pour chaque ESMS en mise en conformité'],
  ['equipementEuros', 'euros pour l’équipement de chaque ESMS'],
] as const

/** Where no amount is known, nothing says where amounts come from either. */
const NO_AMOUNT: Provenance = { kind: 'hypothesis', reference: 'Aucune source ne donne de montant' }

/** Where a value comes from: the porteur's own when it reported it. */
export function originOf(
  { reported = [] }: Pick<Call, 'reported'>,
  path: string,
  otherwise: Provenance,
): Origin {
  const own = reported.find(each => each.path === path)
  return own === undefined ? otherwise : { kind: 'reported', basis: own.basis, on: own.on }
}

/** Where each day of the window that counts comes from. */
export function windowOrigins(
  call: Pick<Call, 'windows' | 'reported'>,
  today: Day,
): { opensOn: Origin; closesOn: Origin } {
  const window = windowOn(call, today)
  const at = `windows.${call.windows.indexOf(window)}`
  return {
    opensOn: originOf(call, `${at}.opensOn`, window.provenance),
    closesOn: originOf(call, `${at}.closesOn`, window.provenance),
  }
}

/** A meaning lists what may be written after a colon: a name goes without it. */
export const shortMeaning = (meaning: string): string => meaning.split(/\s:\s/)[0] ?? meaning

const windowName = ({ label }: CallWindow, rank: number) => label ?? `fenêtre ${rank + 1}`

type Located = Omit<CallValue, 'origin' | 'before'> & { provenance: Provenance }

/** Every value that can be reported: those that a rule cannot do without, the days and the amounts. */
function located({ windows, rules, money }: Pick<Call, 'windows' | 'rules' | 'money'>): Located[] {
  return [
    ...windows.flatMap((window, rank) =>
      DAYS.map(
        ([day, name]): Located => ({
          path: `windows.${rank}.${day}`,
          kind: 'day',
          group: 'Dates de l’appel',
          name: windows.length === 1 ? name : `${name} (${windowName(window, rank)})`,
          value: window[day],
          provenance: window.provenance,
        }),
      ),
    ),
    ...rules.flatMap(line => {
      const rule = ruleNamed(line.rule)
      return Object.entries(rule?.parameters ?? {})
        .filter(([, { optional }]) => optional !== true)
        .map(
          ([parameter, { kind, meaning }]): Located => ({
            path: `rules.${line.code}.${parameter}`,
            kind,
            group: line.title ?? rule?.title ?? line.code,
            name: shortMeaning(meaning),
            value: line.parameters[parameter] ?? null,
            provenance: line.provenance,
          }),
        )
    }),
    ...AMOUNTS.map(
      ([amount, name]): Located => ({
        path: `money.${amount}`,
        kind: 'euros',
        group: 'Montants',
        name,
        value: money?.[amount] ?? null,
        provenance: money?.provenance ?? NO_AMOUNT,
      }),
    ),
  ]
}

function callValues(call: Call): CallValue[] {
  return located(call).map(({ provenance, ...each }): CallValue => {
    const own = call.reported?.find(({ path }) => path === each.path)
    const origin = originOf(call, each.path, provenance)
    return own === undefined ? { ...each, origin } : { ...each, origin, before: own.before }
  })
}

/** Figures that a porteur may change though the call gives them: its ARS may say otherwise. */
const CHANGEABLE: ReadonlySet<ValueKind> = new Set(['threshold', 'count'])

/** The values that the call leaves unknown, those that the porteur reported, and the call's thresholds. */
export function reportableValues(call: Call): CallValue[] {
  return callValues(call).filter(
    ({ value, before, kind }) => value === null || before !== undefined || CHANGEABLE.has(kind),
  )
}

/** The opening and the closing of the window that counts, known or not. */
export function windowDays(call: Call, today: Day): CallValue[] {
  const at = `windows.${call.windows.indexOf(windowOn(call, today))}.`
  return callValues(call).filter(({ path }) => path.startsWith(at))
}

function withValue(call: Call, path: string, value: unknown): Call {
  const [part, name = '', parameter = ''] = path.split('.')
  switch (part) {
    case 'windows':
      return {
        ...call,
        windows: call.windows.map((window, rank) =>
          rank === Number(name) ? { ...window, [parameter]: value } : window,
        ),
      }
    case 'money': {
      const none = {
        acquisitionEuros: null,
        miseEnConformiteEuros: null,
        equipementEuros: null,
        provenance: NO_AMOUNT,
      }
      const money = { ...(call.money ?? none), [name]: value }
      return { ...call, money: isSame(money, none) ? null : money }
    }
    default:
      return {
        ...call,
        rules: call.rules.map(line =>
          line.code === name ? { ...line, parameters: { ...line.parameters, [parameter]: value } } : line,
        ),
      }
  }
}

/** The copy with the porteur's value; the call's own, when that is what it reports, counts as undone. */
export function report(
  call: Call,
  path: string,
  value: unknown,
  { basis, on }: { basis: string; on: Day },
): Call {
  const found = located(call).find(each => each.path === path)
  const earlier = call.reported?.find(each => each.path === path)
  const before = earlier === undefined ? (found?.value ?? null) : earlier.before
  if (isSame(before, value)) return takeBack(call, path)
  const others = (call.reported ?? []).filter(each => each.path !== path)
  return { ...withValue(call, path, value), reported: [...others, { path, basis, on, before }] }
}

/**
 * A threshold given as one figure says nothing of its exceptions by place: they stay.
 *
 * @param given as it was sent; `read`: the same, checked.
 */
export function withExceptions({ kind, value }: CallValue, given: unknown, read: unknown): unknown {
  if (kind !== 'threshold' || typeof given === 'object') return read
  return { ...(read as Threshold), exceptions: exceptionsOf(value) }
}

const exceptionsOf = (value: unknown) => (value as Threshold | null)?.exceptions ?? []

/** « 8 (Corse, Outre-mer) »: where a threshold is another; empty where it is the same everywhere. */
export const exceptionWords = ({ kind, value }: Pick<CallValue, 'kind' | 'value'>): string =>
  kind === 'threshold'
    ? exceptionsOf(value)
        .map(({ minimum, places }) => `${minimum} (${places.join(', ')})`)
        .join(', ')
    : ''

/** The copy with what the call gave, put back. */
export function takeBack(call: Call, path: string): Call {
  const own = call.reported?.find(each => each.path === path)
  if (own === undefined) return call
  return {
    ...withValue(call, path, own.before),
    reported: call.reported?.filter(each => each.path !== path),
  }
}

/** The copy with nothing reported there: what was reported was replaced by what the call gives now. */
export function withoutReports(call: Call, part: string): Call {
  const kept = call.reported?.filter(({ path }) => path !== part && !path.startsWith(`${part}.`))
  return kept === undefined ? call : { ...call, reported: kept }
}

/** What is counted against a threshold, and how many the grappe has. */
const COUNTED: Readonly<Record<string, 'ESMS' | 'OG'>> = {
  'minimum-esms.minimum': 'ESMS',
  'esms-finances.maximum': 'ESMS',
  'guichet.seuilNational': 'ESMS',
  'minimum-og.minimum': 'OG',
}

/** What reporting a value says before it is done: from what to what, and whether the grappe is past it. */
export function reportWords(
  call: Pick<Call, 'rules'>,
  { path, kind, name, value: before }: CallValue,
  value: unknown,
  grappe: Pick<Grappe, 'esms'>,
): { title: string; details: string[] } {
  const [, line, parameter] = path.split('.')
  const rule = call.rules.find(({ code }) => code === line)?.rule
  const noun = COUNTED[`${rule}.${parameter}`]
  const members = activeEsms(grappe)
  const count = noun === 'OG' ? new Set(members.map(({ ogId }) => ogId)).size : members.length
  const [was, is] = [before, value].map(each =>
    typeof each === 'object' ? ((each as Threshold | null)?.minimum ?? Infinity) : Number(each),
  )
  const isPassed = noun !== undefined && is !== undefined && is < (was ?? Infinity) && is < count
  return {
    title: `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    details: [
      `${valueWords(kind, before)} → ${valueWords(kind, value)}`,
      ...(isPassed ? [`Ce seuil passe sous ce que la grappe réunit déjà : ${count} ${noun}.`] : []),
    ],
  }
}

/** A value as a sentence shows it. */
export function valueWords(kind: ValueKind, value: unknown): string {
  if (value === null || value === undefined) return 'non connu'
  switch (kind) {
    case 'day':
      return formatDay(value as Day)
    case 'euros':
      return `${value as number} €`
    case 'threshold': {
      const { minimum, exceptions } = value as Threshold
      return [`${minimum}`, ...exceptions.map(each => `${each.minimum} (${each.places.join(', ')})`)].join(
        ', ',
      )
    }
    case 'couloirs':
      return (value as ParameterKinds['couloirs'])
        .map(({ code, domaines }) => `${code} (${domaines.join(', ')})`)
        .join(', ')
    case 'domaines':
    case 'projets':
    case 'categories':
    case 'guichets':
      return (value as readonly string[]).join(', ')
    default:
      return String(value)
  }
}

/** Longest text that says where a value of the call comes from, in characters. */
export const MAX_BASIS = 500

/** Why these words cannot be kept as where `what` comes from; null when they can. */
export function basisUnfit(basis: string, what: string): string | null {
  if (basis === '') return `Dites d’où vient ${what} : le texte, sa page.`
  return basis.length > MAX_BASIS ? `Raccourcissez ce texte : ${MAX_BASIS} caractères au plus.` : null
}
