/**
 * A call as written in `templates/calls/*.yaml` or on screen, and as stored with a grappe. Messages are
 * French and say what to write instead, because the people who write calls are porteurs and ARS.
 *
 * Keys that this version does not know are kept and named: a file may come from a newer one.
 */
import * as z from 'zod'
import {
  type Call,
  type CallTemplate,
  type Condition,
  DOMAINES,
  FORMATS,
  PROJETS,
  type Provenance,
  type RuleLine,
  SCOPES,
} from '../../server/domain/call.ts'
import { conditionFlaw } from '../../server/domain/condition.ts'
import { addDays, isDay, isTimeZone } from '../../server/domain/deadline.ts'
import { FOLLOW_UP_PREFIX, isReservedCode, PROOF_CODE } from '../../server/domain/follow-up.ts'
import { OUTRE_MER, REGIONS } from '../../server/domain/regions.ts'
import { MAX_BASIS, type ValueKind } from '../../server/domain/reported.ts'
import { LEAST_MONTHS, MOST_MONTHS } from '../../server/domain/retention.ts'
import { RULES, ruleNamed } from '../../server/domain/rules/index.ts'
import type { ParameterKinds, Rule } from '../../server/domain/rules/rule.ts'
import {
  completeCall,
  isRelativeDay,
  type Sourced,
  type WrittenCall,
} from '../../server/domain/written-call.ts'
import { ask, code, count, type FileProblem, inFrench, listOf, oneOf, readBy, text } from './hand-written.ts'

export const MAX_PIECES = 200
const MAX_WINDOWS = 6
const MAX_STEPS = 30
const MAX_FOLLOW_UPS = 60

/** What differs between the ways of reading a call. */
interface Reading {
  /** Whether unknown keys are refused: to name them; they are kept otherwise. */
  strict: boolean
  /** Whether days may be relative. */
  relative: boolean
  /** Whether it may lack what will still be written. */
  draft: boolean
}

const MENDS_PROVENANCE =
  'dites d’où cela vient : kind source (avec reference et confidence), hypothesis ou carrier (avec reference)'

const realDay = z
  .string(ask('écrivez un jour entre guillemets, comme "2023-09-15"'))
  .refine(isDay, 'écrivez un jour qui existe, sous la forme "2023-09-15", sans heure')

const templateDay = z
  .string(ask('écrivez un jour entre guillemets, comme "2023-09-15" ou "J+45"'))
  .refine(
    day => isDay(day) || isRelativeDay(day),
    'écrivez un jour qui existe, sous la forme "2023-09-15", ou un décalage comme "J-30" ou ' +
      '"J+45", sans heure',
  )

const [firstRegion = '', ...otherRegions] = REGIONS
const region = oneOf([firstRegion, ...otherRegions])
const place = oneOf([OUTRE_MER, ...REGIONS])

const categories = listOf(
  z
    .string(ask('écrivez chaque code entre guillemets'))
    .regex(/^\d{3}$/, 'écrivez un code de trois chiffres entre guillemets, comme "500"'),
)

/** How each kind of rule parameter is written. */
const KINDS: { [Kind in keyof ParameterKinds]: z.ZodType<ParameterKinds[Kind]> } = {
  count,
  threshold: z.union(
    [
      count.transform(minimum => ({ minimum, exceptions: [] })),
      z.strictObject({
        minimum: count,
        exceptions: z.array(z.strictObject({ places: listOf(place), minimum: count })).default([]),
      }),
    ],
    ask(
      'écrivez un nombre entier à partir de 1, ou minimum et exceptions (places parmi : ' +
        `${OUTRE_MER}, ${REGIONS.join(', ')})`,
    ),
  ),
  text: text(500),
  region,
  domaines: listOf(oneOf(DOMAINES)),
  projets: listOf(oneOf(PROJETS)),
  categories,
  couloirs: listOf(z.strictObject({ code: text(20), domaines: listOf(oneOf(DOMAINES)) })),
  guichets: listOf(oneOf(['regional', 'national'])),
}

const euros = z
  .int(ask('écrivez un montant en euros entiers, ou null s’il est inconnu'))
  .min(0, 'écrivez un montant en euros entiers, à partir de 0')
  .max(1_000_000_000, 'ce montant est trop grand')
  .nullable()

