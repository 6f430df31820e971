/** What a person of a porteur may do: each role may all that the one before it may. */
export const ROLES = ['lire', 'controler', 'administrer'] as const
export type Role = (typeof ROLES)[number]

/** What two of them both allow. */
export const lowerRole = (one: Role, other: Role): Role =>
  ROLES.indexOf(one) < ROLES.indexOf(other) ? one : other
