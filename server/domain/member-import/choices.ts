/** Cells that take one value of a few, in the words that people type for them. */
import { DOMAINES, type Domaine, type Projet } from '../call.ts'
import { categorieLabel, findCategorie } from '../nomenclature.ts'
import { isNearSpelling, plainText } from '../solution-identity.ts'
import type { LineReview } from './line-review.ts'
import { domaineProposed, notAChoice, notPlaces, readAs, typeRead, typeUnknown } from './sentences.ts'

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
  acquisition: [
    ...['acq', 'acquis', 'acquerir', 'a acquerir', 'acquisition dui', 'acquisition d un dui', 'achat'],
    ...['a acheter', 'acheter', 'nouvelle acquisition', 'premiere acquisition', 'premier equipement'],
  ],
  'mise-en-conformite': [
    ...[
      'mec',
      'conformite',
      'mise conformite',
      'mise en conf',
      'mise en conformite dui',
      'a mettre en conformite',
    ],
    ...['maj', 'mise a jour', 'a mettre a jour', 'mise a niveau', 'a jour', 'evolution', 'montee de version'],
  ],
}
/** Words that may well mean one, and may mean the other: proposed, never taken unasked. */
const PROJET_PROBABLE: ReadonlyMap<string, Projet> = new Map([
  ['renouvellement', 'mise-en-conformite'],
  ['a renouveler', 'mise-en-conformite'],
  ['remplacement', 'acquisition'],
  ['changement', 'acquisition'],
])

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

/**
 * The domain of a line, proposed after its category where the cell says nothing. Null when nothing is said,
 * or nothing that is understood (which is said).
 */
export function readDomaine(review: LineReview, categorie: string | null): Domaine | null {
  const typed = readChoice(review, 'domaine', DOMAINE_CHOICES, text => findCategorie(text)?.domaine ?? null)
  if (typed !== null || categorie === null || review.source.values.domaine !== undefined) return typed
  const domaine = findCategorie(categorie)?.domaine ?? null
  if (domaine !== null)
    review.note('domaine', domaineProposed(domaine, review.source.values.type ?? categorie))
  return domaine
}

export const readProjet = (review: LineReview): Projet | null =>
  readChoice(review, 'projet', PROJET_CHOICES, text => PROJET_PROBABLE.get(plainText(text)) ?? null)

/** @param known the registry's own category: the one that counts */
export function readCategorie(review: LineReview, known: string | null): string | null {
  const text = review.meaning('type')
  if (text === null || known !== null) return known
  const categorie = findCategorie(text)
  if (categorie === null) review.block('type', typeUnknown(text))
  else review.note('type', typeRead(text, categorieLabel(categorie.code)))
  return categorie?.code ?? null
}

/** « 84 », « 84 places », « 84 lits ». */
export function readCapacite(review: LineReview): number | null {
  const text = review.meaning('capacite')
  if (text === null) return null
  const places = /^(\d{1,5})(?:[.,]0+)?\s*(?:places?|lits?|pl\.?)?$/i.exec(text)?.[1]
  if (places === undefined) review.block('capacite', notPlaces(text))
  return places === undefined ? null : Number(places)
}

function readChoice<Value extends string>(
  review: LineReview,
  field: 'domaine' | 'projet',
  { labels, words }: Choices<Value>,
  probable: (text: string) => Value | null,
): Value | null {
  const text = review.meaning(field)
  if (text === null) return null
  const plain = plainText(text)
  const value = words.get(plain)
  if (value !== undefined) {
    const label = labels.get(value) ?? value
    if (plainText(label) !== plain) review.note(field, readAs(text, `« ${label} »`))
    return value
  }
  const near = new Set([...words].filter(([word]) => isNearSpelling(word, plain)).map(([, meant]) => meant))
  const only = probable(text) ?? (near.size === 1 ? [...near][0] : undefined)
  review.block(
    field,
    notAChoice(field, text, [...labels.values()]),
    only === undefined ? null : (labels.get(only) ?? null),
  )
  return null
}