const span = z
  .strictObject({ min: count.nullable().default(null), max: count.nullable().default(null) })
  .refine(({ min, max }) => min !== null || max !== null, 'donnez un minimum, un maximum ou les deux')
  .refine(({ min, max }) => min === null || max === null || min <= max, 'mettez le maximum après le minimum')

/** A fact in each key; several keys at once must all hold, as in the first calls. */
const FACTS = {
  domaines: listOf(oneOf(DOMAINES)).optional(),
  projets: listOf(oneOf(PROJETS)).optional(),
  categories: categories.optional(),
  regions: listOf(place).optional(),
  tailleOg: span.optional(),
  nombreOg: span.optional(),
  declaration: code.optional(),
  reponse: z.boolean(ask('écrivez true (oui) ou false (non)')).optional(),
}

const TOO_DEEP = 'joignez par et puis par ou, sur deux niveaux au plus'

const facts = z.strictObject({
  ...FACTS,
  et: z.never(TOO_DEEP).optional(),
  ou: z.never(TOO_DEEP).optional(),
})
const group = z.strictObject({ ...FACTS, et: listOf(facts).optional(), ou: listOf(facts).optional() })
const tree = z.strictObject({ ...FACTS, et: listOf(group).optional(), ou: listOf(group).optional() })

/** A tree as parsed, before it is brought to its one form. */
type Loose = Omit<z.infer<typeof facts>, 'et' | 'ou'> & {
  et?: Loose[] | undefined
  ou?: Loose[] | undefined
}
interface Branch {
  et?: Branch[]
  ou?: Branch[]
  [fact: string]: unknown
}

/** Joins what is joined alike and drops joints of one: two ways of writing a condition become one. */
function joinAll(joint: 'et' | 'ou', parts: readonly Branch[]): Branch {
  const flat = parts.flatMap((part): Branch[] => part[joint] ?? [part])
  const [only] = flat
  return flat.length === 1 && only !== undefined ? only : { [joint]: flat }
}

function normalise({ et, ou, declaration, reponse, ...others }: Loose): Branch {
  const given = Object.entries(others).filter(([, value]) => value !== undefined)
  const parts: Branch[] = given.map(([name, value]) => ({ [name]: value }))
  if (declaration !== undefined) parts.push({ declaration, reponse: reponse ?? true })
  if (et !== undefined) parts.push(joinAll('et', et.map(normalise)))
  if (ou !== undefined) parts.push(joinAll('ou', ou.map(normalise)))
  return joinAll('et', parts)
}

const depthOf = (branch: Branch): number => {
  const parts = branch.et ?? branch.ou
  return parts === undefined ? 0 : 1 + Math.max(0, ...parts.map(depthOf))
}

const condition = tree.transform((loose, context): Condition => {
  const branch = normalise(loose)
  const isEmpty = (part: Branch): boolean => {
    const parts = part.et ?? part.ou
    return parts === undefined ? Object.keys(part).length === 0 : parts.length === 0 || parts.some(isEmpty)
  }
  if (isEmpty(branch)) {
    context.addIssue({ code: 'custom', message: 'dites qui est concerné, ou écrivez null pour tous' })
  } else if (depthOf(branch) > 2) {
    context.addIssue({ code: 'custom', message: TOO_DEEP })
  }
  // The type says what was just checked.
  return branch as unknown as Condition
})

/** @returns null when it is no condition. */
export function readCondition(value: unknown): Condition | null {
  const read = condition.safeParse(value)
  return read.success ? read.data : null
}

