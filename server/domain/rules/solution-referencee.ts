import type { Domaine } from '../call.ts'
import { formatDay } from '../deadline.ts'
import type { SegurReference } from '../grappe.ts'
import { type CriterionStatus, defineRule, judgeEach, type UsedValue } from './rule.ts'

/**
 * No official list of referenced solutions is shipped: the status is what the porteur entered, with its
 * source.
 */
export const solutionReferencee = defineRule({
  code: 'solution-referencee',
  title: 'Solution référencée Ségur',
  parameters: {
    couloirs: { kind: 'couloirs', meaning: 'couloirs du référencement et domaines que chacun couvre' },
    inscriptionSuffit: {
      kind: 'domaines',
      optional: true,
      meaning: 'domaines pour lesquels l’inscription de l’éditeur au guichet suffit',
    },
    dispenses: {
      kind: 'domaines',
      optional: true,
      meaning: 'domaines sans obligation de référencement',
    },
  },
  evaluate({ couloirs, inscriptionSuffit, dispenses }, { members, grappe }) {
    const references = new Map(grappe.solutions.map(solution => [solution.id, solution.segur]))
    const covers = (reference: SegurReference, domaine: Domaine): CriterionStatus => {
      if (reference.status === 'non-referencee') return 'non-satisfait'
      if (inscriptionSuffit?.includes(domaine)) return 'satisfait'
      if (reference.status === 'inscrite') return 'non-satisfait'
      const needed = couloirs.filter(couloir => couloir.domaines.includes(domaine))
      if (needed.length === 0 || reference.couloirs === null) return 'a-verifier'
      return needed.some(couloir => reference.couloirs?.includes(couloir.code))
        ? 'satisfait'
        : 'non-satisfait'
    }
    const finding = judgeEach(
      members,
      ({ solutionId, domaine }) => {
        if (domaine !== null && dispenses?.includes(domaine)) return 'satisfait'
        const reference = solutionId === null ? null : (references.get(solutionId) ?? null)
        return reference === null || domaine === null ? 'a-verifier' : covers(reference, domaine)
      },
      {
        satisfait:
          `La solution de tous les ESMS (${members.length}) est référencée pour leur domaine, ` +
          'ou n’a pas à l’être.',
        'non-satisfait': concerned => [
          `La solution de ${concerned} ESMS sur ${members.length} n’est pas référencée Ségur ` +
            'pour leur domaine.',
          'Demandez à l’éditeur son attestation de référencement, ou choisissez une solution référencée.',
          'solutions',
        ],
        'a-verifier': concerned => [
          `Le référencement Ségur de la solution n’est pas établi pour ${concerned} ESMS sur ` +
            `${members.length}.`,
          'Indiquez dans la fiche de la solution son référencement, ses couloirs et votre source.',
          'solutions',
          { toAssess: 'la solution, à rapprocher de la liste des solutions référencées.' },
        ],
      },
    )
    const chosen = new Set(members.map(({ solutionId }) => solutionId))
    return {
      ...finding,
      uses: grappe.solutions.flatMap(({ id, produit, segur }): UsedValue[] =>
        segur === null || !chosen.has(id)
          ? []
          : [
              {
                name: `référencement de ${produit}`,
                origin: {
                  kind: 'reported',
                  basis: `${segur.source}, lu le ${formatDay(segur.readOn)}`,
                  on: null,
                },
              },
            ],
      ),
    }
  },
})
