/**
 * A written call as forms, one a section: the values that a form shows, and the call that its answers make.
 * Names are those of the contract's paths, so that what it refuses is said beside the field. What a form does
 * not show stays as it is, keys of a newer version included.
 */
import type { FactCondition, Provenance, RuleLine } from './call.ts'
import { FOLLOW_UP_PREFIX, isReservedCode, RECEIVED_PIECE } from './follow-up.ts'
import { NOMENCLATURE, readCategorie } from './nomenclature.ts'
import { ruleNamed } from './rules/index.ts'
import { searchWords } from './search-words.ts'
import type { Sourced, WrittenCall } from './written-call.ts'

/** Each field's answers: none or several for boxes, one for the others. */
export type FormValues = Readonly<Record<string, readonly string[]>>

/** The call as answered, not checked yet, and what the form itself could not read, by field. */
export interface Answered {
  call: WrittenCall
  errors: Readonly<Record<string, string>>
}

interface SectionForm {
  title: string
  /** What is written there, in a few words. */
  about: string
  valuesOf(call: WrittenCall): FormValues
  answer(call: WrittenCall, values: FormValues): Answered
}

export const one = (values: FormValues, name: string): string => values[name]?.[0] ?? ''
export const all = (values: FormValues, name: string): readonly string[] => values[name] ?? []

/** What is checked, those known in the order that they had. */
function chosen(values: FormValues, name: string, known: unknown): readonly string[] {
  const before = listOf(known)
  const given = all(values, name)
  return [...before.filter(each => given.includes(each)), ...given.filter(each => !before.includes(each))]
}

const shown = (value: string | number | null | undefined): readonly string[] => [String(value ?? '')]
const box = (checked: boolean): readonly string[] => (checked ? ['oui'] : [])
export const isChecked = (values: FormValues, name: string): boolean => one(values, name) === 'oui'
const textOrNull = (values: FormValues, name: string): string | null => one(values, name).trim() || null

/** What is not a number stays as typed: the contract says what to write instead. */
function number(values: FormValues, name: string): number {
  const typed = one(values, name).replace(/\s/g, '')
  return (/^\d+$/.test(typed) ? Number(typed) : typed) as number
}

const numberOrNull = (values: FormValues, name: string): number | null =>
  one(values, name).trim() === '' ? null : number(values, name)

/** How surely a value is known, as one choice. */
export const PROVENANCE_CHOICES = ['source-H', 'source-M', 'source-L', 'hypothesis', 'carrier'] as const

function provenanceValues(name: string, provenance: Provenance | null | undefined): FormValues {
  const kind = provenance?.kind === 'source' ? `source-${provenance.confidence}` : provenance?.kind
  return { [`${name}.kind`]: shown(kind), [`${name}.reference`]: shown(provenance?.reference) }
}

/** Left empty, the value has none of its own. @param known what it had, whose other keys are kept. */
export function provenanceOf(
  values: FormValues,
  name: string,
  known: Provenance | null | undefined,
): Provenance | undefined {
  const reference = one(values, `${name}.reference`).trim()
  const choice = one(values, `${name}.kind`)
  if (reference === '' && choice === '') return undefined
  const { confidence: _, ...others } = { confidence: null, ...known }
  const [kind, confidence] = (choice === '' ? 'source-H' : choice).split('-')
  const own = kind === 'source' ? { kind, reference, confidence } : { kind, reference }
  return { ...others, ...own } as Provenance
}

/** A value with the provenance that its form gives it. */
function sourced<Value extends { provenance?: Provenance | undefined }>(
  value: Value,
  values: FormValues,
  name?: string,
): Value {
  const { provenance, ...rest } = value
  const given = provenanceOf(values, name === undefined ? 'provenance' : `${name}.provenance`, provenance)
  // Its place among the keys stays, since a file shows it.
  return (given === undefined ? rest : { ...value, provenance: given }) as Value
}

/** How many rows of a list the answers name. */
function rowsOf(values: FormValues, list: string): number {
  const ranks = Object.keys(values).flatMap(name => {
    if (!name.startsWith(`${list}.`)) return []
    const rank = Number(name.slice(list.length + 1).split('.')[0])
    return Number.isInteger(rank) ? [rank] : []
  })
  return Math.min(1 + Math.max(-1, ...ranks), 250)
}

/**
 * The rows of a list: those known, those taken out left out, and a new one when anything is typed in it.
 *
 * @param read a row from its known values, if any.
 */
