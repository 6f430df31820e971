/**
 * What differs between two states of a call, one change at a time, so that each can be told, taken or undone
 * alone: what a porteur adapts in its grappe's copy, and what a new version of the source call brings.
 */
import type {
  Call,
  CallChange,
  CallField,
  CallModel,
  CallWindow,
  Day,
  ListedInCall,
  PieceDefinition,
  RuleLine,
} from './call.ts'
import { conditionSentence } from './condition.ts'
import { formatDay } from './deadline.ts'
import { shortMeaning, valueWords } from './reported.ts'
import { ruleNamed } from './rules/index.ts'
import { isSame } from './same-value.ts'

/** What a call holds besides its lists, and what a sentence calls it. */
const FIELDS = {
  title: 'Titre',
  summary: 'Résumé',
  fictional: 'Appel fictif',
  provenance: 'Texte de l’appel',
  region: 'Région',
  regionProvenance: 'Provenance de la région',
  timeZone: 'Fuseau horaire',
  windows: 'Fenêtres de dépôt',
  money: 'Montants',
  limitsProvenance: 'Provenance des formats et des tailles',
  recommendations: 'Recommandations',
  submission: 'Lieu et étapes du dépôt',
  followUp: 'Suites du dépôt',
  retention: 'Durée de conservation',
} as const satisfies Record<CallField, string>

/** In the order in which they can be applied: what goes, what changes, what comes, then the order. */
export function changesBetween(before: Call, after: Call): CallChange[] {
  const fields = (Object.keys(FIELDS) as CallField[])
    .filter(name => !isSame(before[name], after[name]))
    .map((name): CallChange => ({ kind: 'field', name, before: before[name], after: after[name] }))
  const lists = [...listChanges('pieces', before, after), ...listChanges('rules', before, after)]
  const reached = lists.reduce((call, change) => applyChange(call, change) ?? call, before)
  const [codes, wanted] = [codesOf(reached), codesOf(after)]
  const order: CallChange[] = isSame(codes, wanted) ? [] : [{ kind: 'ordered', before: codes, after: wanted }]
  return [...fields, ...lists, ...order]
}

const codesOf = ({ pieces }: Pick<Call, 'pieces'>) => pieces.map(({ code }) => code)

function listChanges<List extends keyof ListedInCall>(list: List, before: Call, after: Call): CallChange[] {
  // One list at a time has one type of item, which a union of lists does not say.
  const [were, are] = [before[list], after[list]] as unknown as [ListedInCall[List][], ListedInCall[List][]]
  const gone = were.filter(each => !are.some(({ code }) => code === each.code))
  const removed = gone.map(item => ({ kind: 'removed', list, item, after: codeBefore(were, item) }))
  const others = are.flatMap((item): object[] => {
    const known = were.find(({ code }) => code === item.code)
    if (known === undefined) return [{ kind: 'added', list, item, after: codeBefore(are, item) }]
    return isSame(known, item) ? [] : [{ kind: 'changed', list, before: known, after: item }]
  })
  return [...removed, ...others] as CallChange[]
}

const codeBefore = <Item extends { code: string }>(items: readonly Item[], item: Item) =>
  items[items.indexOf(item) - 1]?.code ?? null

/**
 * @param overruling also where the call holds something else than what the change found: it wins.
 * @returns null when the change does not apply: what it found is not there any more, or is there already.
 */
export function applyChange(call: Call, change: CallChange, overruling = false): Call | null {
  switch (change.kind) {
    case 'field':
      if (!overruling && !isSame(call[change.name], change.before)) return null
      return { ...call, [change.name]: change.after }
    case 'ordered':
      return { ...call, pieces: inOrder(call.pieces, change.after) }
    default: {
      const items: readonly ListedInCall[keyof ListedInCall][] = call[change.list]
      const changed = applyToList(items, change, overruling)
      return changed === null ? null : ({ ...call, [change.list]: changed } as Call)
    }
  }
}

