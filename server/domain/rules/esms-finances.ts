import { agree, defineRule } from './rule.ts'

/** An information, not a bar: a larger grappe stays admissible, some of its members are not funded. */
export const esmsFinances = defineRule({
  code: 'esms-finances',
  title: 'Nombre d’ESMS financés',
  parameters: { maximum: { kind: 'count', meaning: 'nombre d’ESMS financés au plus' } },
  evaluate({ maximum }, { members }) {
    const beyond = members.length - maximum
    if (beyond <= 0) {
      return {
        status: 'satisfait',
        reason: `La grappe compte ${members.length} ESMS, et jusqu’à ${maximum} peuvent être financés.`,
      }
    }
    return {
      status: 'satisfait',
      reason:
        `La grappe compte ${members.length} ESMS, mais ${maximum} au plus sont financés : ${beyond} ` +
        `ne le ${agree(beyond, 'serait', 'seraient')} pas.`,
      remedy:
        'Convenez entre membres de ceux à financer, et de la part des autres : cela s’écrit dans la ' +
        'convention, pas dans cet outil.',
      place: 'hors-outil',
      ars: { toAssess: 'les ESMS à financer.' },
    }
  },
})
