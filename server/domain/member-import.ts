/**
 * Members from a spreadsheet, before anything is written: each line is ready, to correct (which cell, why, what to
 * do) or already in the grappe. Either every line left can be imported or none is.
 */
import type { Domaine, Projet } from './call.ts'
import { DOMAINES } from './call.ts'
import type { FinessResult } from './finess.ts'
import { normaliseFiness } from './finess.ts'
import type { Grappe, RegistryStatus } from './grappe.ts'
import type { Correction, MemberField, MemberLine, MemberTable } from './member-columns.ts'
import { cellAddress, FIELD_LABELS } from './member-columns.ts'
import type { MergeProposal, SolutionSpelling } from './solution-identity.ts'
import {
  isNearSpelling,
  plainProduct,
  plainText,
  proposeMerges,
  solutionKey,
  splitVersion,
} from './solution-identity.ts'

/** What the registry says of one number; only the numbers that were looked up are in the map. */
export interface RegistryFact {
  status: RegistryStatus
  name: string | null
  /** FINESS number of the parent EJ. */
  ej: string | null
  ejName?: string | null
  categorie: string | null
  /** Of an EJ: the open establishments that it runs. */
  ets?: readonly { number: string; name: string | null }[]
}

/** Something to say about one cell. Blocking ones make the line `a-corriger`. */
export interface Finding {
  field: MemberField
  /** Such as `B12`; null when the sheet has no such column. */
  address: string | null
  /** What the cell holds. */
  found: string
  /** French sentences. */
  reason: string
  remedy: string | null
  /** A value that would pass and is probably the one meant; never applied without asking. */
  proposal: string | null
  blocking: boolean
}

/** An OG of the result: `id` when the grappe has it already. */
export interface ImportedOg {
  id: string | null
  name: string
  finessEj: string | null
}

/** A solution of the result: `id` when the grappe has it already. */
export interface ImportedSolution extends SolutionSpelling {
  id: string | null
}

/** A member that can be written as it stands. Lines of one OG or solution share the same object. */
export interface MemberToCreate {
  line: number
  finess: string
  name: string
  og: ImportedOg
  domaine: Domaine | null
  projet: Projet | null
  solution: ImportedSolution | null
  /** The member's own version of the solution, as typed. */
  version: string | null
  contactName: string | null
  contactEmail: string | null
  contactPhone: string | null
  categorie: string | null
  registry: RegistryStatus
  registryEj: string | null
}

export type LineStatus = 'pret' | 'a-corriger' | 'deja-present'

export interface PreviewLine {
  line: number
  status: LineStatus
  values: MemberLine['values']
  findings: readonly Finding[]
  /** The member of the grappe with this number. */
  presentEsmsId: string | null
}

export interface ImportPreview {
  lines: readonly PreviewLine[]
  counts: Record<LineStatus, number>
  /** Null while a line is to correct: all or nothing. */
  membersToCreate: readonly MemberToCreate[] | null
  /** Those of the members to create, existing ones included. */
  ogs: readonly ImportedOg[]
  solutions: readonly ImportedSolution[]
  /** Solutions that may be one, among those of the grappe and of the file. */
  mergeProposals: readonly MergeProposal<ImportedSolution>[]
  /** Set when there are too many solutions to compare; says what to do. */
  mergeRefusal: string | null
}

/** Names are shown on every page and in file names. */
const LONGEST_TEXT = 200

/** A grappe has one solution; hundreds of them mean that the column holds something else. */
const MOST_SOLUTIONS_COMPARED = 300