function applyToList<Item extends { code: string }>(
  items: readonly Item[],
  change:
    | { kind: 'added' | 'removed'; item: Item; after: string | null }
    | { kind: 'changed'; before: Item; after: Item },
  overruling: boolean,
): Item[] | null {
  const code = change.kind === 'changed' ? change.after.code : change.item.code
  const held = items.find(each => each.code === code)
  switch (change.kind) {
    case 'added': {
      if (held !== undefined) {
        return overruling ? items.map(each => (each === held ? change.item : each)) : null
      }
      // What it followed may be gone: it comes last then.
      const rank = change.after === null ? 0 : items.findIndex(each => each.code === change.after) + 1
      const at = change.after !== null && rank === 0 ? items.length : rank
      return items.toSpliced(at, 0, change.item)
    }
    case 'removed':
      if (held === undefined || (!overruling && !isSame(held, change.item))) return null
      return items.filter(each => each !== held)
    case 'changed':
      if (held === undefined || (!overruling && !isSame(held, change.before))) return null
      return items.map(each => (each === held ? change.after : each))
  }
}

/** Those that the order does not name stay after the one that they followed. */
function inOrder(pieces: readonly PieceDefinition[], codes: readonly string[]): PieceDefinition[] {
  const rankOf = (at: number): number => {
    for (let i = at; i >= 0; i--) {
      const rank = codes.indexOf(pieces[i]?.code ?? '')
      if (rank >= 0) return rank
    }
    return -1
  }
  return pieces
    .map((piece, at) => ({ piece, at, rank: rankOf(at) }))
    .toSorted((a, b) => a.rank - b.rank || a.at - b.at)
    .map(({ piece }) => piece)
}

/** Names a change among those of two states, such as `pieces.rib` or `windows`. */
export function keyOf(change: CallChange): string {
  switch (change.kind) {
    case 'field':
      return change.name
    case 'ordered':
      return 'pieces'
    case 'changed':
      return `${change.list}.${change.after.code}`
    default:
      return `${change.list}.${change.item.code}`
  }
}

/** The change that puts back what was there. */
export function inverse(change: CallChange): CallChange {
  switch (change.kind) {
    case 'added':
      return { ...change, kind: 'removed' }
    case 'removed':
      return { ...change, kind: 'added' }
    default:
      return { ...change, before: change.after, after: change.before } as CallChange
  }
}

/** What a person is told of a change: what it is about, then what differs. */
export interface ChangeWords {
  title: string
  /** One difference each, « avant → après »; none when the title says it all. */
  details: readonly string[]
}

const arrow = (before: string, after: string) => `${before} → ${after}`

/** @param call in which conditions are read, for the names of its declarations. */
export function changeWords(change: CallChange, call: Call): ChangeWords {
  switch (change.kind) {
    case 'field':
      return { title: `${FIELDS[change.name]} : modification`, details: fieldWords(change) }
    case 'ordered':
      return { title: 'Ordre des pièces changé', details: [] }
    case 'changed':
      return change.list === 'pieces'
        ? {
            title: `Pièce « ${change.before.name} » modifiée`,
            details: pieceDifferences(change.before, change.after, call),
          }
        : { title: `Règle « ${ruleTitle(change.before)} » modifiée`, details: ruleDifferences(change) }
    default:
      return change.list === 'pieces'
        ? {
            title: `Pièce « ${change.item.name} » ${change.kind === 'added' ? 'ajoutée' : 'retirée'}`,
            details: [pieceSummary(change.item, call)],
          }
        : {
            title: `Règle « ${ruleTitle(change.item)} » ${change.kind === 'added' ? 'ajoutée' : 'retirée'}`,
            details: [],
          }
  }
}

const ruleTitle = ({ title, rule }: RuleLine) => title ?? ruleNamed(rule)?.title ?? rule
const requiredWords = (required: boolean) => (required ? 'obligatoire' : 'facultative')
const dayWords = (day: Day | null) => (day === null ? 'non connu' : formatDay(day))

