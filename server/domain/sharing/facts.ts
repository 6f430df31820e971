/** What a key is applied to, from the grappe as it stands. */
import { type Call, PROJETS } from '../call.ts'
import { dossierOwners } from '../dossier-plan.ts'
import { originWords } from '../edition.ts'
import type { EsmsDetails, Grappe } from '../grappe.ts'
import { originOf } from '../reported.ts'
import { AMOUNT_NAMES, type SharingFacts } from './key.ts'

/** Members in the order of the dossier, which settles to whom a cent goes. */
export function sharingFacts(
  grappe: Grappe,
  details: ReadonlyMap<string, EsmsDetails>,
  call: Pick<Call, 'money' | 'reported' | 'rules'>,
): SharingFacts {
  const owners = dossierOwners(grappe)
  const byId = new Map(grappe.esms.map(esms => [esms.id, esms]))
  const { money } = call
  const maximum = call.rules.find(({ rule }) => rule === 'esms-finances')?.parameters.maximum
  return {
    ogs: owners.flatMap(({ scope, id, name }) => (scope === 'og' && id !== null ? [{ id, name }] : [])),
    esms: owners.flatMap(({ scope, id }) => {
      const esms = scope === 'esms' ? byId.get(id ?? '') : undefined
      if (esms === undefined) return []
      const { ogId, name, projet } = esms
      return [{ id: esms.id, ogId, name, projet, capacite: details.get(esms.id)?.capacite ?? null }]
    }),
    money: PROJETS.flatMap(projet => {
      const euros = money?.[AMOUNT_NAMES[projet]] ?? null
      if (money === null || euros === null) return []
      const origin = originOf(call, `money.${AMOUNT_NAMES[projet]}`, money.provenance)
      return [{ projet, euros, origin: originWords(origin, 'porteur') }]
    }),
    mostFunded: typeof maximum === 'number' ? maximum : null,
  }
}