function answerRows<Row>(
  values: FormValues,
  list: string,
  known: readonly Row[],
  read: (name: string, row: Row | undefined) => Row,
): Row[] {
  return Array.from({ length: rowsOf(values, list) }, (_, rank) => rank).flatMap(rank => {
    const name = `${list}.${rank}`
    if (isChecked(values, `${name}.retirer`)) return []
    const isTyped = Object.entries(values).some(
      ([field, given]) =>
        field.startsWith(`${name}.`) && !field.endsWith('.kind') && given.some(each => each.trim() !== ''),
    )
    return known[rank] !== undefined || isTyped ? [read(name, known[rank])] : []
  })
}

const merge = (...parts: readonly FormValues[]): FormValues => Object.assign({}, ...parts)

const clean = (call: WrittenCall): Answered => ({ call, errors: {} })

type Line = Sourced<RuleLine>

/** `absente`: the call does not set the rule. `inconnue`: it does, and nobody has found the value. */
export type RuleState = 'absente' | 'connue' | 'inconnue'

const lineOf = (call: WrittenCall, rule: string): Line | undefined =>
  call.rules.find(line => line.rule === rule)

/** The parameters that a call must give to the rule, unknown or not. */
const neededOf = (rule: string): readonly string[] =>
  Object.entries(ruleNamed(rule)?.parameters ?? {}).flatMap(([name, { optional }]) =>
    optional ? [] : [name],
  )

function stateOf(call: WrittenCall, rule: string): RuleState {
  const line = lineOf(call, rule)
  if (line === undefined) return 'absente'
  const needed = neededOf(rule)
  const isUnknown = needed.length > 0 && needed.every(name => (line.parameters[name] ?? null) === null)
  return isUnknown ? 'inconnue' : 'connue'
}

/** Sets, changes or takes out a rule of the call; other lines stay where they are. */
function answerRule(
  call: WrittenCall,
  values: FormValues,
  rule: string,
  parameters: (known: Readonly<Record<string, unknown>>) => Record<string, unknown> = known => ({ ...known }),
): WrittenCall {
  const state = one(values, `${rule}.etat`)
  const known = lineOf(call, rule)
  if (state === 'absente' || state === '') {
    return { ...call, rules: call.rules.filter(line => line !== known) }
  }
  const before: Line = known ?? { code: rule, rule, title: null, parameters: {} }
  const unknown = Object.fromEntries(neededOf(rule).map(name => [name, null]))
  const given =
    state === 'inconnue'
      ? { ...before.parameters, ...unknown }
      : withUnknown(parameters(before.parameters), rule)
  const line = sourced({ ...before, parameters: given }, values, rule)
  return {
    ...call,
    rules:
      known === undefined ? [...call.rules, line] : call.rules.map(each => (each === known ? line : each)),
  }
}

/**
 * Of a rule with several values, what is left empty beside one that is given is unknown. Nothing given at all
 * is left to the contract, which says what to write: « inconnue » is a choice of its own.
 */
function withUnknown(given: Record<string, unknown>, rule: string): Record<string, unknown> {
  const needed = neededOf(rule)
  const isEmpty = (value: unknown) => (value ?? '') === '' || (Array.isArray(value) && value.length === 0)
  if (needed.every(name => isEmpty(given[name]))) return given
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      needed.includes(name) && isEmpty(value) ? null : value,
    ]),
  )
}

function ruleValues(call: WrittenCall, rule: string, values: FormValues = {}): FormValues {
  return merge(
    { [`${rule}.etat`]: [stateOf(call, rule)] },
    provenanceValues(`${rule}.provenance`, lineOf(call, rule)?.provenance),
    values,
  )
}

const parametersOf = (call: WrittenCall, rule: string) => lineOf(call, rule)?.parameters ?? {}

/** A list that a rule's parameter holds; none when it is not known. */
const listOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : [])

/** Answers for an optional list: none is the same as left out. */
function optionalList(name: string, given: readonly string[], known: Readonly<Record<string, unknown>>) {
  if (given.length > 0) return { [name]: given }
  return name in known ? { [name]: null } : {}
}

interface WrittenThreshold {
  minimum?: unknown
  exceptions?: readonly { places: readonly string[]; minimum: number }[]
}

const THRESHOLDS = ['minimum-esms', 'minimum-og'] as const
const ALONE = ['seulAPartirDe', 'seulJusquA'] as const