const EMAIL = /^(?!\.)(?!.*\.\.)[A-Za-z0-9_'+\-.]*[A-Za-z0-9_+-]@(?:[A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z]{2,}$/

/** Spelled in full or shortened, as `plainText` gives them. The codes are read too. */
const DOMAINE_WORDS: Record<Domaine, readonly string[]> = {
  PA: ['personnes agees', 'personne agee'],
  PH: ['personnes handicapees', 'personne handicapee', 'personnes en situation de handicap', 'handicap'],
  DOM: ['domicile', 'a domicile', 'aide a domicile', 'services a domicile', 'service a domicile'],
  PDE: ['protection de l enfance', 'protection enfance'],
  PDS: [],
  AHI: ['accueil hebergement insertion', 'accueil hebergement et insertion'],
  PJM: ['protection juridique des majeurs'],
}
const PROJET_LABELS: Record<Projet, string> = {
  acquisition: 'acquisition',
  'mise-en-conformite': 'mise en conformité',
}
const PROJET_WORDS: Record<Projet, readonly string[]> = {
  acquisition: ['acq', 'acquis', 'acquerir', 'acquisition dui', 'acquisition d un dui'],
  'mise-en-conformite': ['mec', 'conformite', 'mise conformite', 'mise en conf', 'mise en conformite dui'],
}

/** What people type when they have nothing to say. */
const NOTHING = new Set(
  'neant|aucun|aucune|na|n a|nc|sans|sans objet|a definir|a determiner|a preciser|inconnu'.split('|'),
)
const saysNothing = (text: string): boolean => {
  const plain = plainText(text)
  return plain === '' || NOTHING.has(plain)
}

interface Choices<Value extends string> {
  labels: ReadonlyMap<Value, string>
  words: ReadonlyMap<string, Value>
}

function choices<Value extends string>(
  values: readonly Value[],
  label: (value: Value) => string,
  variants: Record<Value, readonly string[]>,
): Choices<Value> {
  return {
    labels: new Map(values.map(value => [value, label(value)])),
    words: new Map(
      values.flatMap(value =>
        [label(value), ...variants[value]].map((word): [string, Value] => [plainText(word), value]),
      ),
    ),
  }
}
const DOMAINE_CHOICES = choices(DOMAINES, domaine => domaine, DOMAINE_WORDS)
const PROJET_CHOICES = choices(
  ['acquisition', 'mise-en-conformite'],
  projet => PROJET_LABELS[projet],
  PROJET_WORDS,
)

/** One line being judged. */
class LineReview {
  readonly findings: Finding[] = []
  readonly source: MemberLine
  readonly #columns: ReadonlyMap<MemberField, number>

  constructor(source: MemberLine, columns: ReadonlyMap<MemberField, number>) {
    this.source = source
    this.#columns = columns
    for (const [field, reason] of Object.entries(source.unread) as [MemberField, string][]) {
      this.block(field, reason, 'Saisissez la valeur ici, ou enregistrez de nouveau le fichier.')
    }
  }

  /** The cell's text, null when empty, unreadable or too long (which is said). */
  text(field: MemberField): string | null {
    const value = this.source.values[field]
    if (value === undefined || field in this.source.unread) return null
    if (value.length <= LONGEST_TEXT) return value
    const reason = `Ce texte a ${value.length} caractères, ${LONGEST_TEXT} au plus sont possibles.`
    this.block(field, reason, 'Raccourcissez-le.')
    return null
  }

  /** The same, null too for « néant », « - » or « à définir ». */
  meaning(field: MemberField): string | null {
    const value = this.text(field)
    if (value === null || !saysNothing(value)) return value
    this.note(field, `« ${value} » est lu comme « non renseigné ».`)
    return null
  }

  block(field: MemberField, reason: string, remedy: string, proposal: string | null = null): void {
    this.#say(field, { reason, remedy, proposal, blocking: true })
  }

  note(field: MemberField, reason: string, remedy: string | null = null): void {
    this.#say(field, { reason, remedy, proposal: null, blocking: false })
  }

  get blocked(): boolean {
    return this.findings.some(finding => finding.blocking)
  }

  isBlocked(field: MemberField): boolean {
    return this.findings.some(finding => finding.field === field && finding.blocking)
  }

  #say(field: MemberField, what: Pick<Finding, 'reason' | 'remedy' | 'proposal' | 'blocking'>): void {
    const column = this.#columns.get(field)
    this.findings.push({
      field,
      address: column === undefined ? null : cellAddress(this.source.line, column),
      found: this.source.values[field] ?? '',
      ...what,
    })
  }
}

/**
 * Reads a number that may carry dots or words around it (« FINESS : 310.780.120 »). What loses nothing is
 * accepted; the letter O typed for a zero is only proposed.
 */
