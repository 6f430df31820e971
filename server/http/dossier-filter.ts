/** Which dossiers a reviewer asks for, in the words of the address: the same for its page and the API. */
import { DOSSIER_ORDERS, DOSSIER_STATES, type DossierFilter, QUEUE_STAGES } from '../domain/handed-dossier.ts'

function assigneeOf(asked: unknown, email: string): DossierFilter['assignee'] {
  if (typeof asked !== 'string' || asked === '') return null
  return { email: asked === 'personne' ? null : asked === 'moi' ? email : asked }
}

/**
 * What is asked of the list, whatever else the address says.
 *
 * @param email of the reviewer, which `moi` stands for.
 */
export function dossierFilterOf(query: unknown, email: string): DossierFilter {
  const { texte, avis, etat, appel, attribue, dossier, examen, nouveau, tri } = query as Record<
    string,
    unknown
  >
  return {
    text: typeof texte === 'string' ? texte.slice(0, 200) : '',
    state: DOSSIER_STATES.find(state => state === avis) ?? null,
    stage: QUEUE_STAGES.find(stage => stage === etat) ?? null,
    call: typeof appel === 'string' && appel !== '' ? appel : null,
    assignee: assigneeOf(attribue, email),
    complete: dossier === 'complet' ? true : dossier === 'incomplet' ? false : null,
    toExamine: examen === 'reste' ? true : examen === 'fini' ? false : null,
    onlyNew: nouveau === 'oui',
    order: DOSSIER_ORDERS.find(order => order === tri) ?? 'nouveau',
  }
}
