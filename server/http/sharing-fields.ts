/**
 * A clé de répartition as the fields of its form: euros and percents as people write them, a row for each
 * cost. The contract judges what they make.
 */
import type { FieldError } from '../../templates/pages/components.tsx'
import { MEASURES, type SharingKey, TYPED_MEASURES } from '../domain/sharing/key.ts'
import type { SharingPreset } from '../domain/sharing/presets.ts'

export type SharingFields = Readonly<Record<string, string>>

const decimal = (hundredths: number): string =>
  hundredths % 100 === 0 ? String(hundredths / 100) : (hundredths / 100).toFixed(2).replace('.', ',')

const typed = (value: number | null): string => (value === null ? '' : String(value))

/** A form of nothing: what has no answer of its own is not chosen for the porteur. */
const EMPTY: SharingFields = { between: 'og', rule: 'parts', 'subsidy.kind': '' }

export function fieldsOfKey(key: SharingKey | null): SharingFields {
  if (key === null) return EMPTY
  const { costs, between, rule, outside, subsidy, source } = key
  const rate = rule.kind === 'forfait' ? rule.rate : rule.called
  const named = costs.flatMap(({ label, kind, cents, projet }, at): [string, string][] => [
    [`costs.${at}.label`, label],
    [`costs.${at}.kind`, kind],
    [`costs.${at}.cents`, decimal(cents)],
    [`costs.${at}.projet`, projet ?? ''],
  ])
  const parts = rule.kind === 'forfait' ? [] : rule.parts
  return {
    ...Object.fromEntries(named),
    ...Object.fromEntries(parts.map(({ measure, points }) => [`parts.${measure}`, decimal(points)])),
    between,
    rule: rule.kind,
    capCents: rule.kind === 'forfait' || rule.capCents === null ? '' : decimal(rule.capCents),
    'rate.cents': rate === null ? '' : decimal(rate.cents),
    'rate.nothingUnder': typed(rate?.nothingUnder ?? null),
    'rate.atMost': typed(rate?.atMost ?? null),
    'outside.by': outside?.by ?? '',
    'outside.points': outside === null ? '' : decimal(outside.points),
    'subsidy.kind': subsidy?.kind ?? '',
    'subsidy.cents': subsidy?.kind === 'porteur' ? decimal(subsidy.cents) : '',
    'subsidy.basis': subsidy?.kind === 'porteur' ? subsidy.basis : '',
    source: source ?? '',
  }
}

/** What a preset says, in the place of what the form had: costs and the subsidy stay. */
export function withPreset(fields: SharingFields, preset: SharingPreset): SharingFields {
  const { between, rule, parts, rate, outside, source } = preset
  const known = (value: number | null | undefined) => (value == null ? '' : decimal(value))
  return {
    ...fields,
    ...Object.fromEntries(
      MEASURES.map(measure => [
        `parts.${measure}`,
        known(parts.find(part => part.measure === measure)?.points),
      ]),
    ),
    between,
    rule,
    capCents: '',
    'rate.cents': known(rate?.cents),
    'rate.nothingUnder': typed(rate?.nothingUnder ?? null),
    'rate.atMost': typed(rate?.atMost ?? null),
    'outside.by': outside?.by ?? '',
    'outside.points': known(outside?.points),
    source,
  }
}

/** Hundredths of what was typed, such as « 1 234,56 € »; NaN when it is no such number. */
export function hundredths(text: string): number {
  const plain = text.replace(/[\s%€]/g, '').replace(',', '.')
  return /^\d+(\.\d{1,2})?$/.test(plain) ? Math.round(Number(plain) * 100) : Number.NaN
}

function whole(text: string): number {
  const plain = text.replace(/\s/g, '')
  return /^\d+$/.test(plain) ? Number(plain) : Number.NaN
}

const of = (fields: SharingFields, name: string) => (fields[name] ?? '').trim()
const unlessBlank = <Value>(fields: SharingFields, name: string, read: (text: string) => Value) =>
  of(fields, name) === '' ? null : read(of(fields, name))

/** The rows of costs in which something is typed. */
function costRows(fields: SharingFields): number[] {
  const rows = Object.keys(fields).flatMap(name => /^costs\.(\d{1,3})\.label$/.exec(name)?.[1] ?? [])
  return rows
    .map(Number)
    .filter(row => of(fields, `costs.${row}.label`) !== '' || of(fields, `costs.${row}.cents`) !== '')
    .toSorted((a, b) => a - b)
}

