import type { Call } from '../../server/domain/call.ts'
import { finessKey } from '../../server/domain/finess.ts'
import type { Esms, Grappe, Og, Solution } from '../../server/domain/grappe.ts'

/** A valid, fictional number: `fictionalFiness('2A', 7)`, `fictionalFiness('974', 7)`. */
export function fictionalFiness(departement: string, rank: number): string {
  const rest = `${departement.slice(2)}99`.slice(0, 2) + String(rank).padStart(3, '0')
  const firstEight = `${departement.slice(0, 2)}0${rest}`
  return `${firstEight}${finessKey(firstEight)}`
}

export const SOLUTION: Solution = {
  id: 'solution-1',
  editeur: 'Éditeur fictif',
  produit: 'Dossier fictif',
  segur: { status: 'referencee', couloirs: ['MS1', 'MS2'], source: 'saisie de test', readOn: '2023-05-01' },
}

const DECLARATIONS = {
  'sans-fonds-europeens': true,
  'pas-deux-fois': true,
  'pas-deux-dui': true,
  'acquisition-non-contractee': true,
}

/** A member about which everything is known and fine; each test spoils what it is about. */
export function fineEsms(rank: number, changes: Partial<Esms> = {}): Esms {
  return {
    id: `esms-${rank}`,
    ogId: 'og-1',
    name: `Établissement ${rank}`,
    finess: fictionalFiness('31', rank),
    domaine: 'PH',
    projet: 'acquisition',
    solutionId: SOLUTION.id,
    categorie: '183',
    registry: 'ouvert',
    registryEj: null,
    inOtherGrappe: false,
    declarations: DECLARATIONS,
    withdrawnOn: null,
    ...changes,
  }
}

export function grappeOf(esms: readonly Esms[], solutions: readonly Solution[] = [SOLUTION]): Grappe {
  const ogIds = [...new Set(esms.map(each => each.ogId))]
  const ogs = ogIds.map((id): Og => ({ id, name: `Association ${id}`, finessEj: null }))
  return { id: 'grappe-1', name: 'Grappe de test', porteurOgId: ogIds[0] ?? null, ogs, esms, solutions }
}

export const fineGrappe = (size: number): Grappe =>
  grappeOf(Array.from({ length: size }, (_, position) => fineEsms(position + 1)))

/** The same call with another minimum of ESMS, the same everywhere. */
export function withMinimum(call: Call, minimum: number): Call {
  return {
    ...call,
    rules: call.rules.map(line =>
      line.rule === 'minimum-esms' ? { ...line, parameters: { minimum: { minimum, exceptions: [] } } } : line,
    ),
  }
}