function thresholdValues(call: WrittenCall, rule: string): FormValues {
  const parameters = parametersOf(call, rule)
  const given = parameters.minimum
  const threshold: WrittenThreshold =
    typeof given === 'object' && given !== null ? given : { minimum: given, exceptions: [] }
  return ruleValues(
    call,
    rule,
    merge(
      { [`${rule}.minimum`]: shown(threshold.minimum as number | null) },
      ...(threshold.exceptions ?? []).map(({ places, minimum }, i) => ({
        [`${rule}.exceptions.${i}.minimum`]: shown(minimum),
        [`${rule}.exceptions.${i}.places`]: places,
      })),
      ...(rule === 'minimum-og'
        ? ALONE.map(name => ({ [`${rule}.${name}`]: shown(parameters[name] as number | null) }))
        : []),
    ),
  )
}

function answerThreshold(call: WrittenCall, values: FormValues, rule: string): WrittenCall {
  return answerRule(call, values, rule, known => {
    const before = known.minimum as WrittenThreshold | null | undefined
    const exceptions = answerRows(
      values,
      `${rule}.exceptions`,
      typeof before === 'object' ? (before?.exceptions ?? []) : [],
      (name, row) => ({
        places: chosen(values, `${name}.places`, row?.places),
        minimum: number(values, `${name}.minimum`),
      }),
    )
    const alone = ALONE.flatMap((name): [string, number | null][] => {
      const given = numberOrNull(values, `${rule}.${name}`)
      return rule === 'minimum-og' && (given !== null || name in known) ? [[name, given]] : []
    })
    return {
      ...known,
      minimum: { minimum: number(values, `${rule}.minimum`), exceptions },
      ...Object.fromEntries(alone),
    }
  })
}

/** The categories that a text names, one a comma or a line; the texts that name none are errors. */
function addedCategories(text: string): { codes: string[]; unknown: string[] } {
  const named = text.split(/[,;\n]/).filter(each => each.trim() !== '')
  const found = named.map(each => ({
    each: each.trim(),
    code: readCategorie(each),
  }))
  return {
    codes: found.flatMap(({ code }) => code ?? []),
    unknown: found.flatMap(({ each, code }) => (code === null ? [each] : [])),
  }
}

const unknownCategories = (texts: readonly string[]) =>
  `Aucune catégorie, ou plusieurs, pour : ${texts.join(', ')}. Écrivez le code à trois chiffres.`

const CATEGORY_LISTS = ['admises', 'exclues'] as const

function answerCategories(call: WrittenCall, values: FormValues): Answered {
  const errors: Record<string, string> = {}
  const lists = CATEGORY_LISTS.map(list => {
    const { codes, unknown } = addedCategories(one(values, `categories.${list}.ajouter`))
    if (unknown.length > 0) {
      errors[`categories.${list}.ajouter`] = unknownCategories(unknown)
    }
    const domaine = one(values, `categories.${list}.domaine`)
    const whole = NOMENCLATURE.filter(each => each.domaine === domaine).map(({ code }) => code)
    return [list, [...new Set([...all(values, `categories.${list}`), ...codes, ...whole])]] as const
  })
  const answered = answerRule(call, values, 'categories', known => ({
    ...known,
    ...Object.fromEntries(lists),
  }))
  return { call: answered, errors }
}

const CHECKS = [
  'finess-geographique',
  'finess-unique',
  'une-seule-grappe',
  'solution-unique',
  'fenetre',
] as const

interface WrittenCouloir {
  code: string
  domaines: readonly string[]
}

const SOLUTION_LISTS = ['inscriptionSuffit', 'dispenses'] as const

const isDeclaration = ({ rule }: Line) => rule === 'declaration'

/** A code made of a name, unlike those already taken. */
export function codeFrom(name: string, taken: readonly string[]): string {
  const words = searchWords(name).join('-').slice(0, 50).replace(/-+$/, '') || 'sans-nom'
  for (let rank = 1; ; rank++) {
    const code = rank === 1 ? words : `${words}-${rank}`
    if (!taken.includes(code)) return code
  }
}

/** A name may make a code that is kept for what follows the deposit. */
const unreserved = (code: string) => (isReservedCode(code) ? `piece-${code}` : code)

