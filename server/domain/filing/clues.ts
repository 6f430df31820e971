/** What the words of a file, of its folders and of its mail say of where it belongs. */
import { searchWords, slipsBetween } from '../search-words.ts'

/** The message that carried a file. */
export interface MailOrigin {
  /** An address; null when the message tells none. */
  from: string | null
  subject: string
}

/** A file that came without saying where it belongs. */
export interface LooseFile {
  /** Its own, without its folders. */
  name: string
  /** The folders that it was in, outermost first. */
  folders: readonly string[]
  /** Null when none carried it. */
  mail: MailOrigin | null
}

/** One text to read, and where it was found, as a reason says it. */
export interface ReadText {
  text: string
  where: string
}

/**
 * What there is to read, the most telling first: a name says more than a folder, a near folder than a far
 * one.
 */
export function textsOf({ name, folders, mail }: LooseFile): ReadText[] {
  return [
    { text: name.replace(/\.[a-z0-9]{1,5}$/i, ''), where: 'dans le nom du fichier' },
    ...folders.toReversed().map(folder => ({ text: folder, where: `dans le dossier « ${folder} »` })),
    ...(mail === null ? [] : [{ text: mail.subject, where: 'dans l’objet du message' }]),
  ]
}

/** Words that tell nothing of whose name they are in. */
const EMPTY_WORDS = new Set(
  'a au aux avec ce d de des du en et l la le les leur ou par pour s sa ses son sous sur un une'.split(' '),
)

/**
 * Words that say of what kind somebody is, and seldom who: « Tilleuls » is enough for « EHPAD Les
 * Tilleuls ».
 */
const KIND_WORDS = new Set(
  (
    'accueil association atelier centre ehpa ehpad esat etablissement fam fondation foyer groupement ' +
    'hebergement ime institut itep maison mas mutualite pole residence saad samsah savs service sessad ssiad'
  ).split(' '),
)
const KIND_WEIGHT = 0.3

/** The telling words of a text; « LesTilleuls » has two. */
function wordsOf(text: string): string[] {
  const apart = text.replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
  return [...new Set(searchWords(apart).filter(word => !EMPTY_WORDS.has(word)))]
}

/** Something that has a name, and by which words it is found. */
interface Named {
  id: string
  /** How much each of its words tells: one that many names share tells little. */
  weights: ReadonlyMap<string, number>
  /** Abbreviations that no other name has: each is enough. */
  initials: ReadonlySet<string>
}

/** A name that a text holds, whole or for the greater part. */
export interface NameMatch {
  id: string
  /** Part of the name's weight that was found, 0 to 1. */
  share: number
  /** Words of the text that were recognised, as they are in it. */
  found: readonly string[]
}

/** Less than this of a name, and it may as well be another. */
const LEAST_SHARE = 0.6
/** How much better than the next one a name must be to be the one that is meant. */
const LEAST_LEAD = 0.15
/** « Mandat » says more of « Mandat donné au porteur » than the rest of it does. */
const HEAD_WEIGHT = 3
/** Shorter words are too often one slip from another one. */
const LEAST_FORGIVING = 6

/** Names that are looked for in texts. */
export class Names {
  /** The names in which each word is. */
  readonly #byWord = new Map<string, Named[]>()
  /** The words of names that each word of a text is: the same words come again in hundreds of files. */
  readonly #meant = new Map<string, readonly string[]>()

  /** @param areHeaded whether the first word of a name says what it is, as with documents. */
  constructor(names: ReadonlyArray<{ id: string; name: string }>, areHeaded: boolean) {
    const counts = new Map<string, number>()
    for (const { name } of names) {
      for (const word of wordsOf(name)) counts.set(word, (counts.get(word) ?? 0) + 1)
    }
    const weightOf = (word: string, at: number) => {
      const rarity = Math.log(1 + names.length / (counts.get(word) ?? 1))
      if (areHeaded) return at === 0 ? rarity * HEAD_WEIGHT : rarity
      return KIND_WORDS.has(word) ? rarity * KIND_WEIGHT : rarity
    }
    for (const { id, name } of names) {
      const capitals = name.match(/(?<!\p{L})\p{Lu}{3,}(?!\p{L})/gu) ?? []
      const named = {
        id,
        weights: new Map(wordsOf(name).map((word, at) => [word, weightOf(word, at)])),
        initials: new Set(capitals.flatMap(wordsOf).filter(word => counts.get(word) === 1)),
      }
      for (const word of named.weights.keys()) {
        this.#byWord.set(word, [...(this.#byWord.get(word) ?? []), named])
      }
    }
  }

  /** The names that a text may mean, those as good as the best one only. */
  find(text: string): NameMatch[] {
    const found = new Map<string, string>()
    for (const word of wordsOf(text)) {
      for (const meant of this.#wordsMeant(word)) if (!found.has(meant)) found.set(meant, word)
    }
    const candidates = new Set([...found.keys()].flatMap(word => this.#byWord.get(word) ?? []))
    const matches = [...candidates]
      .map(named => matchOf(named, found))
      .filter(({ share, found: words }) => share >= LEAST_SHARE && words.some(word => word.length >= 3))
    const best = Math.max(0, ...matches.map(({ share }) => share))
    return matches.filter(({ share }) => share > best - LEAST_LEAD)
  }

  #wordsMeant(word: string): readonly string[] {
    const known = this.#meant.get(word)
    if (known !== undefined) return known
    const meant = [...this.#byWord.keys()].filter(each => isSameWord(word, each))
    this.#meant.set(word, meant)
    return meant
  }
}

/** @param found words of names, each with the word of the text that it was recognised in. */
function matchOf({ id, weights, initials }: Named, found: ReadonlyMap<string, string>): NameMatch {
  const words: string[] = []
  let weight = 0
  let total = 0
  for (const [wanted, weightOfIt] of weights) {
    total += weightOfIt
    const word = found.get(wanted)
    if (word === undefined) continue
    words.push(word)
    weight += weightOfIt
  }
  const isNamed = words.some(word => initials.has(word))
  const share = total === 0 ? 0 : weight / total
  return { id, found: words, share: isNamed ? Math.max(share, LEAST_SHARE) : share }
}

function isSameWord(word: string, wanted: string): boolean {
  if (word === wanted || word === `${wanted}s` || `${word}s` === wanted) return true
  if (Math.min(word.length, wanted.length) < LEAST_FORGIVING) return false
  return Math.abs(word.length - wanted.length) <= 1 && slipsBetween(word, wanted) <= 1
}

/** Which of these FINESS numbers a text holds: their figures apart or not, and in no longer number. */
export function numbersIn<Numbered extends { finess: string }>(
  text: string,
  numbers: readonly Numbered[],
): Numbered[] {
  const figures = text.replace(/[\s._-]/g, '').toUpperCase()
  return numbers.filter(({ finess }) => figures.includes(finess) && holdsNumber(text, finess))
}

function holdsNumber(text: string, finess: string): boolean {
  const spaced = [...finess].join('[\\s._-]?')
  return new RegExp(`(?<![0-9a-z])${spaced}(?![0-9])`, 'i').test(text)
}