function looseFiness(text: string): FinessResult {
  const plain = normaliseFiness(text)
  if (plain.ok || plain.refusal === 'lost-zero' || plain.refusal === 'siret') return plain
  if (/^\d[.,]\d+E\+?\d+$/i.test(text)) {
    const whole = normaliseFiness(String(Number(text.replace(',', '.'))))
    const reason = 'Le tableur a écrit ce numéro en notation scientifique : des chiffres ont pu être perdus.'
    return { ...plain, reason, suggestion: whole.ok ? whole.finess : whole.suggestion }
  }
  const bare = text.toUpperCase().replace(/[^0-9A-Z]/g, '')
  const withoutWords = normaliseFiness(bare.replace(/^(?:N|NO|NUMERO)?FINESS(?:ET|EJ)?/, ''))
  if (withoutWords.ok || withoutWords.refusal === 'siret') return withoutWords
  const withDigits = normaliseFiness(bare.replaceAll('O', '0').replaceAll(/[IL]/g, '1'))
  return {
    ...plain,
    suggestion: withoutWords.suggestion ?? (withDigits.ok ? withDigits.finess : withDigits.suggestion),
  }
}

/** The valid numbers of the table, both geographic and juridical, once each: those to look up in the registry. */
export function finessNumbers(table: Pick<MemberTable, 'lines'>): string[] {
  const typed = table.lines.flatMap(({ values }) => [values.finess ?? '', values.ogFiness ?? ''])
  const read = typed.map(looseFiness)
  return [...new Set(read.flatMap(result => (result.ok ? [result.finess] : [])))]
}

/** The number of a FINESS cell, null when there is none that holds (which is said). */
function readNumber(
  review: LineReview,
  field: 'finess' | 'ogFiness',
  registry: ReadonlyMap<string, RegistryFact>,
): string | null {
  const text = field === 'finess' ? review.text(field) : review.meaning(field)
  if (text === null) {
    if (field === 'finess' && !review.isBlocked(field)) {
      review.block(
        field,
        'Le numéro FINESS géographique manque.',
        'Saisissez ses neuf caractères, ou laissez cette ligne de côté : l’établissement pourra être ajouté à la main.',
      )
    }
    return null
  }
  const result = looseFiness(text)
  if (!result.ok) {
    const proposed =
      result.suggestion === null ? '' : `Acceptez ${result.suggestion} si c’est bien lui, sinon `
    const remedy = `${proposed}${proposed === '' ? 'C' : 'c'}orrigez la cellule d’après l’arrêté d’autorisation ou le répertoire FINESS.`
    review.block(field, result.reason, remedy, result.suggestion)
    return null
  }
  const status = registry.get(result.finess)?.status ?? 'non-verifie'
  if (result.warning !== null && (status === 'non-verifie' || status === 'absent')) {
    review.block(
      field,
      'Ce numéro ressemble à un SIREN : le troisième caractère d’un numéro FINESS est un 0.',
      'Saisissez le numéro FINESS à neuf caractères.',
    )
    return null
  }
  if (result.finess !== text) {
    review.note(field, `« ${text} » est lu ${result.finess}.`)
  }
  return result.finess
}

function readChoice<Value extends string>(
  review: LineReview,
  field: 'domaine' | 'projet',
  { labels, words }: Choices<Value>,
): Value | null {
  const text = review.meaning(field)
  if (text === null) return null
  const plain = plainText(text)
  const value = words.get(plain)
  if (value !== undefined) {
    const label = labels.get(value) ?? value
    if (plainText(label) !== plain) review.note(field, `« ${text} » est lu « ${label} ».`)
    return value
  }
  const near = new Set([...words].filter(([word]) => isNearSpelling(word, plain)).map(([, meant]) => meant))
  const [only] = near
  review.block(
    field,
    `« ${text} » n’est pas ${field === 'domaine' ? 'un domaine connu' : 'un type de projet connu'}.`,
    `Choisissez une seule valeur parmi : ${[...labels.values()].join(', ')}.`,
    near.size === 1 && only !== undefined ? (labels.get(only) ?? null) : null,
  )
  return null
}

/** What is left of an address once « mailto: », a display name, spaces and a comma for a dot are taken away. */
function tidyEmail(text: string): string | null {
  const [first = ''] = (/<([^<>]*)>/.exec(text)?.[1] ?? text).replace(/^mailto:/i, '').split(/[;/]/)
  const candidates = [first, first.split(',')[0] ?? '', first.replaceAll(',', '.')].map(candidate =>
    candidate.replace(/\s/g, '').replace(/[.,;]+$/, ''),
  )
  return candidates.find(candidate => EMAIL.test(candidate)) ?? null
}

