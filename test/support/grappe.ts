/** A small grappe, made through the API as a porteur's program would. */
import { API_PATHS, fill } from '../../schema/urls.ts'
import { finessKey } from '../../server/domain/finess.ts'
import type { ApiClient } from './app.ts'

/** Fictional numbers with a valid key: département 99 does not exist. */
export function fictionalFiness(order: number): string {
  const firstEight = `990${String(order).padStart(5, '0')}`
  return firstEight + finessKey(firstEight)
}

export interface TestGrappe {
  grappeId: string
  ogId: string
  esmsIds: string[]
}

interface Created {
  id: string
}

/** One OG and `count` ESMS on the demonstration call, all on one solution. */
export async function createTestGrappe(
  porteur: Pick<ApiClient, 'call'>,
  count = 2,
  name = 'Grappe d’essai',
): Promise<TestGrappe> {
  const grappe = await porteur.call<Created>('POST', API_PATHS.grappes, { name, call: 'demonstration' })
  const at = { grappe: grappe.body.id }
  const og = await porteur.call<Created>('POST', fill(API_PATHS.ogs, at), {
    name: 'Association Les Oliviers',
  })
  const esmsIds: string[] = []
  for (let order = 1; order <= count; order++) {
    const esms = await porteur.call<Created>('POST', fill(API_PATHS.allEsms, at), {
      name: `EHPAD n° ${order}`,
      finess: fictionalFiness(order),
      ogId: og.body.id,
      domaine: 'PA',
      projet: order % 2 === 0 ? 'mise-en-conformite' : 'acquisition',
      contactEmail: `contact${order}@exemple.fr`,
    })
    esmsIds.push(esms.body.id)
  }
  await porteur.call('PUT', fill(API_PATHS.solution, at), {
    editeur: 'Éditeur fictif',
    produit: 'Dossier Clair',
  })
  return { grappeId: grappe.body.id, ogId: og.body.id, esmsIds }
}