function answerDeclarations(call: WrittenCall, values: FormValues): WrittenCall {
  const known = call.rules.filter(isDeclaration)
  const taken = call.rules.map(({ code }) => code)
  const lines = answerRows(values, 'declarations', known, (name, line): Line => {
    const title = textOrNull(values, `${name}.title`)
    const code = line?.code ?? codeFrom(title ?? 'declaration', taken)
    taken.push(code)
    const before: Line = line ?? { code, rule: 'declaration', title, parameters: {} }
    const enonce = textOrNull(values, `${name}.enonce`)
    const projets = optionalList(
      'projets',
      chosen(values, `${name}.projets`, before.parameters.projets),
      before.parameters,
    )
    return sourced(
      { ...before, title, parameters: { ...before.parameters, enonce, ...projets } },
      values,
      name,
    )
  })
  // Each where it was, new ones after the last.
  const left = new Map(lines.map(line => [line.code, line]))
  const rules = call.rules.flatMap(line => {
    if (!isDeclaration(line)) return [line]
    const kept = left.get(line.code)
    left.delete(line.code)
    return kept === undefined ? [] : [kept]
  })
  return { ...call, rules: [...rules, ...left.values()] }
}

export const MONEY = ['acquisitionEuros', 'miseEnConformiteEuros', 'equipementEuros'] as const

/** The place is left out where nothing is written of it, and so are the dates. */
function answerSubmission(call: WrittenCall, values: FormValues): WrittenCall {
  const { submission: before, followUp, ...rest } = call
  const lines = one(values, 'submission.steps').split(/\r?\n/)
  const place = {
    name: one(values, 'submission.name').trim(),
    url: textOrNull(values, 'submission.url'),
    steps: lines.map(line => line.trim()).filter(line => line !== ''),
  }
  const isPlaced = place.name !== '' || place.url !== null || place.steps.length > 0
  const known = followUp?.dates ?? []
  const taken = known.map(({ code }) => code)
  const dates = answerRows(values, 'followUp.dates', known, (name, date): (typeof known)[number] => {
    const title = one(values, `${name}.title`).trim()
    const code = date?.code ?? codeFrom(title, taken)
    taken.push(code)
    return sourced({ ...date, code, title, dueOn: textOrNull(values, `${name}.dueOn`) }, values, name)
  })
  const pieces = answerFollowUpPieces(followUp?.pieces ?? [], values)
  const isFollowed = followUp !== undefined || dates.length + pieces.length > 0
  return {
    ...rest,
    ...(isPlaced ? { submission: sourced({ ...before, ...place }, values, 'submission') } : {}),
    ...(isFollowed ? { followUp: { ...followUp, dates, pieces } } : {}),
  }
}

/** Left out where no number is written: the porteur then says it for its grappe, or the product for all. */
function answerRetention(call: WrittenCall, values: FormValues): WrittenCall {
  const { retention: before, ...rest } = call
  const months = numberOrNull(values, 'retention.months')
  if (months === null) return rest
  return { ...rest, retention: sourced({ ...before, months }, values, 'retention') }
}

/** What is received after the deposit: its formats and its size are those of any such piece. */
function answerFollowUpPieces(known: readonly WrittenPiece[], values: FormValues): WrittenPiece[] {
  const taken = known.map(({ code }) => code)
  return answerRows(values, 'followUp.pieces', known, (name, piece): WrittenPiece => {
    const title = one(values, `${name}.name`).trim()
    const code = piece?.code ?? codeFrom(`${FOLLOW_UP_PREFIX}${title}`, taken)
    taken.push(code)
    const written: WrittenPiece = {
      ...(piece ?? RECEIVED_PIECE),
      code,
      name: title,
      explanation: one(values, `${name}.explanation`).trim(),
      deadlineOn: textOrNull(values, `${name}.deadlineOn`),
    }
    return sourced(written, values, name)
  })
}

