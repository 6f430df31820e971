/** The solutions of the grappe and of the file, one per identity whatever the order of the lines. */
import type { Grappe } from '../grappe.ts'
import { plainProduct, type SolutionSpelling, solutionKey, splitVersion } from '../solution-identity.ts'
import type { LineReview } from './line-review.ts'
import { noProduct } from './sentences.ts'

/** A solution of the result: `id` when the grappe has it already. */
export interface ImportedSolution extends SolutionSpelling {
  id: string | null
}

/** A solution as a line names it. */
export interface NamedSolution extends SolutionSpelling {
  /** The member's own, as typed or split off the product's name. */
  version: string | null
}

export function readSolution(review: LineReview): NamedSolution | null {
  const product = review.meaning('solution')
  const editeur = review.meaning('editeur') ?? ''
  const ownVersion = review.meaning('version')
  if (product === null) {
    if (editeur !== '' || ownVersion !== null) {
      review.note(editeur === '' ? 'version' : 'editeur', noProduct())
    }
    return null
  }
  const { produit, version } = splitVersion(product)
  return { editeur, produit, version: ownVersion ?? version }
}

export class SolutionDirectory {
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