function schemaFor({ strict, relative, draft }: Reading) {
  const object = <Shape extends z.ZodRawShape>(shape: Shape) =>
    strict ? z.strictObject(shape) : (z.looseObject(shape) as unknown as z.ZodObject<Shape>)
  const day = relative ? templateDay : realDay
  /** What a call holds one of at least, once it is written. */
  const some = <Item extends z.ZodType>(item: Item) =>
    draft ? z.array(item, ask('écrivez une liste')) : listOf(item)

  const given = [
    object({
      kind: z.literal('source'),
      reference: text(500),
      confidence: oneOf(['H', 'M', 'L']),
    }),
    object({ kind: z.literal('hypothesis'), reference: text(500) }),
    object({ kind: z.literal('carrier'), reference: text(500) }),
  ] as const
  const adapted = object({
    kind: z.literal('adapted'),
    reference: text(500),
    on: realDay,
    original: z.discriminatedUnion('kind', given),
  })
  // Only a grappe's copy holds what its porteur adapted.
  const provenance = z.discriminatedUnion(
    'kind',
    relative ? given : [...given, adapted],
    ask(MENDS_PROVENANCE),
  ) as z.ZodType<Provenance>
  const sourced = { provenance: provenance.optional() }

  /** A parameter may be null, when unknown, but it must be written: nothing is unknown by distraction. */
  const parametersOf = (rule: Rule): z.ZodType<Record<string, unknown>> => {
    const shape = Object.entries(rule.parameters).map(([name, { kind, optional }]) => {
      const value: z.ZodType = KINDS[kind].nullable()
      return [name, optional ? value.optional() : value]
    })
    return object(Object.fromEntries(shape))
  }
  const parameters = new Map(RULES.map(rule => [rule.code, parametersOf(rule)]))

  const ruleLine = object({
    rule: code.refine(name => ruleNamed(name) !== undefined, {
      ...ask(`choisissez une règle parmi : ${RULES.map(rule => rule.code).join(', ')}`),
      abort: true,
    }),
    code: code.optional(),
    title: text(200).nullable().default(null),
    parameters: z.record(z.string(), z.unknown()).default({}),
    ...sourced,
  }).transform((line, context): Sourced<RuleLine> => {
    const parsed = parameters.get(line.rule)?.safeParse(line.parameters, inFrench)
    for (const issue of parsed?.error?.issues ?? []) {
      const path = ['parameters', ...issue.path]
      // A key that is not known stays one, to be named as those beside it are.
      context.issues.push(
        issue.code === 'unrecognized_keys'
          ? { ...issue, path, input: line.parameters }
          : { code: 'custom', path, message: issue.message, input: line.parameters },
      )
    }
    return { ...line, code: line.code ?? line.rule, parameters: parsed?.data ?? {} }
  })

  const httpsUrl = z
    .url({ protocol: /^https$/, ...ask('écrivez une adresse complète, qui commence par https://') })
    .max(500, 'raccourcissez cette adresse à 500 caractères')
    .nullable()

  /** Null is written as none is: a copy of before there were any is the same. */
  const callModel = object({
    fileName: text(200)
      .regex(/^[^/\\]+\.docx$/i, 'écrivez le nom d’un fichier Word, comme "lettre.docx", sans dossier')
      .regex(/^[^.]/, 'choisissez un nom qui ne commence pas par un point'),
    sha256: z
      .string(ask('écrivez l’empreinte entre guillemets, ou null'))
      .regex(/^[0-9a-f]{64}$/, 'écrivez les 64 caractères de l’empreinte SHA-256 du fichier, ou null')
      .nullable()
      .default(null),
  })
    .nullish()
    .transform(model => model ?? undefined)

  const piece = object({
    code,
    name: text(120),
    explanation: text(600),
    scope: oneOf(SCOPES),
    condition: condition.nullable(),
    exceptPorteur: z.boolean(ask('écrivez true quand l’OG porteur ne la doit pas, ou rien')).optional(),
    required: z.boolean(ask('écrivez true (obligatoire) ou false (facultative)')),
    formats: listOf(oneOf(FORMATS)),
    maxFileMb: count.max(1000, 'limitez un fichier à 1000 Mo'),
    severalFiles: z.boolean(ask('écrivez true (plusieurs fichiers) ou false (un seul)')),
    signatory: text(200).nullable(),
    deadlineOn: day.nullable(),
    modelUrl: httpsUrl.default(null),
    model: callModel,
    ...sourced,
  })

  const submission = object({
    name: text(120),
    url: httpsUrl.default(null),
    steps: listOf(text(200).regex(/^[^\r\n]*$/, 'écrivez chaque étape sur une ligne'))
      .max(MAX_STEPS, `limitez le dépôt à ${MAX_STEPS} étapes`)
      .refine(
        steps => new Set(steps).size === steps.length,
        'écrivez chaque étape une fois : deux sont les mêmes',
      ),
    ...sourced,
  })

  const followUp = object({
    dates: z
      .array(object({ code, title: text(200), dueOn: day.nullable(), ...sourced }), ask('écrivez une liste'))
      .max(MAX_FOLLOW_UPS, `limitez les suites à ${MAX_FOLLOW_UPS} dates`)
      .refine(
        dates => new Set(dates.map(each => each.code)).size === dates.length,
        'donnez à chaque date un code différent : deux dates ont le même',
      )
      .default([]),
    pieces: z
      .array(
        piece
          .refine(({ code }) => isReservedCode(code) && code !== PROOF_CODE, {
            path: ['code'],
            message: `commencez ce code par ${FOLLOW_UP_PREFIX}`,
          })
          .refine(({ model }) => model === undefined, {
            path: ['model'],
            message: 'retirez ce modèle : seules les pièces du dossier en ont un',
          })
          .refine(({ scope, condition }) => scope === 'grappe' && condition === null, {
            path: ['scope'],
            message: 'écrivez grappe, sans condition : une pièce d’après le dépôt est reçue une fois',
          }),
        ask('écrivez une liste'),
      )
      .max(MAX_FOLLOW_UPS, `limitez les suites à ${MAX_FOLLOW_UPS} pièces`)
      .refine(
        pieces => new Set(pieces.map(each => each.code)).size === pieces.length,
        'donnez à chaque pièce un code différent : deux pièces ont le même',
      )
      .default([]),
  })

  const retention = object({
    months: count
      .min(LEAST_MONTHS, `écrivez au moins ${LEAST_MONTHS} mois`)
      .max(MOST_MONTHS, `limitez la conservation à ${MOST_MONTHS} mois`),
    ...sourced,
  })

  return object({
    code,
    title: text(200),
    fictional: z.boolean(ask('écrivez true (fictif) ou false')),
    summary: draft ? z.string().trim().max(1000, 'raccourcissez ce texte à 1000 caractères') : text(1000),
    provenance: provenance.nullable().default(null),
    region: region.nullable(),
    regionProvenance: provenance.nullable().default(null),
    timeZone: text(60).refine(isTimeZone, 'écrivez un fuseau horaire, comme Europe/Paris ou Indian/Reunion'),
    windows: listOf(
      object({
        label: text(100).nullable().default(null),
        opensOn: day.nullable(),
        closesOn: day.nullable(),
        ...sourced,
      }),
    )
      .max(MAX_WINDOWS, `limitez l’appel à ${MAX_WINDOWS} fenêtres`)
      .superRefine(checkOrder),
    rules: some(ruleLine).refine(
      lines => new Set(lines.map(line => line.code)).size === lines.length,
      'donnez à chaque ligne un code différent : deux lignes ont le même',
    ),
    money: object({
      acquisitionEuros: euros,
      miseEnConformiteEuros: euros,
      equipementEuros: euros,
      ...sourced,
    }).nullable(),
    limitsProvenance: provenance.optional(),
    pieces: some(piece)
      .max(MAX_PIECES, `limitez l’appel à ${MAX_PIECES} pièces : regroupez celles qui vont ensemble`)
      .refine(
        pieces => new Set(pieces.map(each => each.code)).size === pieces.length,
        'donnez à chaque pièce un code différent : deux pièces ont le même',
      ),
    recommendations: z
      .array(object({ text: text(600), ...sourced }), ask('écrivez une liste'))
      .max(30, 'limitez l’appel à 30 recommandations')
      .default([]),
    submission: submission.optional(),
    followUp: followUp.optional(),
    retention: retention.optional(),
  })
}