const SECTION_FORMS = {
  identite: {
    title: 'Identité et région',
    about: 'Titre, résumé, région, fuseau horaire, texte d’où tout vient',
    valuesOf: call =>
      merge(
        {
          title: [call.title],
          summary: [call.summary],
          region: shown(call.region),
          timeZone: [call.timeZone],
          fictional: box(call.fictional),
        },
        provenanceValues('provenance', call.provenance),
        provenanceValues('regionProvenance', call.regionProvenance),
      ),
    answer: (call, values) =>
      clean({
        ...call,
        title: one(values, 'title'),
        summary: one(values, 'summary'),
        region: textOrNull(values, 'region'),
        timeZone: one(values, 'timeZone'),
        fictional: isChecked(values, 'fictional'),
        provenance: provenanceOf(values, 'provenance', call.provenance) ?? null,
        regionProvenance: provenanceOf(values, 'regionProvenance', call.regionProvenance) ?? null,
      }),
  },
  fenetres: {
    title: 'Fenêtres de dépôt',
    about: 'Une ou plusieurs, l’une après l’autre',
    valuesOf: call =>
      merge(
        ...call.windows.map((window, i) =>
          merge(
            {
              [`windows.${i}.label`]: shown(window.label),
              [`windows.${i}.opensOn`]: shown(window.opensOn),
              [`windows.${i}.closesOn`]: shown(window.closesOn),
            },
            provenanceValues(`windows.${i}.provenance`, window.provenance),
          ),
        ),
      ),
    answer: (call, values) =>
      clean({
        ...call,
        windows: answerRows(values, 'windows', call.windows, (name, window) =>
          sourced(
            {
              ...window,
              label: textOrNull(values, `${name}.label`),
              opensOn: textOrNull(values, `${name}.opensOn`),
              closesOn: textOrNull(values, `${name}.closesOn`),
            },
            values,
            name,
          ),
        ),
      }),
  },
  seuils: {
    title: 'Seuils',
    about: 'Nombres d’ESMS et d’OG, exceptions par territoire',
    valuesOf: call => {
      const { seuilNational, guichets } = parametersOf(call, 'guichet')
      return merge(
        ...THRESHOLDS.map(rule => thresholdValues(call, rule)),
        ruleValues(call, 'esms-finances', {
          'esms-finances.maximum': shown(parametersOf(call, 'esms-finances').maximum as number | null),
        }),
        ruleValues(call, 'guichet', {
          'guichet.seuilNational': shown(seuilNational as number | null),
          'guichet.guichets': listOf(guichets),
        }),
      )
    },
    answer: (call, values) => {
      const thresholds = THRESHOLDS.reduce((each, rule) => answerThreshold(each, values, rule), call)
      const funded = answerRule(thresholds, values, 'esms-finances', known => ({
        ...known,
        maximum: number(values, 'esms-finances.maximum'),
      }))
      return clean(
        answerRule(funded, values, 'guichet', known => ({
          ...known,
          seuilNational: number(values, 'guichet.seuilNational'),
          guichets: chosen(values, 'guichet.guichets', known.guichets),
        })),
      )
    },
  },
  publics: {
    title: 'Domaines, projets et catégories',
    about: 'Quels ESMS l’appel admet',
    valuesOf: call =>
      merge(
        ruleValues(call, 'domaines', {
          'domaines.domaines': listOf(parametersOf(call, 'domaines').domaines),
        }),
        ruleValues(call, 'projets', { 'projets.projets': listOf(parametersOf(call, 'projets').projets) }),
        ruleValues(
          call,
          'categories',
          Object.fromEntries(
            CATEGORY_LISTS.map(list => [
              `categories.${list}`,
              listOf(parametersOf(call, 'categories')[list]),
            ]),
          ),
        ),
      ),
    answer: (call, values) => {
      const domaines = answerRule(call, values, 'domaines', known => ({
        ...known,
        domaines: chosen(values, 'domaines.domaines', known.domaines),
      }))
      const projets = answerRule(domaines, values, 'projets', known => ({
        ...known,
        projets: chosen(values, 'projets.projets', known.projets),
      }))
      return answerCategories(projets, values)
    },
  },
  controles: {
    title: 'Contrôles',
    about: 'Numéros FINESS, solution DUI, région, dates',
    valuesOf: call => {
      const solution = parametersOf(call, 'solution-referencee')
      const couloirs = Array.isArray(solution.couloirs) ? (solution.couloirs as WrittenCouloir[]) : []
      return merge(
        ...CHECKS.map(rule => ruleValues(call, rule)),
        ruleValues(call, 'region', { 'region.region': shown(parametersOf(call, 'region').region as string) }),
        ruleValues(
          call,
          'solution-referencee',
          merge(
            ...couloirs.map(({ code, domaines }, i) => ({
              [`solution-referencee.couloirs.${i}.code`]: [code],
              [`solution-referencee.couloirs.${i}.domaines`]: domaines,
            })),
            ...SOLUTION_LISTS.map(list => ({ [`solution-referencee.${list}`]: listOf(solution[list]) })),
          ),
        ),
      )
    },
    answer: (call, values) => {
      const checked = CHECKS.reduce((each, rule) => answerRule(each, values, rule), call)
      const placed = answerRule(checked, values, 'region', known => {
        const region = textOrNull(values, 'region.region')
        return region === null && !('region' in known) ? { ...known } : { ...known, region }
      })
      return clean(
        answerRule(placed, values, 'solution-referencee', known => ({
          ...known,
          couloirs: answerRows(
            values,
            'solution-referencee.couloirs',
            Array.isArray(known.couloirs) ? (known.couloirs as WrittenCouloir[]) : [],
            (name, row) => ({
              code: one(values, `${name}.code`),
              domaines: chosen(values, `${name}.domaines`, row?.domaines),
            }),
          ),
          ...Object.assign(
            {},
            ...SOLUTION_LISTS.map(list =>
              optionalList(list, chosen(values, `solution-referencee.${list}`, known[list]), known),
            ),
          ),
        })),
      )
    },
  },
  declarations: {
    title: 'Déclarations',
    about: 'Ce que chaque ESMS confirme lui-même',
    valuesOf: call =>
      merge(
        ...call.rules.filter(isDeclaration).map((line, i) =>
          merge(
            {
              [`declarations.${i}.title`]: shown(line.title),
              [`declarations.${i}.enonce`]: shown(line.parameters.enonce as string | null),
              [`declarations.${i}.projets`]: listOf(line.parameters.projets),
            },
            provenanceValues(`declarations.${i}.provenance`, line.provenance),
          ),
        ),
      ),
    answer: (call, values) => clean(answerDeclarations(call, values)),
  },
  montants: {
    title: 'Montants',
    about: 'Ce que l’appel verse pour chaque ESMS',
    valuesOf: call =>
      merge(
        { 'money.etat': [call.money === null ? 'inconnus' : 'connus'] },
        ...MONEY.map(name => ({ [`money.${name}`]: shown(call.money?.[name]) })),
        provenanceValues('money.provenance', call.money?.provenance),
      ),
    answer: (call, values) => {
      if (one(values, 'money.etat') !== 'connus') return clean({ ...call, money: null })
      const [acquisitionEuros, miseEnConformiteEuros, equipementEuros] = MONEY.map(name =>
        numberOrNull(values, `money.${name}`),
      ) as [number | null, number | null, number | null]
      const money = { ...call.money, acquisitionEuros, miseEnConformiteEuros, equipementEuros }
      return clean({ ...call, money: sourced(money, values, 'money') })
    },
  },
  depot: {
    title: 'Dépôt et suites',
    about: 'Où le dossier se dépose, en quelles étapes, et ce que l’appel date ou attend ensuite',
    valuesOf: ({ submission, followUp }) =>
      merge(
        {
          'submission.name': shown(submission?.name),
          'submission.url': shown(submission?.url),
          'submission.steps': [(submission?.steps ?? []).join('\n')],
        },
        provenanceValues('submission.provenance', submission?.provenance),
        ...(followUp?.dates ?? []).map(({ title, dueOn, provenance }, i) =>
          merge(
            {
              [`followUp.dates.${i}.title`]: [title],
              [`followUp.dates.${i}.dueOn`]: shown(dueOn),
            },
            provenanceValues(`followUp.dates.${i}.provenance`, provenance),
          ),
        ),
        ...(followUp?.pieces ?? []).map(({ name, explanation, deadlineOn, provenance }, i) =>
          merge(
            {
              [`followUp.pieces.${i}.name`]: [name],
              [`followUp.pieces.${i}.explanation`]: [explanation],
              [`followUp.pieces.${i}.deadlineOn`]: shown(deadlineOn),
            },
            provenanceValues(`followUp.pieces.${i}.provenance`, provenance),
          ),
        ),
      ),
    answer: (call, values) => clean(answerSubmission(call, values)),
  },
  conservation: {
    title: 'Conservation',
    about: 'Combien de mois chaque grappe est gardée après la dernière clôture',
    valuesOf: ({ retention }) =>
      merge(
        { 'retention.months': shown(retention?.months) },
        provenanceValues('retention.provenance', retention?.provenance),
      ),
    answer: (call, values) => clean(answerRetention(call, values)),
  },
  recommandations: {
    title: 'Recommandations',
    about: 'Ce qui est conseillé et jamais jugé',
    valuesOf: call =>
      merge(
        ...call.recommendations.map((each, i) =>
          merge(
            { [`recommendations.${i}.text`]: [each.text] },
            provenanceValues(`recommendations.${i}.provenance`, each.provenance),
          ),
        ),
      ),
    answer: (call, values) =>
      clean({
        ...call,
        recommendations: answerRows(values, 'recommendations', call.recommendations, (name, each) =>
          sourced({ ...each, text: one(values, `${name}.text`) }, values, name),
        ),
      }),
  },
} as const satisfies Record<string, SectionForm>

