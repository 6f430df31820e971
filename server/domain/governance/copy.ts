/**
 * What a grappe takes of the governance of the one that it starts from: who the grouping is and who does
 * what. Meetings, levels and decisions were of another call; its risks are to be looked at again.
 */
import { type Governance, type GovernanceValues, NO_GOVERNANCE } from './governance.ts'

/**
 * @param ogIdOf the OG of the new grappe that stands for one of the old; null for one that stayed there.
 * @param withContacts whether people's addresses come along.
 */
export function copiedGovernance(
  { identite, forme, roles, risques }: GovernanceValues,
  { ogIdOf, withContacts }: { ogIdOf: (ogId: string) => string | null; withContacts: boolean },
): Governance {
  const part = <Value>(value: Value) => ({ revision: 1, value })
  const { copil, facteurs, decisions } = NO_GOVERNANCE
  return {
    identite: part(identite),
    forme: part(forme),
    roles: part(
      roles.map(role => ({
        ...role,
        contact: withContacts ? role.contact : null,
        ogId: role.ogId && ogIdOf(role.ogId),
      })),
    ),
    copil: { revision: 0, value: copil },
    risques: part(risques.map(risk => ({ ...risk, state: 'a-traiter' as const }))),
    facteurs: { revision: 0, value: facteurs },
    decisions: { revision: 0, value: decisions },
  }
}

/** Whether there is anything of it to take. */
export const isGoverned = ({ identite, forme, roles, risques }: GovernanceValues): boolean =>
  forme.form !== null ||
  roles.length + risques.length > 0 ||
  Object.values(identite).some(value => value !== null)
