import { defineRule } from './rule.ts'

/** From a certain size on, a grappe answers the national call rather than its ARS's. */
export const guichet = defineRule({
  code: 'guichet',
  title: 'Appel à projets régional ou national',
  parameters: {
    seuilNational: { kind: 'count', meaning: 'nombre d’ESMS à partir duquel l’AAP national s’applique' },
    guichets: { kind: 'guichets', meaning: 'guichets que couvre cet appel : regional, national' },
  },
  evaluate({ seuilNational, guichets }, { members }) {
    const count = members.length
    const national = count >= seuilNational
    const relevant = national ? 'national' : 'régional (ou multirégional) de l’ARS'
    const reason =
      `Avec ${count} ESMS, la grappe relève de l’AAP ${relevant} : le seuil est de ` + `${seuilNational}.`
    if (guichets.includes(national ? 'national' : 'regional')) return { status: 'satisfait', reason }
    return {
      status: 'non-satisfait',
      reason,
      remedy: `Candidatez à l’AAP ${relevant}.`,
      place: 'autre-appel',
    }
  },
  margin({ seuilNational, guichets }, { members }) {
    return guichets.includes('regional') ? null : members.length - seuilNational
  },
})