export type CallSection = keyof typeof SECTION_FORMS
export const CALL_SECTIONS = Object.keys(SECTION_FORMS) as CallSection[]

export const sectionForm = (section: CallSection): SectionForm => SECTION_FORMS[section]

type WrittenPiece = WrittenCall['pieces'][number]

/** The form of one piece: everything but its code, which stays, and whom it concerns, which has its page. */
export function pieceValues(piece: WrittenPiece | null): FormValues {
  return merge(
    {
      name: shown(piece?.name),
      explanation: shown(piece?.explanation),
      scope: shown(piece?.scope),
      required: [piece === null || piece.required ? 'oui' : 'non'],
      severalFiles: box(piece?.severalFiles ?? false),
      exceptPorteur: box(piece?.exceptPorteur ?? false),
      formats: piece?.formats ?? ['pdf'],
      maxFileMb: shown(piece?.maxFileMb ?? 20),
      signatory: shown(piece?.signatory),
      deadlineOn: shown(piece?.deadlineOn),
      modelUrl: shown(piece?.modelUrl),
    },
    provenanceValues('provenance', piece?.provenance),
  )
}

/** @param index of the piece in the call; one more than the last adds it. */
export function answerPiece(call: WrittenCall, values: FormValues, index: number): WrittenCall {
  const known = call.pieces[index]
  const { exceptPorteur: spared, ...others } = known ?? {}
  const isSpared = isChecked(values, 'exceptPorteur')
  const piece = {
    // What the file does not say is not written.
    ...(isSpared || spared === false ? known : others),
    ...(isSpared ? { exceptPorteur: true } : {}),
    code:
      known?.code ??
      (one(values, 'code').trim() ||
        unreserved(
          codeFrom(
            one(values, 'name'),
            call.pieces.map(({ code }) => code),
          ),
        )),
    name: one(values, 'name'),
    explanation: one(values, 'explanation'),
    scope: one(values, 'scope') as WrittenPiece['scope'],
    condition: known?.condition ?? null,
    required: one(values, 'required') !== 'non',
    severalFiles: isChecked(values, 'severalFiles'),
    formats: chosen(values, 'formats', known?.formats) as WrittenPiece['formats'],
    maxFileMb: number(values, 'maxFileMb'),
    signatory: textOrNull(values, 'signatory'),
    deadlineOn: textOrNull(values, 'deadlineOn'),
    modelUrl: textOrNull(values, 'modelUrl'),
  }
  const whole = sourced<WrittenPiece>(piece, values)
  return {
    ...call,
    pieces:
      known === undefined
        ? [...call.pieces, whole]
        : call.pieces.map(each => (each === known ? whole : each)),
  }
}

