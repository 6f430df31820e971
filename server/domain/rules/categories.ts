import { agree, defineRule, judgeEach } from './rule.ts'

/** Labels drift from year to year, codes do not: categories are matched by code. */
export const categories = defineRule({
  code: 'categories',
  title: 'Catégorie d’établissement admise',
  parameters: {
    admises: { kind: 'categories', meaning: 'codes de catégories FINESS admises' },
    exclues: { kind: 'categories', meaning: 'codes de catégories FINESS exclues' },
  },
  evaluate({ admises, exclues }, { members }) {
    const admitted = new Set(admises)
    const excluded = new Set(exclues)
    return judgeEach(
      members,
      ({ categorie }) => {
        if (categorie === null) return 'a-verifier'
        if (excluded.has(categorie)) return 'non-satisfait'
        return admitted.has(categorie) ? 'satisfait' : 'a-verifier'
      },
      {
        satisfait: `Tous les ESMS (${members.length}) sont d’une catégorie admise.`,
        'non-satisfait': concerned => [
          `${concerned} ESMS sur ${members.length} ${agree(concerned, 'est', 'sont')} d’une ` +
            'catégorie que l’appel exclut.',
          'Retirez ces ESMS de la grappe, ou corrigez leur catégorie si elle est fausse.',
        ],
        'a-verifier': concerned => [
          `La catégorie de ${concerned} ESMS sur ${members.length} n’est pas connue, ou ne ` +
            'figure pas dans la liste de l’appel.',
          'Complétez la catégorie FINESS, puis vérifiez auprès de votre ARS si elle est admise.',
          null,
          { toAssess: 'l’admission de ces catégories.' },
        ],
      },
    )
  },
})
