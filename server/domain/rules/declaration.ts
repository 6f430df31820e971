import type { Projet } from '../call.ts'
import type { Esms } from '../grappe.ts'
import { agree, defineRule, judgeEach } from './rule.ts'

/** Whether the member has something to declare; one whose project is not known yet does, to be safe. */
export function mustDeclare(projets: readonly Projet[] | null, { projet }: Pick<Esms, 'projet'>): boolean {
  return projet === null || projets === null || projets.includes(projet)
}

/** A fact that only the member knows, such as another European funding: it declares it, the ARS may ask for proof. */
export const declaration = defineRule({
  code: 'declaration',
  title: 'Déclaration des membres',
  parameters: {
    enonce: { kind: 'text', meaning: 'phrase que chaque ESMS confirme, vraie quand la règle est respectée' },
    projets: { kind: 'projets', optional: true, meaning: 'projets concernés ; absent, tous' },
  },
  evaluate({ enonce, projets }, { line, members }) {
    return judgeEach(
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
          `${concerned} ESMS sur ${members.length} ne ${agree(concerned, 'peut', 'peuvent')} pas déclarer : « ${enonce} »`,
          'Retirez ces ESMS de la grappe, ou voyez avec l’ARS quel financement garder.',
        ],
        'a-verifier': concerned => [
          `${concerned} ESMS sur ${members.length} ${agree(concerned, 'doit', 'doivent')} encore confirmer : « ${enonce} »`,
          'Demandez à ces ESMS de confirmer cette déclaration.',
        ],
      },
    )
  },
})
