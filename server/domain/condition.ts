/** Whom a condition concerns, which fact it lacks, and how it reads in French. */
import type {
  Condition,
  Domaine,
  FactCondition,
  PieceDefinition,
  PieceScope,
  Projet,
  RuleLine,
  Span,
} from './call.ts'
import { DOMAINES, offeredDomaines, offeredProjets, PROJETS } from './call.ts'
import { departementOf } from './finess.ts'
import type { Esms, Grappe } from './grappe.ts'
import { activeEsms } from './grappe.ts'
import { NOMENCLATURE } from './nomenclature.ts'
import { isInPlace, OUTRE_MER, REGIONS, regionOf } from './regions.ts'
import { declaration } from './rules/declaration.ts'

/** A fact that nobody has given, and on which an answer depends. */
export type MissingFact =
  | { fact: 'domaine' | 'projet' | 'categorie' | 'finess' }
  /** The member's answer to the call's line of that code. */
  | { fact: 'declaration'; code: string }

/** What a condition reads of a member. */
export type ConditionFacts = Pick<Esms, 'domaine' | 'projet' | 'categorie' | 'finess' | 'declarations'> & {
  /** ESMS of its OG in the grappe. */
  tailleOg: number
  /** OG of the grappe. */
  nombreOg: number
}

/** The facts of each member still in. */
export function conditionFacts(
  esms: Pick<Esms, 'ogId' | 'domaine' | 'projet' | 'categorie' | 'finess' | 'declarations'>,
  sizes: OgSizes,
): ConditionFacts {
  return { ...esms, tailleOg: sizes.get(esms.ogId) ?? 0, nombreOg: sizes.size }
}

/** How many members still in each OG has, by its id; an OG without any is not there. */
export type OgSizes = ReadonlyMap<string, number>

export function ogSizes(grappe: Pick<Grappe, 'esms'>): OgSizes {
  const sizes = new Map<string, number>()
  for (const { ogId } of activeEsms(grappe)) sizes.set(ogId, (sizes.get(ogId) ?? 0) + 1)
  return sizes
}

/**
 * Whether a member is concerned. `unknown` depends on the facts that are missing: nobody is asked for a piece
 * on the strength of it, and nothing says that it is not to be asked.
 */
export type Concern =
  | { concerned: 'yes' | 'no'; missing: readonly [] }
  | { concerned: 'unknown'; missing: readonly MissingFact[] }

/** Of a piece that everybody owes. */
export const CONCERNED: Concern = { concerned: 'yes', missing: [] }
const NO: Concern = { concerned: 'no', missing: [] }

export function concern(condition: Condition | null, facts: ConditionFacts): Concern {
  if (condition === null) return CONCERNED
  if ('et' in condition) return every(condition.et.map(each => concern(each, facts)))
  if ('ou' in condition) return concernOfSome(condition.ou.map(each => concern(each, facts)))
  return concernOfFact(condition, facts)
}

/** One « no » settles it, else one unknown leaves it open. */
function every(answers: readonly Concern[]): Concern {
  return answers.some(({ concerned }) => concerned === 'no') ? NO : open(answers, CONCERNED)
}

/** One « yes » settles it, else one unknown leaves it open. */
export function concernOfSome(answers: readonly Concern[]): Concern {
  return answers.some(({ concerned }) => concerned === 'yes') ? CONCERNED : open(answers, NO)
}

function open(answers: readonly Concern[], otherwise: Concern): Concern {
  const missing = answers.flatMap((answer): readonly MissingFact[] => answer.missing)
  if (missing.length === 0) return otherwise
  const once = new Map(
    missing.map(each => [each.fact === 'declaration' ? `= ${each.code}` : each.fact, each]),
  )
  return { concerned: 'unknown', missing: [...once.values()] }
}

const settle = (holds: boolean): Concern => (holds ? CONCERNED : NO)
const lacks = (missing: MissingFact): Concern => ({ concerned: 'unknown', missing: [missing] })

function concernOfFact(condition: FactCondition, facts: ConditionFacts): Concern {
  if ('domaines' in condition) return isAmong(condition.domaines, facts.domaine, 'domaine')
  if ('projets' in condition) return isAmong(condition.projets, facts.projet, 'projet')
  if ('categories' in condition) return isAmong(condition.categories, facts.categorie, 'categorie')
  if ('regions' in condition) return isPlaced(condition.regions, facts.finess)
  if ('tailleOg' in condition) return settle(isWithin(facts.tailleOg, condition.tailleOg))
  if ('nombreOg' in condition) return settle(isWithin(facts.nombreOg, condition.nombreOg))
  const answer = facts.declarations[condition.declaration]
  return answer === undefined
    ? lacks({ fact: 'declaration', code: condition.declaration })
    : settle(answer === condition.reponse)
}

const isAmong = <Value>(
  wanted: readonly Value[],
  value: Value | null,
  fact: 'domaine' | 'projet' | 'categorie',
): Concern => (value === null ? lacks({ fact }) : settle(wanted.includes(value)))

