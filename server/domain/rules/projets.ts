import { defineRule, judgeEach } from './rule.ts'

/** Both kinds together make a grappe mixte, which a call may admit by listing both. */
export const projets = defineRule({
  code: 'projets',
  title: 'Nature du projet admise',
  parameters: { projets: { kind: 'projets', meaning: 'projets admis : acquisition, mise-en-conformite' } },
  evaluate({ projets }, { members }) {
    const acquiring = members.filter(esms => esms.projet === 'acquisition').length
    const list = projets.map(projet => (projet === 'acquisition' ? projet : 'mise en conformité')).join(', ')
    const mixte = acquiring > 0 && acquiring < members.length ? ' La grappe est mixte.' : ''
    return judgeEach(
      members,
      ({ projet }) =>
        projet === null ? 'a-verifier' : projets.includes(projet) ? 'satisfait' : 'non-satisfait',
      {
        satisfait:
          `${acquiring} ESMS en acquisition, ${members.length - acquiring} en mise en ` +
          `conformité.${mixte}`,
        'non-satisfait': concerned => [
          `Le projet de ${concerned} ESMS sur ${members.length} n’est pas admis par cet appel ` +
            `(admis : ${list}).`,
          'Corrigez le projet de ces ESMS, ou retirez-les de la grappe.',
        ],
        'a-verifier': concerned => [
          `Le projet de ${concerned} ESMS sur ${members.length} n’est pas renseigné.`,
          'Dites pour chaque ESMS s’il acquiert un DUI ou met le sien en conformité.',
        ],
      },
    )
  },
})