export const limitsValues = (call: WrittenCall): FormValues =>
  provenanceValues('limitsProvenance', call.limitsProvenance)

/** Where the pieces' formats, sizes and signatories come from. */
export function withLimits(call: WrittenCall, values: FormValues): WrittenCall {
  const { limitsProvenance, ...rest } = call
  const given = provenanceOf(values, 'limitsProvenance', limitsProvenance)
  return given === undefined ? rest : { ...rest, limitsProvenance: given }
}

type AnsweredFact = { ok: true; fact: FactCondition } | { ok: false; field: string; message: string }

/** The fact that a form adds to a condition, or what to answer instead. */
export function answerFact(values: FormValues): AnsweredFact {
  const fact = one(values, 'fait')
  const missing = (message: string): AnsweredFact => ({ ok: false, field: fact, message })
  switch (fact) {
    case 'domaines':
    case 'projets':
    case 'regions': {
      const chosen = all(values, fact)
      return chosen.length === 0
        ? missing('Cochez au moins une réponse.')
        : { ok: true, fact: { [fact]: chosen } as unknown as FactCondition }
    }
    case 'categories': {
      const { codes, unknown } = addedCategories(one(values, 'categories'))
      if (unknown.length > 0) return missing(unknownCategories(unknown))
      return codes.length === 0
        ? missing('Nommez au moins une catégorie.')
        : { ok: true, fact: { categories: [...new Set(codes)] } }
    }
    case 'tailleOg':
    case 'nombreOg':
      return answerSpan(values, fact)
    case 'declaration': {
      const reponse = one(values, 'reponse')
      const code = one(values, 'declaration')
      if (code === '') return missing('Choisissez une déclaration.')
      return reponse === ''
        ? { ok: false, field: 'reponse', message: 'Choisissez oui ou non.' }
        : { ok: true, fact: { declaration: code, reponse: reponse === 'oui' } }
    }
    default:
      return { ok: false, field: 'contenu', message: 'Choisissez un fait.' }
  }
}

