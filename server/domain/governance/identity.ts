/** What the grappe tells of itself for its carte d'identité: four of the ten fields, computed. */
import { departementOf } from '../finess.ts'
import { activeEsms, type Grappe } from '../grappe.ts'

/** Counts are of the members still in, and of their OG. */
export interface KnownIdentity {
  domains: readonly string[]
  departements: readonly string[]
  esms: number
  ogs: number
}

export function identityOf(grappe: Pick<Grappe, 'esms'>): KnownIdentity {
  const members = activeEsms(grappe)
  const listed = (values: readonly (string | null)[]) =>
    [...new Set(values.flatMap(value => value ?? []))].toSorted()
  return {
    domains: listed(members.map(({ domaine }) => domaine)),
    departements: listed(members.map(({ finess }) => finess && departementOf(finess))),
    esms: members.length,
    ogs: new Set(members.map(({ ogId }) => ogId)).size,
  }
}
