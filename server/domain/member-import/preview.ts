/**
 * Members from a spreadsheet, before anything is written: each line is ready, to correct (which cell, why,
 * what to do) or already in the grappe. Either every line left can be imported or none is.
 */
import type { Domaine, Projet } from '../call.ts'
import type { Esms, Grappe, RegistryStatus } from '../grappe.ts'
import { type MergeProposal, plainText, proposeMerges } from '../solution-identity.ts'
import { readCapacite, readCategorie, readDomaine, readProjet } from './choices.ts'
import { fieldOfUse } from './columns.ts'
import { type Contact, ESMS_CONTACT, OG_CONTACT, readContact } from './contact.ts'
import { type Finding, LineReview } from './line-review.ts'
import {
  judgeNumber,
  type LineNumbers,
  type NumbersInUse,
  numbersInUse,
  type RegistryFact,
  readNumber,
} from './numbers.ts'
import { addContact, type ImportedOg, OgDirectory } from './og-directory.ts'
import {
  alreadyMember,
  editorTaken,
  nameFromRegistry,
  nameMissing,
  sameNameMember,
  sameNameOnLine,
  tooManySolutions,
  type Words,
  withdrawnMember,
} from './sentences.ts'
import {
  type ImportedSolution,
  type NamedSolution,
  readSolution,
  SolutionDirectory,
} from './solution-directory.ts'
import type { MemberLine, MemberTable } from './table.ts'

