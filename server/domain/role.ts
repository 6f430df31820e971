/** What a person of a porteur may do: each role may all that the one before it may. */
import { HANDED_KINDS, type HandedKind } from './link.ts'

export const ROLES = ['lire', 'controler', 'administrer'] as const
export type Role = (typeof ROLES)[number]

/** What two of them both allow. */
export const lowerRole = (one: Role, other: Role): Role =>
  ROLES.indexOf(one) < ROLES.indexOf(other) ? one : other

/** In French, as a verb. */
export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  lire: 'lire',
  controler: 'contrôler',
  administrer: 'administrer',
}

/** Whether whoever has this role may do what the other one is needed for. */
export const hasRole = (role: Role, needed: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(needed)

/** The kinds of links that a role hands out, hence may see: whoever sees a link may use it. */
export function heldKinds(role: Role): readonly HandedKind[] {
  if (role === 'administrer') return HANDED_KINDS
  return role === 'controler' ? HANDED_KINDS.filter(kind => kind !== 'ars') : []
}

/** One of the people of a porteur; `joinedAt` is null for whoever has not come yet. */
interface RoleHolder {
  id: string
  role: Role
  joinedAt: unknown
}

/** Nobody else who has come administers: this one neither leaves nor changes its role. */
export const isLastAdministrator = (
  people: readonly RoleHolder[],
  { id, role, joinedAt }: RoleHolder,
): boolean =>
  role === 'administrer' &&
  joinedAt !== null &&
  !people.some(other => other.id !== id && other.role === 'administrer' && other.joinedAt !== null)
