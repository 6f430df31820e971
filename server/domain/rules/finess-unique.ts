import { agree, defineRule, judgeEach } from './rule.ts'

export const finessUnique = defineRule({
  code: 'finess-unique',
  title: 'Un numéro FINESS propre à chaque ESMS',
  parameters: {},
  evaluate(_, { members }) {
    const uses = new Map<string | null, number>()
    for (const { finess } of members) uses.set(finess, (uses.get(finess) ?? 0) + 1)
    return judgeEach(
      members,
      ({ finess }) =>
        finess === null ? 'a-verifier' : uses.get(finess) === 1 ? 'satisfait' : 'non-satisfait',
      {
        satisfait: `Tous les ESMS (${members.length}) ont chacun leur propre numéro.`,
        'non-satisfait': concerned => [
          `${concerned} ESMS partagent un numéro avec un autre membre de la grappe.`,
          'Donnez à chacun son propre numéro géographique, ou retirez le doublon.',
        ],
        'a-verifier': concerned => [
          `${concerned} ESMS n’${agree(concerned, 'a', 'ont')} pas encore de numéro.`,
          'Complétez les numéros FINESS manquants.',
        ],
      },
    )
  },
})