/** Each window ends after it begins, and begins after the one before has ended; unknown days say nothing. */
function checkOrder(
  windows: readonly { opensOn: string | null; closesOn: string | null }[],
  context: z.RefinementCtx,
): void {
  for (const [i, { opensOn, closesOn }] of windows.entries()) {
    if (!isOrdered(opensOn, closesOn)) {
      context.addIssue({
        code: 'custom',
        path: [i, 'closesOn'],
        message: 'mettez la clôture après l’ouverture',
      })
    }
    const before = windows[i - 1]?.closesOn ?? null
    if (before !== null && (before === opensOn || !isOrdered(before, opensOn))) {
      context.addIssue({
        code: 'custom',
        path: [i, 'opensOn'],
        message: 'ouvrez cette fenêtre après la clôture de la précédente',
      })
    }
  }
}

/** Only two days of the same kind can be compared. */
function isOrdered(first: string | null, second: string | null): boolean {
  if (first === null || second === null || isRelativeDay(first) !== isRelativeDay(second)) return true
  const comparable = (day: string) => (isRelativeDay(day) ? addDays('2000-01-01', Number(day.slice(1))) : day)
  return comparable(first) <= comparable(second)
}

const RESERVED =
  `choisissez un autre code : ${PROOF_CODE} et ceux qui commencent par ${FOLLOW_UP_PREFIX} sont ` +
  'pour ce qui suit le dépôt'