function readContact(
  review: LineReview,
): Pick<MemberToCreate, 'contactName' | 'contactEmail' | 'contactPhone'> {
  const contact = review.meaning('contact')
  const email = review.meaning('courriel')
  const contactIsEmail = email === null && contact?.includes('@') === true
  const [field, address]: [MemberField, string | null] = contactIsEmail
    ? ['contact', contact]
    : ['courriel', email]
  if (address !== null && !EMAIL.test(address)) {
    const proposal = tidyEmail(address)
    const remedy = 'Saisissez une seule adresse, de la forme nom@exemple.fr, ou videz la cellule.'
    review.block(field, `« ${address} » n’est pas une adresse de courriel.`, remedy, proposal)
  }
  return {
    contactName: contactIsEmail ? null : contact,
    contactEmail: address,
    contactPhone: review.meaning('telephone'),
  }
}

interface KnownOg {
  og: ImportedOg
  where: string
}

/** The organismes gestionnaires met so far, by number and by name. */
class OgDirectory {
  readonly #byEj = new Map<string, KnownOg>()
  readonly #byName = new Map<string, KnownOg>()
  readonly #typedNames: ReadonlyMap<string, string>

  /** `typedNames`: the first name that the file gives to each juridical number. */
  constructor(grappe: Pick<Grappe, 'ogs'>, typedNames: ReadonlyMap<string, string>) {
    this.#typedNames = typedNames
    for (const { id, name, finessEj } of grappe.ogs) this.#add({ id, name, finessEj }, 'dans la grappe')
  }

  /** The line's OG; null when it cannot be told, which is said. A typed number weighs more than the registry's. */
  find(review: LineReview, typedEj: string | null, fact: RegistryFact | undefined): ImportedOg | null {
    const name = review.meaning('ogNom')
    const ej = typedEj ?? fact?.ej ?? null
    const byEj = ej === null ? undefined : this.#byEj.get(ej)
    const byName = name === null ? undefined : this.#byName.get(plainText(name))
    if (ej !== null && byName && byName !== byEj && (byEj || byName.og.finessEj !== null)) {
      if (typedEj !== null) this.#refuse(review, typedEj, byName, byEj)
      return typedEj === null ? byName.og : null
    }
    const known = byEj ?? byName
    if (known) {
      if (name !== null && known !== byName) {
        review.note(
          'ogNom',
          `Même numéro juridique que « ${known.og.name} » (${known.where}) : ce nom est gardé.`,
        )
      }
      if (known.og.finessEj === null && ej !== null) {
        known.og.finessEj = ej
        this.#byEj.set(ej, known)
      }
      return known.og
    }
    const foundName = name ?? this.#nameOf(ej, fact)
    const namesake = foundName === null ? undefined : this.#byName.get(plainText(foundName))
    if (namesake) {
      // Only a name taken from the registry: one typed would have been found above.
      if (namesake.og.finessEj === null && ej !== null) {
        namesake.og.finessEj = ej
        this.#byEj.set(ej, namesake)
        return namesake.og
      }
      review.block(
        'ogNom',
        `Un autre organisme gestionnaire s’appelle « ${namesake.og.name} » (${namesake.where}).`,
        'Saisissez un nom qui les distingue.',
      )
      return null
    }
    if (foundName !== null) {
      if (name === null) review.note('ogNom', `« ${foundName} » est repris d’après le numéro juridique.`)
      return this.#add({ id: null, name: foundName, finessEj: ej }, `ligne ${review.source.line}`).og
    }
    if (!review.isBlocked('ogNom')) {
      review.block(
        'ogNom',
        'L’organisme gestionnaire manque.',
        'Saisissez le nom de l’association ou de l’organisme qui gère l’établissement.',
      )
    }
    return null
  }

