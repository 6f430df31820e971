/** An example grouping, from which a grappe can be started: `templates/examples/*.yaml`. */
import * as z from 'zod'
import { DOMAINES, PROJETS } from '../../server/domain/call.ts'
import { normaliseFiness } from '../../server/domain/finess.ts'
import { code, type FileProblem, listOf, oneOf, readBy, text } from './hand-written.ts'

const finess = text(9).refine(
  number => normaliseFiness(number).ok,
  'écrivez un numéro FINESS de neuf caractères dont la clé est juste',
)

const esms = z.strictObject({
  name: text(200),
  finess,
  domaine: oneOf(DOMAINES),
  projet: oneOf(PROJETS),
  categorie: text(3),
  /** Product of one of the example's solutions. */
  solution: text(200),
})

const exampleSchema = z
  .strictObject({
    code,
    title: text(200),
    /** What the source documents tell. */
    told: text(1000),
    /** What was made up to fill it in; said wherever the example is offered. */
    madeUp: text(1000),
    solutions: listOf(z.strictObject({ editeur: text(200), produit: text(200) })),
    /** The first one is the porteur. */
    ogs: listOf(z.strictObject({ name: text(200), esms: listOf(esms) })),
  })
  .superRefine(({ solutions, ogs }, context) => {
    const products = new Set(solutions.map(solution => solution.produit))
    for (const [og, { esms: members }] of ogs.entries()) {
      for (const [rank, { solution }] of members.entries()) {
        if (products.has(solution)) continue
        const path = ['ogs', og, 'esms', rank, 'solution']
        context.addIssue({
          code: 'custom',
          path,
          message: 'reprenez le produit d’une des solutions du fichier',
        })
      }
    }
  })

export type Example = z.infer<typeof exampleSchema>

export function readExample(
  value: unknown,
): { ok: true; example: Example } | { ok: false; problems: readonly FileProblem[] } {
  const result = readBy(exampleSchema, value)
  return result.ok ? { ok: true, example: result.data } : result
}
