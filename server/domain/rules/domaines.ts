import { agree, defineRule, judgeEach } from './rule.ts'

export const domaines = defineRule({
  code: 'domaines',
  title: 'Domaine d’activité admis',
  parameters: { domaines: { kind: 'domaines', meaning: 'domaines admis : PA, PH, DOM, PDE, PDS, AHI, PJM' } },
  evaluate({ domaines }, { members }) {
    const list = domaines.join(', ')
    return judgeEach(
      members,
      ({ domaine }) =>
        domaine === null ? 'a-verifier' : domaines.includes(domaine) ? 'satisfait' : 'non-satisfait',
      {
        satisfait: `Tous les ESMS (${members.length}) sont d’un domaine admis (${list}).`,
        'non-satisfait': concerned => [
          `${concerned} ESMS sur ${members.length} ${agree(concerned, 'est', 'sont')} hors des ` +
            `domaines admis (${list}).`,
          'Retirez ces ESMS de la grappe, ou corrigez leur domaine s’il est faux.',
        ],
        'a-verifier': concerned => [
          `Le domaine de ${concerned} ESMS sur ${members.length} n’est pas renseigné.`,
          'Renseignez le domaine de chaque ESMS.',
        ],
      },
    )
  },
})