/** What the values say of one another, for a call that is written; a stored one is read as it was. */
function checkWhole(call: WrittenCall, draft: boolean, context: z.RefinementCtx): void {
  for (const [i, { condition: asked, code }] of call.pieces.entries()) {
    if (isReservedCode(code)) {
      context.addIssue({ code: 'custom', path: ['pieces', i, 'code'], message: RESERVED })
    }
    const flaw = asked === null ? null : conditionFlaw(asked, call)
    if (flaw !== null) context.addIssue({ code: 'custom', path: ['pieces', i, 'condition'], message: flaw })
  }
  if (call.provenance !== null || draft) return
  const lacking = (path: (string | number)[], provenance: Provenance | undefined) => {
    if (provenance !== undefined) return
    context.addIssue({
      code: 'custom',
      path,
      message: `ajoutez ce champ : ${MENDS_PROVENANCE}, ou donnez une provenance à tout l’appel`,
    })
  }
  for (const name of ['windows', 'rules', 'pieces', 'recommendations'] as const) {
    for (const [i, value] of call[name].entries()) lacking([name, i, 'provenance'], value.provenance)
  }
  if (call.money !== null) lacking(['money', 'provenance'], call.money.provenance)
  lacking(['limitsProvenance'], call.limitsProvenance)
  if (call.submission !== undefined) lacking(['submission', 'provenance'], call.submission.provenance)
  if (call.retention !== undefined) lacking(['retention', 'provenance'], call.retention.provenance)
  for (const [i, { provenance }] of (call.followUp?.dates ?? []).entries()) {
    lacking(['followUp', 'dates', i, 'provenance'], provenance)
  }
  for (const [i, { provenance }] of (call.followUp?.pieces ?? []).entries()) {
    lacking(['followUp', 'pieces', i, 'provenance'], provenance)
  }
}

/** A call of before windows were several: its one window, with the time zone in it, is a list of one. */
function withWindows(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || 'windows' in value || !('window' in value)) return value
  const { window, ...rest } = value
  if (typeof window !== 'object' || window === null) return value
  const { timeZone, ...days } = window as { timeZone?: unknown }
  const { reported } = rest as { reported?: unknown }
  return {
    ...rest,
    timeZone,
    windows: [days],
    ...(Array.isArray(reported) ? { reported: reported.map(ofFirstWindow) } : {}),
  }
}

/** What was reported of the one window is of the first. */
function ofFirstWindow(value: unknown): unknown {
  const { path } = value as { path?: unknown }
  return typeof path === 'string' && path.startsWith('window.')
    ? { ...(value as object), path: path.replace('window.', 'windows.0.') }
    : value
}

const wasSingle = (value: unknown) => withWindows(value) !== value

/** Where the problem is in what was written, when that was of before windows were several. */
function writtenPath([name, ...rest]: FileProblem['path']): FileProblem['path'] {
  if (name === 'timeZone') return ['window', 'timeZone']
  return name === 'windows' ? ['window', ...rest.slice(1)] : name === undefined ? [] : [name, ...rest]
}

const reported = z.array(
  z.strictObject({ path: text(200), basis: text(MAX_BASIS), on: realDay, before: z.unknown() }),
)

/** Written by `domain/adaptation.ts` alone; what it holds is a part of a call that was checked. */
const adaptation = z.looseObject({
  id: text(60),
  on: realDay,
  basis: text(MAX_BASIS),
  change: z.looseObject({ kind: oneOf(['added', 'removed', 'changed', 'ordered', 'field']) }),
})