/** How many rows of costs a form shows: those typed, and two that are free. */
export const shownCostRows = (fields: SharingFields): number => (costRows(fields).at(-1) ?? -1) + 3

const rateOf = (fields: SharingFields) => ({
  cents: hundredths(of(fields, 'rate.cents')),
  nothingUnder: unlessBlank(fields, 'rate.nothingUnder', whole),
  atMost: unlessBlank(fields, 'rate.atMost', whole),
})

/** The key that the form makes, not judged yet. @param measures those kept: they have a form of their own. */
export function keyOfFields(fields: SharingFields, measures: SharingKey['measures']): unknown {
  const isFlat = of(fields, 'rule') === 'forfait'
  const isCalled = ['cents', 'nothingUnder', 'atMost'].some(name => of(fields, `rate.${name}`) !== '')
  const hasOutside = of(fields, 'outside.by') !== '' || of(fields, 'outside.points') !== ''
  const kind = of(fields, 'subsidy.kind')
  return {
    costs: costRows(fields).map(row => ({
      label: of(fields, `costs.${row}.label`),
      kind: of(fields, `costs.${row}.kind`),
      cents: hundredths(of(fields, `costs.${row}.cents`)),
      projet: of(fields, `costs.${row}.projet`) || null,
    })),
    between: of(fields, 'between'),
    rule: isFlat
      ? { kind: 'forfait', rate: rateOf(fields) }
      : {
          kind: of(fields, 'rule'),
          parts: MEASURES.flatMap(measure => {
            const points = unlessBlank(fields, `parts.${measure}`, hundredths)
            return points === null ? [] : [{ measure, points }]
          }),
          capCents: unlessBlank(fields, 'capCents', hundredths),
          called: isCalled ? rateOf(fields) : null,
        },
    outside: hasOutside
      ? { by: of(fields, 'outside.by'), points: hundredths(of(fields, 'outside.points')) }
      : null,
    subsidy:
      kind === ''
        ? null
        : kind === 'porteur'
          ? { kind, cents: hundredths(of(fields, 'subsidy.cents')), basis: of(fields, 'subsidy.basis') }
          : { kind },
    measures,
    source: of(fields, 'source') || null,
  }
}

/**
 * The measures that a form of them makes, one field each, named `measures.ID.MEASURE`: one left blank is
 * unknown. What the form does not show stays.
 */
export function measuresOfFields(fields: SharingFields, known: SharingKey['measures']): unknown {
  const all: Record<string, Record<string, number>> = structuredClone(known) as never
  for (const name of Object.keys(fields)) {
    const [, id = '', measure = ''] = /^measures\.([0-9a-f-]{36})\.(\w+)$/.exec(name) ?? []
    if (!TYPED_MEASURES.some(each => each === measure)) continue
    const { [measure]: _, ...others } = all[id] ?? {}
    const value = unlessBlank(fields, name, whole)
    all[id] = value === null ? others : { ...others, [measure]: value }
  }
  return all
}

/** What the contract or the step refuses, beside the field that was typed. */
export function fieldErrorsOf(
  refused: Readonly<Record<string, string>>,
  fields: SharingFields,
): FieldError[] {
  const rows = costRows(fields)
  return Object.entries(refused).map(([path, message]) => {
    const [first = '', second = '', ...rest] = path.replace(/^key\./, '').split('.')
    const field =
      first === 'costs'
        ? ['costs', rows[Number(second)] ?? 0, ...(rest.length === 0 ? ['label'] : rest)].join('.')
        : first === 'rule'
          ? ruleField(second, rest, fields)
          : first === 'subsidy' && second === ''
            ? 'subsidy.kind'
            : [first, second, ...rest].filter(Boolean).join('.')
    return { field, message }
  })
}

function ruleField(name: string, rest: readonly string[], fields: SharingFields): string {
  if (name === 'called' || name === 'rate') return `rate.${rest[0] ?? 'cents'}`
  if (name !== 'parts') return name === '' || name === 'kind' ? 'rule' : name
  const typed = MEASURES.filter(measure => of(fields, `parts.${measure}`) !== '')
  return `parts.${typed[Number(rest[0])] ?? MEASURES[0]}`
}
