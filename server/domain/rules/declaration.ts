import type { Projet } from '../call.ts'
import type { Esms } from '../grappe.ts'
import { groupBy } from '../group-by.ts'
import { agree, defineRule, judgeEach, type UsedValue } from './rule.ts'

/** Whether the member has something to declare; one whose project is not known yet does, to be safe. */
export function mustDeclare(projets: readonly Projet[] | null, { projet }: Pick<Esms, 'projet'>): boolean {
  return projet === null || projets === null || projets.includes(projet)
}

/**
 * A fact that only the member knows, such as another European funding: it declares it, the ARS may ask for
 * proof.
 */
export const declaration = defineRule({
  code: 'declaration',
  title: 'Déclaration des membres',
  parameters: {
    enonce: { kind: 'text', meaning: 'phrase que chaque ESMS confirme, vraie quand la règle est respectée' },
    projets: { kind: 'projets', optional: true, meaning: 'projets concernés ; absent, tous' },
  },
  evaluate({ enonce, projets }, { line, members }) {
    const finding = judgeEach(
      members,
      esms => {
        if (!mustDeclare(projets, esms)) return 'satisfait'
        const declared = esms.declarations[line]
        if (declared === true) return 'satisfait'
        return declared === false ? 'non-satisfait' : 'a-verifier'
      },
      {
        satisfait: `Tous les ESMS concernés déclarent : « ${enonce} »`,
        'non-satisfait': concerned => [
          `${concerned} ESMS sur ${members.length} ne ${agree(concerned, 'peut', 'peuvent')} ` +
            `pas déclarer : « ${enonce} »`,
          'Retirez ces ESMS de la grappe, ou voyez avec l’ARS quel financement garder.',
          'fiches',
          { toAssess: 'l’admission de ces ESMS.' },
        ],
        'a-verifier': concerned => [
          `${concerned} ESMS sur ${members.length} ${agree(concerned, 'doit', 'doivent')} ` +
            `encore confirmer : « ${enonce} »`,
          'Demandez à ces ESMS de confirmer cette déclaration.',
          'declarations',
          {
            reason:
              `${concerned} ESMS sur ${members.length} n’${agree(concerned, 'a', 'ont')} pas ` +
              `confirmé : « ${enonce} »`,
          },
        ],
      },
    )
    const asked = members.filter(esms => mustDeclare(projets, esms))
    return { ...finding, uses: answersUsed(asked, line) }
  },
})

/** The answers known, by who gave them and how the porteur knows. */
function answersUsed(members: readonly Esms[], line: string): UsedValue[] {
  const answered = members.filter(({ declarations }) => declarations[line] !== undefined)
  const origins = groupBy(answered, ({ answeredBy }) => {
    const source = answeredBy?.[line]
    return source?.by === 'membre' ? null : (source?.basis ?? 'non précisé')
  })
  return [...origins].map(([basis, group]) => ({
    name: `${group.length} réponse${agree(group.length, '', 's')}`,
    origin: basis === null ? { kind: 'answered' } : { kind: 'reported', basis, on: null },
  }))
}