  #nameOf(ej: string | null, fact: RegistryFact | undefined): string | null {
    if (ej === null) return null
    return this.#typedNames.get(ej) ?? (fact?.ej === ej ? (fact.ejName ?? null) : null)
  }

  #refuse(review: LineReview, typedEj: string, byName: KnownOg, byEj: KnownOg | undefined): void {
    const number = byName.og.finessEj === null ? 'sans numéro' : `avec le numéro ${byName.og.finessEj}`
    const taken = byEj
      ? `Le numéro ${typedEj} est celui de « ${byEj.og.name} » (${byEj.where})`
      : `Ici, son numéro est ${typedEj}`
    review.block(
      'ogFiness',
      `« ${byName.og.name} » figure déjà ${number} (${byName.where}). ${taken}.`,
      'Corrigez le nom ou le numéro juridique de l’organisme gestionnaire sur l’une des deux lignes.',
    )
  }

  #add(og: ImportedOg, where: string): KnownOg {
    const known = { og, where }
    if (og.finessEj !== null) this.#byEj.set(og.finessEj, known)
    this.#byName.set(plainText(og.name), known)
    return known
  }
}

interface NamedSolution extends SolutionSpelling {
  version: string | null
}

function readSolution(review: LineReview): NamedSolution | null {
  const product = review.meaning('solution')
  const editeur = review.meaning('editeur') ?? ''
  const ownVersion = review.meaning('version')
  if (product === null) {
    if (editeur !== '' || ownVersion !== null) {
      review.note(
        editeur === '' ? 'version' : 'editeur',
        'Sans le nom du produit, l’éditeur et la version ne sont pas repris.',
        'Indiquez la solution, ici ou plus tard sur la fiche du membre.',
      )
    }
    return null
  }
  const { produit, version } = splitVersion(product)
  return { editeur, produit, version: ownVersion ?? version }
}

/** The solutions of the grappe and of the file, one per identity whatever the order of the lines. */
class SolutionDirectory {
  readonly all: ImportedSolution[] = []
  readonly #byKey = new Map<string, ImportedSolution>()
  readonly #byProduct = new Map<string, ImportedSolution[]>()

  constructor(grappe: Pick<Grappe, 'solutions'>, named: readonly NamedSolution[]) {
    for (const { id, editeur, produit } of grappe.solutions) this.#add({ id, editeur, produit })
    // Those with an editor first, so that a line without one finds it wherever it stands.
    for (const { editeur, produit } of named) if (editeur !== '') this.#add({ id: null, editeur, produit })
    for (const { editeur, produit } of named) {
      if (this.find({ editeur, produit }) === null) this.#add({ id: null, editeur, produit })
    }
  }

  /** Without an editor, the only solution of that name is meant; among several, none is. */
  find(spelling: SolutionSpelling): ImportedSolution | null {
    const exact = this.#byKey.get(solutionKey(spelling))
    if (exact || spelling.editeur !== '') return exact ?? null
    const [only, ...others] = this.#byProduct.get(plainProduct(spelling.produit)) ?? []
    return others.length === 0 ? (only ?? null) : null
  }

  #add(solution: ImportedSolution): void {
    const key = solutionKey(solution)
    if (this.#byKey.has(key)) return
    this.#byKey.set(key, solution)
    this.all.push(solution)
    const product = plainProduct(solution.produit)
    this.#byProduct.set(product, [...(this.#byProduct.get(product) ?? []), solution])
  }
}

interface Numbers {
  review: LineReview
  finess: string | null
  ej: string | null
}

/** Where each number stands: duplicates, and juridical numbers typed as geographic ones. */
interface NumbersInUse {
  linesByFiness: ReadonlyMap<string, readonly number[]>
  whereIsEj: ReadonlyMap<string, string>
}

function numbersInUse(read: readonly Numbers[], grappe: Pick<Grappe, 'ogs'>): NumbersInUse {
  const linesByFiness = new Map<string, number[]>()
  const whereIsEj = new Map<string, string>()
  for (const { finessEj, name } of grappe.ogs) {
    if (finessEj !== null) whereIsEj.set(finessEj, `de « ${name} » dans la grappe`)
  }
  for (const { review, finess, ej } of read) {
    const { line } = review.source
    if (finess !== null) {
      const lines = linesByFiness.get(finess)
      if (lines) lines.push(line)
      else linesByFiness.set(finess, [line])
    }
    if (ej !== null && ej !== finess && !whereIsEj.has(ej)) whereIsEj.set(ej, `à la ligne ${line}`)
  }
  return { linesByFiness, whereIsEj }
}

function typedOgNames(read: readonly Numbers[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const { review, ej } of read) {
    const name = review.source.values.ogNom
    if (
      ej !== null &&
      name !== undefined &&
      name.length <= LONGEST_TEXT &&
      !saysNothing(name) &&
      !names.has(ej)
    ) {
      names.set(ej, name)
    }
  }
  return names
}

