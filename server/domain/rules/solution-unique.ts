import { groupBy } from '../group-by.ts'
import { agree, defineRule, idsOf, judgeEach } from './rule.ts'

/** By identity of the solution's record, never by its spelling: near-spellings are merged beforehand. */
export const solutionUnique = defineRule({
  code: 'solution-unique',
  title: 'Une seule et même solution DUI',
  parameters: {},
  evaluate(_, { members, grappe }) {
    const users = groupBy(members, esms => esms.solutionId)
    users.delete(null)
    const name = (id: string | null) => {
      const solution = grappe.solutions.find(each => each.id === id)
      if (solution === undefined) return 'solution inconnue'
      return solution.editeur === '' ? solution.produit : `${solution.produit} (${solution.editeur})`
    }
    const ranked = [...users]
      .map(([id, group]) => ({ id, group, name: name(id) }))
      .sort((a, b) => b.group.length - a.group.length || (a.name < b.name ? -1 : 1))
    const [first, second] = ranked
    if (first !== undefined && second !== undefined) {
      const tied = first.group.length === second.group.length
      const list = ranked.map(each => `${each.name} pour ${each.group.length} ESMS`).join(', ')
      return {
        status: 'non-satisfait',
        reason: `La grappe utilise ${ranked.length} solutions : ${list}.`,
        remedy:
          'Choisissez une même solution pour tous les ESMS, et fusionnez les fiches qui ' +
          'désignent le même produit.',
        place: 'solutions',
        esmsIds: idsOf(
          members.filter(esms => esms.solutionId !== null && (tied || esms.solutionId !== first.id)),
        ),
      }
    }
    return judgeEach(members, ({ solutionId }) => (solutionId === null ? 'a-verifier' : 'satisfait'), {
      satisfait: `Tous les ESMS (${members.length}) utilisent la même solution : ${name(first?.id ?? null)}.`,
      'non-satisfait': () => ['', ''],
      'a-verifier': concerned => [
        `${concerned} ESMS sur ${members.length} n’${agree(concerned, 'a', 'ont')} pas encore de solution.`,
        'Indiquez la solution DUI de chaque ESMS.',
        'solutions',
      ],
    })
  },
})