/** A number of a département that belongs to no region, such as 98, leaves its region open. */
function isPlaced(regions: readonly string[], finess: string | null): Concern {
  if (finess === null) return lacks({ fact: 'finess' })
  const departement = departementOf(finess)
  if (regions.some(place => isInPlace(departement, place))) return CONCERNED
  return regionOf(departement) === null ? lacks({ fact: 'finess' }) : NO
}

const isWithin = (value: number, { min, max }: Span): boolean =>
  (min === null || value >= min) && (max === null || value <= max)

/** The facts that each way of meeting a condition demands together. */
function waysOf(condition: Condition): readonly (readonly FactCondition[])[] {
  if ('ou' in condition) return condition.ou.map(each => ('et' in each ? each.et : [each]))
  if (!('et' in condition)) return [[condition]]
  return condition.et.reduce<FactCondition[][]>(
    (ways, each) => ('ou' in each ? each.ou : [each]).flatMap(fact => ways.map(way => [...way, fact])),
    [[]],
  )
}

/** What a call says of the members that it admits: enough to see that a condition concerns none of them. */
export interface ConditionedCall {
  rules: readonly Pick<RuleLine, 'code' | 'rule' | 'title' | 'parameters'>[]
}

/**
 * Why a condition can serve nobody, in French, as what to write instead; null when it can: it names a
 * declaration that the call does not ask, or what it joins excludes itself.
 */
export function conditionFlaw(condition: Condition, call: ConditionedCall): string | null {
  const asked = new Map(
    call.rules.filter(({ rule }) => rule === declaration.code).map(line => [line.code, line]),
  )
  const unknown = waysOf(condition)
    .flat()
    .find(fact => 'declaration' in fact && !asked.has(fact.declaration))
  if (unknown !== undefined && 'declaration' in unknown) {
    return `choisissez une déclaration de cet appel : « ${unknown.declaration} » n’en est pas une`
  }
  return waysOf(condition).some(way => mayHold(way, call, asked))
    ? null
    : 'changez cette condition : elle ne peut concerner personne'
}

function mayHold(
  way: readonly FactCondition[],
  call: ConditionedCall,
  asked: ReadonlyMap<string, Pick<RuleLine, 'parameters'>>,
): boolean {
  const excluded = call.rules.find(({ rule }) => rule === 'categories')?.parameters.exclues
  let domaines: readonly Domaine[] = offeredDomaines(call)
  let projets: readonly Projet[] = offeredProjets(call)
  let places: readonly string[] = REGIONS
  const categories: (readonly string[])[] = []
  const answers = new Map<string, boolean>()
  const spans = { tailleOg: [1, Infinity], nombreOg: [1, Infinity] } as Record<string, [number, number]>
  for (const fact of way) {
    if ('domaines' in fact) domaines = domaines.filter(each => fact.domaines.includes(each))
    else if ('projets' in fact) projets = projets.filter(each => fact.projets.includes(each))
    else if ('categories' in fact) {
      categories.push(fact.categories.filter(each => !Array.isArray(excluded) || !excluded.includes(each)))
    } else if ('regions' in fact) {
      if (!fact.regions.includes(OUTRE_MER)) places = places.filter(each => fact.regions.includes(each))
    } else if ('declaration' in fact) {
      const before = answers.get(fact.declaration)
      if (before !== undefined && before !== fact.reponse) return false
      answers.set(fact.declaration, fact.reponse)
      const only = asked.get(fact.declaration)?.parameters.projets
      if (Array.isArray(only)) projets = projets.filter(each => only.includes(each))
    } else {
      const [name, span] = Object.entries(fact)[0] as [string, Span]
      const [least, most] = spans[name] ?? [1, Infinity]
      spans[name] = [Math.max(least, span.min ?? least), Math.min(most, span.max ?? most)]
    }
  }
  const [first, ...others] = categories
  return (
    domaines.length > 0 &&
    projets.length > 0 &&
    places.length > 0 &&
    (first === undefined || first.some(code => others.every(codes => codes.includes(code)))) &&
    Object.values(spans).every(([least, most]) => least <= most)
  )
}

const DOMAINE_NOUNS: Readonly<Record<Domaine, string>> = {
  PA: 'établissements et services pour personnes âgées',
  PH: 'établissements et services du handicap',
  DOM: 'services à domicile',
  PDE: 'établissements et services de la protection de l’enfance',
  PDS: 'établissements et services pour personnes en difficultés spécifiques',
  AHI: 'établissements et services d’accueil, d’hébergement et d’insertion',
  PJM: 'services de protection juridique des majeurs',
}

const PROJET_NOUNS: Readonly<Record<Projet, string>> = {
  acquisition: 'acquisition',
  'mise-en-conformite': 'mise en conformité',
}