const schemas = {
  /** A call file, whose days may be relative. */
  template: written({ strict: false, relative: true, draft: false }),
  templateKeys: written({ strict: true, relative: true, draft: false }),
  draft: written({ strict: false, relative: true, draft: true }),
  draftKeys: written({ strict: true, relative: true, draft: true }),
  /** A grappe's own copy, as stored: real days only. */
  copy: z.preprocess(
    withWindows,
    schemaFor({ strict: false, relative: false, draft: false }).extend({
      reported: reported.optional(),
      adapted: z.array(adaptation).optional(),
    }),
  ),
}

function written(reading: Reading): z.ZodType<WrittenCall> {
  const whole = (schemaFor(reading) as unknown as z.ZodType<WrittenCall>).superRefine((call, context) =>
    checkWhole(call, reading.draft, context),
  )
  return z.preprocess(withWindows, whole) as unknown as z.ZodType<WrittenCall>
}

export type CallResult<C> = { ok: true; call: C } | { ok: false; problems: readonly FileProblem[] }

function read<C>(schema: z.ZodType, value: unknown): CallResult<C> {
  const result = readBy(schema, value)
  if (result.ok) return { ok: true, call: result.data as C }
  if (!wasSingle(value)) return result
  return { ok: false, problems: result.problems.map(({ path, mend }) => ({ path: writtenPath(path), mend })) }
}

/**
 * A call that was read, and the paths of the keys that this version does not know, such as `pieces.0.poids`.
 */
export type WrittenResult =
  | { ok: true; call: WrittenCall; unknownKeys: readonly string[] }
  | { ok: false; problems: readonly FileProblem[] }

function readWritten(value: unknown, kind: 'template' | 'draft'): WrittenResult {
  const result = read<WrittenCall>(schemas[kind], value)
  const strict = schemas[`${kind}Keys`].safeParse(value, inFrench)
  // A key that is not known may be the misspelling of one that is missing: both are told.
  if (!result.ok) {
    const others = strict.success ? [] : problemsOf(value, `${kind}Keys`)
    const told = new Map([...others, ...result.problems].map(each => [JSON.stringify(each), each]))
    return { ok: false, problems: [...told.values()] }
  }
  const unknownKeys = (strict.error?.issues ?? []).flatMap(issue =>
    issue.code === 'unrecognized_keys' ? issue.keys.map(key => [...issue.path, key].join('.')) : [],
  )
  return { ...result, unknownKeys }
}

function problemsOf(value: unknown, kind: 'templateKeys' | 'draftKeys'): readonly FileProblem[] {
  const result = read(schemas[kind], value)
  return result.ok ? [] : result.problems
}

/** Reads a call as its file writes it. */
export const readWrittenCall = (value: unknown): WrittenResult => readWritten(value, 'template')

/** Reads a call that is being written: it may lack rules, pieces, a summary and provenances. */
export const readDraftCall = (value: unknown): WrittenResult => readWritten(value, 'draft')

/** Reads a call as its file gives it. */
export function readCallTemplate(
  value: unknown,
):
  | { ok: true; call: CallTemplate; unknownKeys: readonly string[] }
  | { ok: false; problems: readonly FileProblem[] } {
  const result = readWrittenCall(value)
  return result.ok ? { ...result, call: completeCall(result.call) } : result
}

/** Reads a grappe's own copy. */
export function readCall(value: unknown): CallResult<Call> {
  const result = read<WrittenCall>(schemas.copy, value)
  return result.ok ? { ok: true, call: completeCall(result.call) as Call } : result
}

/** Reads one value that a porteur reports, of a given kind; the message says what to write instead. */
export function readCallValue(
  kind: ValueKind,
  value: unknown,
): { ok: true; value: unknown } | { ok: false; mend: string } {
  const schema: z.ZodType = kind === 'day' ? realDay : kind === 'euros' ? euros.unwrap() : KINDS[kind]
  const read = readBy(schema, value)
  return read.ok
    ? { ok: true, value: read.data }
    : { ok: false, mend: read.problems[0]?.mend ?? 'écrivez une autre valeur' }
}