const pieceSummary = (piece: PieceDefinition, call: Call) =>
  `${requiredWords(piece.required)}, ${conditionSentence(piece, call)}`

/** Two files may have one name: the first letters of their fingerprint tell them apart. */
const callModelWords = ({ fileName, sha256 }: CallModel) =>
  `« ${fileName} »${sha256 === null ? '' : ` (empreinte ${sha256.slice(0, 8)})`}`

type Worded = readonly [name: string, words: (piece: PieceDefinition, call: Call) => string]

const PIECE_WORDS: readonly Worded[] = [
  ['nom', ({ name }) => `« ${name} »`],
  ['explication', ({ explanation }) => `« ${explanation} »`],
  ['caractère', ({ required }) => requiredWords(required)],
  ['qui la fournit', (piece, call) => conditionSentence(piece, call)],
  ['formats', ({ formats }) => formats.join(', ')],
  ['taille d’un fichier', ({ maxFileMb }) => `${maxFileMb} Mo`],
  ['fichiers', ({ severalFiles }) => (severalFiles ? 'plusieurs' : 'un seul')],
  ['signataire', ({ signatory }) => signatory ?? 'aucun'],
  ['dernier jour', ({ deadlineOn }) => (deadlineOn === null ? 'celui de l’appel' : formatDay(deadlineOn))],
  ['modèle', ({ modelUrl }) => modelUrl ?? 'aucun'],
  ['modèle Word de l’appel', ({ model }) => (model === undefined ? 'aucun' : callModelWords(model))],
]

function pieceDifferences(before: PieceDefinition, after: PieceDefinition, call: Call): string[] {
  return PIECE_WORDS.flatMap(([name, words]) => {
    const [was, is] = [words(before, call), words(after, call)]
    return was === is ? [] : [`${name} : ${arrow(was, is)}`]
  })
}

function ruleDifferences({ before, after }: { before: RuleLine; after: RuleLine }): string[] {
  const parameters = ruleNamed(after.rule)?.parameters ?? {}
  return Object.entries(parameters).flatMap(([name, { kind, meaning }]) => {
    const [was, is] = [valueWords(kind, before.parameters[name]), valueWords(kind, after.parameters[name])]
    return was === is ? [] : [`${shortMeaning(meaning)} : ${arrow(was, is)}`]
  })
}

function fieldWords({ name, before, after }: { name: CallField; before: unknown; after: unknown }): string[] {
  if (name === 'windows') return windowDifferences(before as CallWindow[], after as CallWindow[])
  const isPlain = (value: unknown) => value === null || typeof value === 'string'
  const words = (value: unknown) => (value === null ? 'non connu' : `« ${String(value)} »`)
  return isPlain(before) && isPlain(after) ? [arrow(words(before), words(after))] : []
}

function windowDifferences(before: readonly CallWindow[], after: readonly CallWindow[]): string[] {
  const ranks = Array.from({ length: Math.max(before.length, after.length) }, (_, rank) => rank)
  return ranks.flatMap(rank => {
    const [was, is] = [before[rank], after[rank]]
    const name = (is ?? was)?.label ?? (ranks.length === 1 ? 'appel' : `fenêtre ${rank + 1}`)
    if (was === undefined || is === undefined) {
      const [opensOn, closesOn] = [is ?? was].flatMap(each => [each?.opensOn ?? null, each?.closesOn ?? null])
      const days = `du ${dayWords(opensOn ?? null)} au ${dayWords(closesOn ?? null)}`
      return [`${name} ${was === undefined ? 'ajoutée' : 'retirée'}, ${days}`]
    }
    return [
      ...(was.opensOn === is.opensOn
        ? []
        : [`${name}, ouverture : ${arrow(dayWords(was.opensOn), dayWords(is.opensOn))}`]),
      ...(was.closesOn === is.closesOn
        ? []
        : [`${name}, clôture : ${arrow(dayWords(was.closesOn), dayWords(is.closesOn))}`]),
    ]
  })
}