const GEOGRAPHIC_REMEDY =
  'Saisissez le numéro FINESS géographique (ET) de l’établissement, différent de celui de son organisme gestionnaire.'

/** Beyond that many, a list of establishments helps nobody choose. */
const MOST_ESTABLISHMENTS_OFFERED = 10

function geographicRemedy(ets: NonNullable<RegistryFact['ets']>): string {
  if (ets.length === 0) return GEOGRAPHIC_REMEDY
  const offered = ets
    .slice(0, MOST_ESTABLISHMENTS_OFFERED)
    .map(({ number, name }) => `${number} ${name ?? ''}`.trim())
  const more = ets.length > offered.length ? `, et ${ets.length - offered.length} autres` : ''
  return `Saisissez le numéro géographique (ET) de l’établissement. Cet organisme gère : ${offered.join(', ')}${more}.`
}

function judgeNumber(
  { review, finess, ej }: Numbers & { finess: string },
  { linesByFiness, whereIsEj }: NumbersInUse,
  fact: RegistryFact | undefined,
): void {
  const status = fact?.status ?? 'non-verifie'
  const isGeographic = status === 'ouvert' || status === 'ferme'
  const elsewhere = whereIsEj.get(finess)
  if (status === 'juridique') {
    review.block(
      'finess',
      `${finess} est un numéro juridique (EJ) d’après le répertoire FINESS.`,
      geographicRemedy(fact?.ets ?? []),
      fact?.ets?.length === 1 ? (fact.ets[0]?.number ?? null) : null,
    )
  } else if (finess === ej && isGeographic) {
    review.block(
      'ogFiness',
      `${finess} est le numéro de l’établissement, pas celui de son organisme gestionnaire.`,
      'Saisissez le numéro FINESS juridique (EJ), ou videz la cellule.',
      fact?.ej ?? null,
    )
  } else if (finess === ej) {
    review.block(
      'finess',
      `Le même numéro ${finess} figure dans les colonnes géographique (ET) et juridique (EJ).`,
      GEOGRAPHIC_REMEDY,
    )
  } else if (elsewhere !== undefined && !isGeographic) {
    review.block('finess', `${finess} est donné comme numéro juridique (EJ) ${elsewhere}.`, GEOGRAPHIC_REMEDY)
  } else if (status === 'ferme') {
    review.note(
      'finess',
      'Cet établissement est fermé d’après le répertoire FINESS.',
      'Vérifiez qu’un autre numéro ne l’a pas remplacé.',
    )
  } else if (status === 'absent') {
    review.note(
      'finess',
      'Ce numéro ne figure pas dans le répertoire FINESS chargé ici.',
      'Vérifiez-le, ou chargez un répertoire plus récent.',
    )
  }
  const sameNumber = linesByFiness.get(finess) ?? []
  const [first] = sameNumber
  if (first !== review.source.line) {
    review.block(
      'finess',
      `Ce numéro figure déjà à la ligne ${first}.`,
      'Corrigez le numéro de l’un des deux établissements, ou laissez cette ligne de côté.',
    )
  } else if (sameNumber.length > 1) {
    const where = sameNumber.length > 2 ? 'aux lignes' : 'à la ligne'
    const others = `${sameNumber.slice(1, 6).join(', ')}${sameNumber.length > 6 ? '…' : ''}`
    review.note('finess', `Ce numéro figure aussi ${where} ${others}.`)
  }
  if (fact?.ej && ej !== null && ej !== fact.ej && ej !== finess) {
    review.note(
      'ogFiness',
      `D’après le répertoire FINESS, cet établissement dépend du numéro juridique ${fact.ej}, pas de ${ej}.`,
      'Vérifiez l’organisme gestionnaire.',
    )
  }
}

function readName(review: LineReview, fact: RegistryFact | undefined): string | null {
  const name = review.meaning('nom')
  if (name !== null) return name
  if (review.isBlocked('nom')) return null
  if (fact?.name) {
    review.note('nom', `« ${fact.name} » est repris du répertoire FINESS.`)
    return fact.name
  }
  review.block('nom', 'Le nom de l’établissement manque.', 'Saisissez-le.')
  return null
}

