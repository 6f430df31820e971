import { agree, defineRule, judgeEach } from './rule.ts'

/** Sees the grappes of this server only: another tool's grappes stay unknown to it. */
export const uneSeuleGrappe = defineRule({
  code: 'une-seule-grappe',
  title: 'Un ESMS dans une seule grappe',
  parameters: {},
  evaluate(_, { members }) {
    return judgeEach(
      members,
      ({ inOtherGrappe }) =>
        inOtherGrappe === null ? 'a-verifier' : inOtherGrappe ? 'non-satisfait' : 'satisfait',
      {
        satisfait: 'Aucun ESMS n’est dans une autre grappe du même appel sur ce serveur.',
        'non-satisfait': concerned => [
          `${concerned} ESMS ${agree(concerned, 'figure', 'figurent')} aussi dans une autre ` +
            'grappe du même appel.',
          agree(
            concerned,
            'Convenez avec cet ESMS de la grappe dans laquelle il reste, et retirez-le de l’autre.',
            'Convenez avec ces ESMS de la grappe dans laquelle ils restent, et retirez-les de l’autre.',
          ),
          null,
          {
            toAssess: `la grappe à laquelle ${agree(concerned, 'il est rattaché', 'ils sont rattachés')}.`,
          },
        ],
        'a-verifier': concerned => [
          `La présence de ${concerned} ESMS dans une autre grappe n’a pas pu être vérifiée.`,
          'Complétez leur numéro FINESS : il permet la comparaison.',
        ],
        ars: {
          reason:
            'Aucun ESMS n’est dans une autre grappe du même appel, parmi celles que ce service connaît.',
        },
      },
    )
  },
})