/** « a, b et c ». */
const joined = (items: readonly string[], last: 'et' | 'ou'): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`

const spanWords = ({ min, max }: Span): string => {
  if (min !== null && max !== null) return min === max ? `exactement ${min}` : `de ${min} à ${max}`
  return min === null ? `au plus ${max}` : `au moins ${min}`
}

const placeWords = (place: string) => (place === OUTRE_MER ? 'outre-mer' : `en région ${place}`)

function categorieName(code: string): string {
  return NOMENCLATURE.find(each => each.code === code)?.name ?? `de code ${code}`
}

/** What follows the name of a member, such as « en acquisition ». */
export function factWords(fact: FactCondition, call: ConditionedCall): string {
  if ('domaines' in fact) return `du domaine ${joined(inOrder(DOMAINES, fact.domaines), 'ou')}`
  if ('projets' in fact) {
    return `en ${joined(
      inOrder(PROJETS, fact.projets).map(projet => PROJET_NOUNS[projet]),
      'ou',
    )}`
  }
  if ('categories' in fact) return `de catégorie ${joined(fact.categories.map(categorieName), 'ou')}`
  if ('regions' in fact) return `situés ${joined(fact.regions.map(placeWords), 'ou')}`
  if ('tailleOg' in fact) return `dont l’OG compte ${spanWords(fact.tailleOg)} ESMS dans la grappe`
  if ('nombreOg' in fact) return `dans une grappe qui réunit ${spanWords(fact.nombreOg)} OG`
  const line = call.rules.find(({ code }) => code === fact.declaration)
  const title = line?.title ?? fact.declaration
  return `qui répondent ${fact.reponse ? 'oui' : 'non'} à « ${title} »`
}

const inOrder = <Value>(all: readonly Value[], some: readonly Value[]): Value[] =>
  all.filter(value => some.includes(value))

/** « aux services à domicile en acquisition »: facts that hold together; a domain gives the noun. */
function membersWords(
  article: 'aux' | 'des',
  facts: readonly (FactCondition | { ou: readonly FactCondition[] })[],
  call: ConditionedCall,
): string {
  const naming = facts.find(fact => 'domaines' in fact)
  const nouns =
    naming === undefined
      ? ['ESMS']
      : inOrder(DOMAINES, naming.domaines).map(domaine => DOMAINE_NOUNS[domaine])
  const words = facts
    .filter(fact => fact !== naming)
    .map(fact =>
      'ou' in fact
        ? `soit ${fact.ou.map(each => factWords(each, call)).join(', soit ')}`
        : factWords(fact, call),
    )
  const named = joined(
    nouns.map(noun => `${article} ${noun}`),
    'et',
  )
  return [named, joined(words, 'et')].filter(Boolean).join(' ')
}

/**
 * A condition in one French sentence without capital nor final stop, such as « demandée aux services à
 * domicile en acquisition ».
 */
export function conditionSentence(
  {
    condition,
    scope,
    exceptPorteur,
  }: Pick<PieceDefinition<unknown>, 'condition' | 'scope' | 'exceptPorteur'>,
  call: ConditionedCall,
): string {
  const spared = exceptPorteur === true && scope === 'og' ? ', sauf à celui qui porte la grappe' : ''
  return `${askedSentence({ condition, scope }, call)}${spared}`
}

function askedSentence(
  { condition, scope }: Pick<PieceDefinition<unknown>, 'condition' | 'scope'>,
  call: ConditionedCall,
): string {
  if (condition === null) return EVERYBODY[scope]
  const groups =
    'ou' in condition
      ? condition.ou.map(each => ('et' in each ? each.et : [each]))
      : ['et' in condition ? condition.et : [condition]]
  const article = scope === 'esms' ? 'aux' : 'des'
  const words = groups.map(group => membersWords(article, group, call)).join(', ou ')
  return (
    { esms: 'demandée', og: 'demandée à chaque OG qui a', grappe: 'demandée si la grappe a' }[scope] +
    ` ${words}`
  )
}

/** « domaine, catégorie »: the facts waited for, as a cell names them. */
export function factNames(
  missing: readonly MissingFact[],
  titleOf: (code: string) => string | undefined,
): string {
  return missing
    .map(each =>
      each.fact === 'declaration'
        ? `réponse à « ${titleOf(each.code) ?? each.code} »`
        : FACT_NAMES[each.fact],
    )
    .join(', ')
}

const FACT_NAMES = {
  domaine: 'domaine',
  projet: 'nature du projet',
  categorie: 'catégorie',
  finess: 'numéro FINESS',
} as const

/** « son domaine et sa réponse à « … » »: the facts that would tell. */
export function missingWords(missing: readonly MissingFact[], call: ConditionedCall): string {
  return joined(
    missing.map(each => {
      if (each.fact !== 'declaration') return MISSING_WORDS[each.fact]
      const title = call.rules.find(({ code }) => code === each.code)?.title ?? each.code
      return `sa réponse à « ${title} »`
    }),
    'et',
  )
}

const MISSING_WORDS = {
  domaine: 'son domaine',
  projet: 'la nature de son projet',
  categorie: 'sa catégorie',
  finess: 'son numéro FINESS',
} as const

const EVERYBODY: Readonly<Record<PieceScope, string>> = {
  esms: 'demandée à tous les ESMS',
  og: 'demandée à tous les OG',
  grappe: 'demandée une fois pour la grappe',
}
