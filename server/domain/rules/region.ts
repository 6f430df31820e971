import { departementOf } from '../finess.ts'
import { regionOf } from '../regions.ts'
import { defineRule, placeUnknown } from './rule.ts'

/** A grappe that straddles several regions applies where most of its ESMS are. */
export const region = defineRule({
  code: 'region',
  title: 'Région de l’ARS',
  parameters: {
    region: {
      kind: 'region',
      optional: true,
      meaning: 'région de l’ARS ; absente, la règle oriente seulement',
    },
  },
  evaluate({ region: wanted }, { members }) {
    const counts = new Map<string, number>()
    for (const { finess } of members) {
      const found = finess === null ? null : regionOf(departementOf(finess))
      if (found !== null) counts.set(found, (counts.get(found) ?? 0) + 1)
    }
    const ranked = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    const located = ranked.reduce((sum, [, count]) => sum + count, 0)
    const unknown = members.length - located
    const [first, second] = ranked
    const list = ranked.map(([name, count]) => `${name} (${count})`).join(', ')
    const figures = [list, unknown > 0 ? `à situer (${unknown})` : ''].filter(Boolean).join(', ')
    // Sure only when the unplaced members could not change which region comes first.
    if (first === undefined || first[1] <= (second?.[1] ?? 0) + unknown) {
      return {
        status: 'a-verifier',
        reason: `La région qui compte le plus d’ESMS n’est pas établie : ${figures || 'aucun ESMS'}.`,
        ...placeUnknown(members, 'Convenez avec les ARS concernées de celle qui reçoit le dossier.'),
        ars: { toAssess: 'l’ARS qui instruit le dossier.' },
      }
    }
    const [main, count] = first
    if (wanted !== null && main !== wanted) {
      return {
        status: 'non-satisfait',
        reason:
          `La région la plus représentée est ${main} (${count} ESMS sur ${members.length}), et ` +
          `cet appel est celui de la région ${wanted}.`,
        remedy: `Candidatez auprès de l’ARS de la région ${main}.`,
        place: 'autre-appel',
      }
    }
    return {
      status: 'satisfait',
      reason:
        `${count} ESMS sur ${members.length} sont de la région ${main} : le dossier va à son ` +
        `ARS${ranked.length > 1 ? `, même si la grappe en couvre d’autres (${figures})` : ''}.`,
    }
  },
})
