/** Every rule that a call may use, in the order in which `npm run call` and the documentation list them. */
import { categories } from './categories.ts'
import { declaration } from './declaration.ts'
import { domaines } from './domaines.ts'
import { esmsFinances } from './esms-finances.ts'
import { fenetre } from './fenetre.ts'
import { finessGeographique } from './finess-geographique.ts'
import { finessUnique } from './finess-unique.ts'
import { guichet } from './guichet.ts'
import { minimumEsms } from './minimum-esms.ts'
import { minimumOg } from './minimum-og.ts'
import { projets } from './projets.ts'
import { region } from './region.ts'
import type { Rule } from './rule.ts'
import { solutionReferencee } from './solution-referencee.ts'
import { solutionUnique } from './solution-unique.ts'
import { uneSeuleGrappe } from './une-seule-grappe.ts'

export const RULES: readonly Rule[] = [
  minimumEsms,
  minimumOg,
  esmsFinances,
  guichet,
  finessGeographique,
  finessUnique,
  categories,
  domaines,
  projets,
  solutionUnique,
  solutionReferencee,
  region,
  fenetre,
  declaration,
  uneSeuleGrappe,
]

export function ruleNamed(code: string): Rule | undefined {
  return RULES.find(rule => rule.code === code)
}
