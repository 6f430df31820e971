import type { Esms } from '../grappe.ts'
import { groupBy } from '../group-by.ts'
import { agree, defineRule, minimumRange, placeUnknown } from './rule.ts'

/** Members of each OG, the largest OG first. */
function byOg(members: readonly Esms[]): Esms[][] {
  return [...groupBy(members, esms => esms.ogId).values()].sort((a, b) => b.length - a.length)
}

export const minimumOg = defineRule({
  code: 'minimum-og',
  title: 'Nombre minimum d’organismes gestionnaires',
  parameters: {
    minimum: { kind: 'threshold', meaning: 'nombre d’OG exigé, et les territoires où il est différent' },
    seulAPartirDe: {
      kind: 'count',
      optional: true,
      meaning: 'nombre d’ESMS à partir duquel un OG peut candidater seul',
    },
    seulJusquA: {
      kind: 'count',
      optional: true,
      meaning: 'nombre d’ESMS jusqu’auquel un OG peut candidater seul',
    },
  },
  evaluate({ minimum, seulAPartirDe, seulJusquA }, { members }) {
    const groups = byOg(members)
    const count = groups.length
    const { least, most } = minimumRange(minimum, members)
    if (count >= most) {
      return { status: 'satisfait', reason: `La grappe réunit ${count} OG, pour ${most} au moins.` }
    }
    const largest = groups[0]?.length ?? 0
    if (seulAPartirDe !== null && largest >= seulAPartirDe) {
      const upTo = seulJusquA ?? Number.POSITIVE_INFINITY
      if (count === 1 && largest <= upTo) {
        return {
          status: 'satisfait',
          reason:
            `Un seul OG, avec ${largest} ESMS : un OG qui en a ${seulAPartirDe} ou plus peut ` +
            'candidater seul.',
        }
      }
      return {
        status: 'a-verifier',
        reason:
          count === 1
            ? `Un seul OG, avec ${largest} ESMS : la règle connue pour un OG seul va de ${seulAPartirDe} ` +
              `à ${upTo} ESMS.`
            : `La grappe réunit ${count} OG, pour ${least} au moins, mais l’un d’eux a ${largest} ` +
              'ESMS et pourrait candidater seul.',
        remedy: 'Demandez à votre ARS sous quelle forme candidater.',
        place: 'ars',
        ars: { toAssess: 'la forme de la candidature.' },
        ogIds: groups.filter(group => group.length >= seulAPartirDe).flatMap(group => group[0]?.ogId ?? []),
      }
    }
    if (count < least) {
      const missing = least - count
      return {
        status: 'non-satisfait',
        reason:
          `La grappe réunit ${count} OG : il en manque ${missing} pour atteindre le minimum de ` +
          `${least}.`,
        remedy: `Accueillez au moins ${missing} autre${agree(missing, '', 's')} OG.`,
        place: 'membres',
      }
    }
    const either = `le minimum est de ${least} ou de ${most} selon le territoire`
    return {
      status: 'a-verifier',
      reason: `La grappe réunit ${count} OG, et ${either}.`,
      ...placeUnknown(
        members,
        'Demandez à votre ARS quel minimum s’applique à une grappe répartie sur plusieurs territoires.',
      ),
      ars: { toAssess: 'le minimum qui vaut pour cette grappe.' },
    }
  },
  margin({ minimum, seulAPartirDe, seulJusquA }, { members }) {
    // Fewest departures that break the rule: for each number of OG kept, keep the largest ones, one of which
    // must be where the minimum exceeds that number.
    const groups = byOg(members).map(group => ({
      size: group.length,
      most: minimumRange(minimum, group).most,
    }))
    let fewest = members.length
    let largestKept = 0
    for (const [position, { size: last }] of groups.entries()) {
      const kept = position + 1
      largestKept += last
      for (const [other, { size, most }] of groups.entries()) {
        if (most <= kept) continue
        let staying = other <= position ? largestKept : largestKept - last + size
        const mayApplyAlone =
          kept === 1 && seulAPartirDe !== null && size >= seulAPartirDe && size <= (seulJusquA ?? size)
        if (mayApplyAlone) staying = seulAPartirDe - 1
        fewest = Math.min(fewest, members.length - staying)
      }
    }
    return fewest - 1
  },
})
