/**
 * One DUI solution by identity: an editor and a product, whatever the case, accents, punctuation or version
 * that members type. Spellings that are merely close are proposed to a person, never merged by the machine:
 * two products of one editor may have close names.
 */
import type { Solution } from './grappe.ts'

/** How somebody wrote a solution; an empty editor means that it was not given. */
export type SolutionSpelling = Pick<Solution, 'editeur' | 'produit'>

/** Lower case, no accents, every run of other characters than letters and digits as one space. Idempotent. */
export function plainText(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/œ/g, 'oe')
    .replace(/æ/g, 'ae')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
}

/** « v5 », « V 5.2 », « version 2023 » or a dotted number, at the end of a product's name. */
const VERSION = /[\s,;:(-]((?:v|vers|version)\.?\s*\d[\w.]*|\d+(?:\.\d+)+)\s*\)?$/i

/**
 * Splits the version off a product's name: a version is a member's detail, it does not make another solution.
 * A bare whole number stays in the name, since it may well belong to it.
 *
 * `NETSoins v5` → `{ produit: 'NETSoins', version: 'v5' }`
 */
export function splitVersion(text: string): { produit: string; version: string | null } {
  const whole = text.trim().replace(/\s+/g, ' ')
  const match = VERSION.exec(whole)
  const produit = whole.slice(0, match?.index).replace(/[\s,;:(-]+$/, '')
  if (match === null || produit === '') return { produit: whole, version: null }
  const inner = splitVersion(produit)
  return { produit: inner.produit, version: [inner.version ?? '', match[1] ?? ''].join(' ').trim() }
}

/** Company forms that say nothing of who the editor is. */
const LEGAL_FORMS = new Set(['sa', 'sas', 'sasu', 'sarl', 'eurl', 'scop', 'scic', 'gmbh', 'ltd'])

function plainEditor(editeur: string): string {
  const words = plainText(editeur).split(' ')
  const kept = words.filter(word => !LEGAL_FORMS.has(word))
  return (kept.length === 0 ? words : kept).join(' ')
}

/** The product's part of the identity: plain text without the version. */
export function plainProduct(produit: string): string {
  return plainText(splitVersion(produit).produit)
}

/** Two spellings with the same key are the same solution. */
export function solutionKey(spelling: SolutionSpelling): string {
  return `${plainEditor(spelling.editeur)}|${plainProduct(spelling.produit)}`
}

/** Why two records may be one; `nom-prolonge` and `editeurs-differents` are the most likely false friends. */
export type MergeReason =
  | 'meme-identite'
  | 'editeur-manquant'
  | 'editeur-dans-le-nom'
  | 'orthographe-voisine'
  | 'nom-prolonge'
  | 'editeurs-differents'

/** Two records to show side by side to a person, who decides. */
export interface MergeProposal<S extends SolutionSpelling> {
  a: S
  b: S
  reason: MergeReason
  /** One French sentence naming both. */
  explanation: string
}

/** « Éditeur — Produit », or the product alone. */
export function solutionName(spelling: SolutionSpelling): string {
  return spelling.editeur.trim() === '' ? spelling.produit : `${spelling.editeur} — ${spelling.produit}`
}

const WHY: Record<MergeReason, string> = {
  'meme-identite': 'ne diffèrent que par la casse, les accents, la ponctuation ou la version',
  'editeur-manquant': 'portent le même nom, et l’éditeur de l’une n’est pas indiqué',
  'editeur-dans-le-nom': 's’écrivent pareil quand on réunit l’éditeur et le produit',
  'orthographe-voisine': 's’écrivent presque de la même façon',
  'nom-prolonge':
    'commencent par le même nom : ce peut être le même produit, ou deux produits différents d’une gamme',
  'editeurs-differents':
    'portent le même nom chez deux éditeurs : ce peut être un éditeur renommé, ou deux produits différents',
}

const compact = (plain: string): string => plain.replaceAll(' ', '')
const digits = (plain: string): string => plain.replace(/\P{N}+/gu, ' ').trim()

/** A shorter beginning is too common to mean anything. */
const SHORTEST_PREFIX = 4

interface Compared {
  key: string
  editor: string
  product: string
}

function compared(spelling: SolutionSpelling): Compared {
  return {
    key: solutionKey(spelling),
    editor: compact(plainEditor(spelling.editeur)),
    product: compact(plainProduct(spelling.produit)),
  }
}

function startsWithOther(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  return short.length >= SHORTEST_PREFIX && long.startsWith(short)
}

function mergeReason(a: Compared, b: Compared): MergeReason | null {
  if (a.product === '' || b.product === '') return null
  if (a.key === b.key) return 'meme-identite'
  const sameEditor = a.editor === b.editor || isNearSpelling(a.editor, b.editor)
  const editorMissing = a.editor === '' || b.editor === ''
  const editorsAgree = sameEditor || editorMissing || startsWithOther(a.editor, b.editor)
  if (a.product === b.product) {
    if (sameEditor || !editorMissing) return editorsAgree ? 'orthographe-voisine' : 'editeurs-differents'
    return 'editeur-manquant'
  }
  if (a.editor + a.product === b.editor + b.product) return 'editeur-dans-le-nom'
  if (!editorsAgree) return null
  if (isNearSpelling(a.product, b.product)) return 'orthographe-voisine'
  return startsWithOther(a.product, b.product) ? 'nom-prolonge' : null
}

/**
 * The pairs that a person should look at, each with its reason. The set of pairs does not depend on the order
 * of `solutions`. Compares every pair: meant for the tens of solutions of a grappe.
 */
export function proposeMerges<S extends SolutionSpelling>(solutions: readonly S[]): MergeProposal<S>[] {
  const known = solutions.map(solution => ({ solution, as: compared(solution) }))
  return known.flatMap((first, index) =>
    known.slice(index + 1).flatMap(second => {
      const reason = mergeReason(first.as, second.as)
      if (reason === null) return []
      const [a, b] = [first.solution, second.solution]
      const explanation = `« ${solutionName(a)} » et « ${solutionName(b)} » ${WHY[reason]}.`
      return [{ a, b, reason, explanation }]
    }),
  )
}

/**
 * Whether one slip of the hand (a letter added, dropped, replaced, or two swapped) separates two compact
 * names, two slips in long ones. Different figures never are a slip: « Produit 2 » is not « Produit 3 ».
 */
export function isNearSpelling(a: string, b: string): boolean {
  const length = Math.min(a.length, b.length)
  if (length < 5 || digits(a) !== digits(b)) return false
  return slips(a, b, length < 9 ? 1 : 2) !== null
}

/** Damerau's distance (optimal string alignment) when at most `limit`, else null. */
function slips(a: string, b: string, limit: number): number | null {
  if (Math.abs(a.length - b.length) > limit) return null
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let best = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      )
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        best = Math.min(best, (beforeLast[column - 2] ?? 0) + 1)
      }
      current.push(best)
    }
    if (Math.min(...current) > limit) return null
    beforeLast = last
    last = current
  }
  const distance = last.at(-1) ?? 0
  return distance <= limit ? distance : null
}
