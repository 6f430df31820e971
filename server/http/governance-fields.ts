/**
 * The parts of the governance as the fields of their forms: a list is written a line at a time. The contract
 * judges what they make.
 */
import type { FieldError } from '../../templates/pages/components.tsx'
import {
  FACTOR_CODES,
  type Governance,
  type GovernancePart,
  IDENTITY_FIELDS,
} from '../domain/governance/governance.ts'

export type GovernanceFields = Readonly<Record<string, string>>

const shown = (values: Readonly<Record<string, string | number | null>>): GovernanceFields =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value === null ? '' : `${value}`]))

/** What a new line starts with. */
const NEW_LINE: Readonly<Partial<Record<GovernancePart, GovernanceFields>>> = {
  copil: { state: 'prevue', guests: 'ARS et GRADeS' },
  risques: { state: 'a-traiter' },
}

/**
 * The form of a part as it stands.
 *
 * @param line the id of the line to change in a list; of none, the form is that of a new one.
 */
export function fieldsOfPart(governance: Governance, part: GovernancePart, line: string): GovernanceFields {
  switch (part) {
    case 'identite':
      return shown(governance.identite.value)
    case 'forme': {
      const { form, basis } = governance.forme.value
      return shown({ form, basis })
    }
    case 'facteurs': {
      const { value } = governance.facteurs
      return shown(
        Object.fromEntries(
          FACTOR_CODES.flatMap(code => [
            [`${code}.level`, value[code]?.level ?? null],
            [`${code}.next`, value[code]?.next ?? null],
          ]),
        ),
      )
    }
    case 'decisions': {
      const found = governance.decisions.value.find(({ id }) => id === line)
      if (found === undefined) return {}
      const { votes, ...decision } = found
      const counted = Object.entries(votes ?? {}).map(([name, voices]) => [`votes.${name}`, voices])
      return shown({ ...decision, ...Object.fromEntries(counted) })
    }
    default: {
      const found = governance[part].value.find(({ id }) => id === line)
      return found === undefined ? (NEW_LINE[part] ?? {}) : shown({ ...found })
    }
  }
}

const of = (fields: GovernanceFields, name: string): string => (fields[name] ?? '').trim()
const orNull = (fields: GovernanceFields, name: string): string | null => of(fields, name) || null

function number(fields: GovernanceFields, name: string): number {
  const text = of(fields, name)
  return text === '' ? 0 : /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
}

/** What the part is to say, not judged yet. `acte` « retirer » takes the line out. */
export function partOfFields(
  governance: Governance,
  part: GovernancePart,
  fields: GovernanceFields,
): unknown {
  switch (part) {
    case 'identite':
      return Object.fromEntries(IDENTITY_FIELDS.map(field => [field, orNull(fields, field)]))
    case 'forme':
      return { form: orNull(fields, 'form'), basis: orNull(fields, 'basis') }
    case 'facteurs':
      return Object.fromEntries(
        FACTOR_CODES.map(code => [
          code,
          { level: orNull(fields, `${code}.level`), next: orNull(fields, `${code}.next`) },
        ]),
      )
    default: {
      const before: readonly { id: string }[] = governance[part].value
      const id = of(fields, 'id')
      if (fields.acte === 'retirer') return before.filter(line => line.id !== id)
      const line = { id, ...lineOf(governance, part, fields) }
      const isKnown = before.some(each => each.id === id)
      return isKnown ? before.map(each => (each.id === id ? line : each)) : [...before, line]
    }
  }
}

function lineOf(
  { risques }: Governance,
  part: 'roles' | 'copil' | 'risques' | 'decisions',
  fields: GovernanceFields,
): object {
  switch (part) {
    case 'roles':
      return {
        kind: of(fields, 'kind'),
        name: of(fields, 'name'),
        position: orNull(fields, 'position'),
        contact: orNull(fields, 'contact'),
        ogId: orNull(fields, 'ogId'),
      }
    case 'copil':
      return {
        day: of(fields, 'day'),
        time: orNull(fields, 'time'),
        place: orNull(fields, 'place'),
        object: of(fields, 'object'),
        guests: orNull(fields, 'guests'),
        state: of(fields, 'state'),
        decided: orNull(fields, 'decided'),
        sequence: 0,
      }
    case 'risques':
      return {
        known: risques.value.find(({ id }) => id === fields.id)?.known ?? null,
        title: of(fields, 'title'),
        owner: orNull(fields, 'owner'),
        answer: orNull(fields, 'answer'),
        state: of(fields, 'state'),
      }
    case 'decisions': {
      const isCounted = ['pour', 'contre', 'abstention'].some(name => of(fields, `votes.${name}`) !== '')
      return {
        day: of(fields, 'day'),
        what: of(fields, 'what'),
        by: of(fields, 'by'),
        manner: orNull(fields, 'manner'),
        votes: isCounted
          ? {
              pour: number(fields, 'votes.pour'),
              contre: number(fields, 'votes.contre'),
              abstention: number(fields, 'votes.abstention'),
            }
          : null,
      }
    }
  }
}

/** The first field of each form: what names no field is told there. */
const MAIN_FIELDS: Readonly<Record<GovernancePart, string>> = {
  identite: 'public',
  forme: 'form',
  roles: 'kind',
  copil: 'day',
  risques: 'title',
  facteurs: 'finalite.level',
  decisions: 'day',
}

/** What the contract or the step refuses, beside the field that was typed. */
export function partErrors(refused: Readonly<Record<string, string>>, part: GovernancePart): FieldError[] {
  const named = Object.entries(refused).map(([path, message]) => {
    const field = path.replace(/^value\.?/, '').replace(/^\d+\.?/, '')
    return { field: field === '' || field === 'seen' ? MAIN_FIELDS[part] : field, message }
  })
  return named.filter(({ field }, at) => named.findIndex(each => each.field === field) === at)
}