function answerSpan(values: FormValues, fact: 'tailleOg' | 'nombreOg'): AnsweredFact {
  const [min, max] = [numberOrNull(values, `${fact}.min`), numberOrNull(values, `${fact}.max`)]
  const isCount = (value: number | null) => value === null || (Number.isInteger(value) && value >= 1)
  if (!isCount(min) || !isCount(max)) {
    const field = `${fact}.${isCount(min) ? 'max' : 'min'}`
    return { ok: false, field, message: 'Écrivez un nombre entier à partir de 1.' }
  }
  if (min === null && max === null) {
    return { ok: false, field: `${fact}.min`, message: 'Donnez un minimum, un maximum ou les deux.' }
  }
  if (min !== null && max !== null && min > max) {
    return { ok: false, field: `${fact}.max`, message: 'Mettez le maximum après le minimum.' }
  }
  return { ok: true, fact: { [fact]: { min, max } } as unknown as FactCondition }
}

/** Where a contract's problem is said: the section, or the piece, and the field there. */
export interface ProblemPlace {
  section: CallSection | 'pieces'
  /** Index of the piece; null elsewhere. */
  piece: number | null
  field: string
}

const SECTION_OF_RULE: Readonly<Record<string, CallSection>> = {
  'minimum-esms': 'seuils',
  'minimum-og': 'seuils',
  'esms-finances': 'seuils',
  guichet: 'seuils',
  domaines: 'publics',
  projets: 'publics',
  categories: 'publics',
  declaration: 'declarations',
}

/** @param path as the contract gives it. */
export function placeOf(path: readonly (string | number)[], call: WrittenCall): ProblemPlace {
  const [name, rank, ...rest] = path
  const field = path.join('.')
  // What a program sends may not be a call at all.
  const isCall = Array.isArray(call?.rules) && call.rules.every(line => typeof line?.rule === 'string')
  if (!isCall) return { section: 'identite', piece: null, field }
  switch (name) {
    case 'windows':
      return { section: 'fenetres', piece: null, field }
    case 'money':
      return { section: 'montants', piece: null, field }
    case 'recommendations':
      return { section: 'recommandations', piece: null, field }
    case 'submission':
      // The steps are one field, a line each.
      return { section: 'depot', piece: null, field: [name, rank].filter(Boolean).join('.') }
    case 'followUp':
      return { section: 'depot', piece: null, field }
    case 'retention':
      return { section: 'conservation', piece: null, field }
    case 'pieces':
    case 'limitsProvenance':
      return typeof rank === 'number'
        ? { section: 'pieces', piece: rank, field: rest.join('.') }
        : { section: 'pieces', piece: null, field: name }
    case 'rules': {
      const line = typeof rank === 'number' ? call.rules[rank] : undefined
      if (line === undefined) return { section: 'controles', piece: null, field }
      const within = rest[0] === 'parameters' ? rest.slice(1) : rest
      const at =
        line.rule === 'declaration'
          ? `declarations.${call.rules.filter(isDeclaration).indexOf(line)}`
          : line.rule
      // A threshold is one field with its exceptions: `minimum.minimum` is that field.
      const names =
        within[0] === 'minimum' ? [within[1] === 'exceptions' ? within.slice(1) : ['minimum']].flat() : within
      return {
        section: SECTION_OF_RULE[line.rule] ?? 'controles',
        piece: null,
        field: [at, ...names].join('.'),
      }
    }
    default:
      return { section: 'identite', piece: null, field }
  }
}

/** A call to write from nothing: the checks that this tool makes by itself, and nothing that a text says. */
export function emptyCall(title: string, code: string, provenance: Provenance | null): WrittenCall {
  const own = (rule: string, reference: string): Line => ({
    code: rule,
    rule,
    title: null,
    parameters: {},
    provenance: { kind: 'hypothesis', reference },
  })
  return {
    code,
    title,
    fictional: false,
    summary: '',
    provenance,
    region: null,
    regionProvenance: null,
    timeZone: 'Europe/Paris',
    windows: [{ label: null, opensOn: null, closesOn: null }],
    rules: [
      own('finess-unique', 'Contrôle de cet outil : un numéro ne compte pas deux fois'),
      own(
        'une-seule-grappe',
        'Contrôle de cet outil, qui ne voit que les grappes de ce serveur : un ESMS n’est pas financé ' +
          'deux fois',
      ),
      { code: 'fenetre', rule: 'fenetre', title: null, parameters: {} },
    ],
    money: null,
    pieces: [],
    recommendations: [],
  }
}