/** A member that can be written as it stands. Lines of one OG or solution share the same object. */
export interface MemberToCreate extends Contact {
  line: number
  /** Null: to be completed on the member's own page. */
  finess: string | null
  name: string
  og: ImportedOg
  domaine: Domaine | null
  projet: Projet | null
  solution: ImportedSolution | null
  /** The member's own version of the solution, as typed. */
  version: string | null
  categorie: string | null
  commune: string | null
  /** Places. */
  capacite: number | null
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
  /** What is written when the line is ready. */
  member: MemberToCreate | null
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

/** A grappe has one solution; hundreds of them mean that the column holds something else. */
const MOST_SOLUTIONS_COMPARED = 300

/** One line once its own cells are read, before it is held against anything else. */
interface ReadLine extends LineNumbers {
  named: NamedSolution | null
}

/** What a line is judged with. */
interface Surroundings {
  registry: ReadonlyMap<string, RegistryFact>
  present: PresentMembers
  inUse: NumbersInUse
  ogs: OgDirectory
  solutions: SolutionDirectory
  /** Lines judged so far, by the name and the OG of their member. */
  named: Map<string, NamedLine[]>
}

interface NamedLine {
  line: number
  finess: string | null
}

/** Judges every line of `table` against the grappe and, where given, the registry. Linear in the lines. */
export function previewImport(
  table: MemberTable,
  grappe: Pick<Grappe, 'ogs' | 'esms' | 'solutions'>,
  registry: ReadonlyMap<string, RegistryFact> = new Map(),
): ImportPreview {
  // Of several columns for one field, the first is the one named.
  const columns = new Map(table.columns.toReversed().map(({ use, column }) => [fieldOfUse(use), column]))
  const read = table.lines.map((source): ReadLine => {
    const review = new LineReview(source, columns)
    const finess = readNumber(review, 'finess', registry)
    const ej = readNumber(review, 'ogFiness', registry)
    return { review, finess, ej, named: readSolution(review) }
  })
  const solutions = new SolutionDirectory(
    grappe,
    read.flatMap(({ named }) => named ?? []),
  )
  const surroundings: Surroundings = {
    registry,
    present: presentMembers(grappe),
    inUse: numbersInUse(read, grappe),
    ogs: new OgDirectory(grappe, read),
    solutions,
    named: new Map(),
  }
  const judged = read.map(line => judgeLine(line, surroundings))
  const members = judged.flatMap(({ member }) => member ?? [])
  const count = (status: LineStatus): number => judged.filter(line => line.status === status).length
  const counts = {
    pret: count('pret'),
    'a-corriger': count('a-corriger'),
    'deja-present': count('deja-present'),
  }
  const tooMany = solutions.all.length > MOST_SOLUTIONS_COMPARED
  return {
    lines: judged,
    counts,
    membersToCreate: counts['a-corriger'] === 0 ? members : null,
    ogs: [...new Set(members.map(member => member.og))],
    solutions: [...new Set(members.flatMap(member => member.solution ?? []))],
    mergeProposals: tooMany ? [] : proposeMerges(solutions.all),
    mergeRefusal: tooMany ? tooManySolutions(solutions.all.length) : null,
  }
}

/** Members that the grappe has, by number; those without one by name and OG. */
interface PresentMembers {
  byFiness: ReadonlyMap<string, Esms>
  byName: ReadonlyMap<string, Esms>
}

const nameKey = (name: string, og: string): string => `${plainText(name)} | ${plainText(og)}`

function presentMembers({ esms, ogs }: Pick<Grappe, 'esms' | 'ogs'>): PresentMembers {
  const ogNames = new Map(ogs.map(({ id, name }) => [id, name]))
  return {
    byFiness: new Map(esms.flatMap(each => (each.finess === null ? [] : [[each.finess, each]]))),
    byName: new Map(esms.map(each => [nameKey(each.name, ogNames.get(each.ogId) ?? ''), each])),
  }
}

/** The member of the grappe that a line names, where a number is missing on either side. */
function presentByName(present: PresentMembers, finess: string | null, name: string, og: ImportedOg) {
  const known = present.byName.get(nameKey(name, og.name))
  return known !== undefined && (finess === null || known.finess === null) ? known : null
}

/** One line judged. Teaches the directories what it says. */
function judgeLine(read: ReadLine, surroundings: Surroundings): PreviewLine {
  const { registry, present, inUse, ogs, solutions } = surroundings
  const { review, finess, ej, named } = read
  const { line, values } = review.source
  const known = finess === null ? undefined : present.byFiness.get(finess)
  if (known)
    return linePresent(
      review,
      known,
      (known.withdrawnOn === null ? alreadyMember : withdrawnMember)(known.name),
    )

  const fact = finess === null ? undefined : registry.get(finess)
  if (finess !== null) judgeNumber({ review, finess, ej }, inUse, fact)
  const name = readName(review, fact)
  const og = ogs.find(review, ej, fact)
  const namesake = name === null || og === null ? null : presentByName(present, finess, name, og)
  if (namesake !== null) return linePresent(review, namesake, sameNameMember(namesake.name, finess))
  if (name !== null && og !== null) judgeName({ review, finess, name, og }, surroundings.named)
  const solution = named && findSolution(review, named, solutions)
  const categorie = readCategorie(review, fact?.categorie ?? null)
  const domaine = readDomaine(review, categorie)
  const projet = readProjet(review)
  const capacite = readCapacite(review)
  const contact = readContact(review, ESMS_CONTACT)
  const ogContact = readContact(review, OG_CONTACT)
  const { findings } = review
  const judged = { line, values, findings, presentEsmsId: null }
  if (review.blocked || name === null || og === null) return { ...judged, status: 'a-corriger', member: null }
  addContact(og, ogContact)
  return {
    ...judged,
    status: 'pret',
    member: {
      line,
      finess,
      name,
      og,
      domaine,
      projet,
      solution,
      version: named?.version ?? null,
      ...contact,
      categorie,
      commune: review.meaning('commune'),
      capacite,
      registry: fact?.status ?? 'non-verifie',
      registryEj: fact?.ej ?? null,
    },
  }
}

/** Two lines of one name and OG may be one member twice, unless each has a number of its own: it is asked. */
function judgeName(
  { review, finess, name, og }: { review: LineReview; finess: string | null; name: string; og: ImportedOg },
  named: Map<string, NamedLine[]>,
): void {
  const { line } = review.source
  const key = nameKey(name, og.name)
  const earlier = named.get(key) ?? []
  const other = earlier.find(each => finess === null || each.finess === null)
  const rank = earlier.push({ line, finess })
  named.set(key, earlier)
  if (other === undefined) return
  const distinct = `${name} (${rank})`
  review.block('nom', sameNameOnLine(other.line), null, {
    key: `${other.line}`,
    otherLine: other.line,
    ways: [
      {
        label: `C’est le même : garder la ligne ${other.line}`,
        corrections: [{ line, ignore: true }],
      },
      { label: `C’est le même : garder la ligne ${line}`, corrections: [{ line: other.line, ignore: true }] },
      {
        label: `Ce sont deux : nommer celui de la ligne ${line} « ${distinct} »`,
        corrections: [{ line, field: 'nom', value: distinct }],
      },
    ],
  })
}

/** A line about a member that the grappe has: what else it says changes nothing, so nothing is to correct. */
function linePresent(review: LineReview, known: Esms, words: Words): PreviewLine {
  review.note('finess', words)
  return {
    line: review.source.line,
    status: 'deja-present',
    values: review.source.values,
    findings: review.findings.filter(finding => !finding.blocking),
    presentEsmsId: known.id,
    member: null,
  }
}

function readName(review: LineReview, fact: RegistryFact | undefined): string | null {
  const name = review.meaning('nom')
  if (name !== null) return name
  if (review.isBlocked('nom')) return null
  if (fact?.name) {
    review.note('nom', nameFromRegistry(fact.name))
    return fact.name
  }
  review.block('nom', nameMissing())
  return null
}

function findSolution(
  review: LineReview,
  named: NamedSolution,
  solutions: SolutionDirectory,
): ImportedSolution | null {
  const solution = solutions.find(named)
  if (named.editeur === '' && solution && solution.editeur !== '') {
    review.note('solution', editorTaken(solution.editeur, solution.produit))
  }
  return solution
}