/** Judges every line of `table` against the grappe and, where given, the registry. Linear in the lines. */
export function previewImport(
  table: MemberTable,
  grappe: Pick<Grappe, 'ogs' | 'esms' | 'solutions'>,
  registry: ReadonlyMap<string, RegistryFact> = new Map(),
): ImportPreview {
  const columns = new Map(table.columns.map(({ field, column }) => [field, column]))
  const read = table.lines.map((source): Numbers => {
    const review = new LineReview(source, columns)
    return {
      review,
      finess: readNumber(review, 'finess', registry),
      ej: readNumber(review, 'ogFiness', registry),
    }
  })
  const inUse = numbersInUse(read, grappe)
  const named = read.map(({ review }) => readSolution(review))
  const solutions = new SolutionDirectory(
    grappe,
    named.filter(solution => solution !== null),
  )
  const present = new Map(grappe.esms.map(esms => [esms.finess, esms]))
  const ogs = new OgDirectory(grappe, typedOgNames(read))
  const members: MemberToCreate[] = []

  const lines = read.map(({ review, finess, ej }, index): PreviewLine => {
    const { line, values } = review.source
    const known = finess === null ? undefined : present.get(finess)
    if (known) {
      review.note(
        'finess',
        known.withdrawnOn === null
          ? `« ${known.name} » est déjà dans la grappe : rien n’y sera changé.`
          : `« ${known.name} » a été retiré de la grappe : rien n’y sera changé.`,
        known.withdrawnOn === null ? null : 'Pour le faire revenir, passez par sa fiche.',
      )
      const findings = review.findings.filter(finding => !finding.blocking)
      return { line, status: 'deja-present', values, findings, presentEsmsId: known.id }
    }
    const fact = finess === null ? undefined : registry.get(finess)
    if (finess !== null) judgeNumber({ review, finess, ej }, inUse, fact)
    const name = readName(review, fact)
    const og = ogs.find(review, ej, fact)
    const spelled = named[index] ?? null
    const solution = spelled && solutions.find(spelled)
    if (spelled?.editeur === '' && solution && solution.editeur !== '') {
      review.note(
        'solution',
        `L’éditeur n’est pas indiqué : « ${solution.editeur} » est repris de « ${solution.produit} ».`,
      )
    }
    const domaine = readChoice(review, 'domaine', DOMAINE_CHOICES)
    const projet = readChoice(review, 'projet', PROJET_CHOICES)
    const contact = readContact(review)
    if (review.blocked || finess === null || name === null || og === null) {
      return { line, status: 'a-corriger', values, findings: review.findings, presentEsmsId: null }
    }
    members.push({
      line,
      finess,
      name,
      og,
      domaine,
      projet,
      solution,
      version: spelled?.version ?? null,
      ...contact,
      categorie: fact?.categorie ?? null,
      registry: fact?.status ?? 'non-verifie',
      registryEj: fact?.ej ?? null,
    })
    return { line, status: 'pret', values, findings: review.findings, presentEsmsId: null }
  })

  const count = (status: LineStatus): number => lines.filter(line => line.status === status).length
  const counts = {
    pret: count('pret'),
    'a-corriger': count('a-corriger'),
    'deja-present': count('deja-present'),
  }
  const tooMany = solutions.all.length > MOST_SOLUTIONS_COMPARED
  return {
    lines,
    counts,
    membersToCreate: counts['a-corriger'] === 0 ? members : null,
    ogs: [...new Set(members.map(member => member.og))],
    solutions: [...new Set(members.flatMap(member => member.solution ?? []))],
    mergeProposals: tooMany ? [] : proposeMerges(solutions.all),
    mergeRefusal: tooMany
      ? `La colonne « ${FIELD_LABELS.solution} » contient ${solutions.all.length} noms différents : ils ne sont pas rapprochés. Vérifiez que c’est la bonne colonne.`
      : null,
  }
}

/** Every proposal of the preview as corrections, for a person who accepts them all at once. */
export function proposedCorrections(preview: Pick<ImportPreview, 'lines'>): Correction[] {
  return preview.lines
    .filter(line => line.status === 'a-corriger')
    .flatMap(({ line, findings }) =>
      findings.flatMap(({ field, proposal }): Correction[] =>
        proposal === null ? [] : [{ line, field, value: proposal }],
      ),
    )
}
