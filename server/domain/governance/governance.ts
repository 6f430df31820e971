/**
 * How a grappe governs itself. Seven parts, each kept with a revision of its own, so that two people who
 * write in two of them do not stand in each other's way. Nothing here is asked of anybody.
 */
import type { Day, Instant } from '../call.ts'

export const GOVERNANCE_PARTS = [
  'identite',
  'forme',
  'roles',
  'copil',
  'risques',
  'facteurs',
  'decisions',
] as const
export type GovernancePart = (typeof GOVERNANCE_PARTS)[number]

/** Those that are lists, written a line at a time. */
export const LIST_PARTS = ['roles', 'copil', 'risques', 'decisions'] as const
export type ListPart = (typeof LIST_PARTS)[number]
export const isList = (part: GovernancePart): part is ListPart => LIST_PARTS.some(each => each === part)

/** Lines that a list may hold. */
export const MOST_LINES = 200

/** Of the ten fields of the carte d'identité, those that nothing else in the grappe tells. */
export const IDENTITY_FIELDS = ['public', 'objet', 'personnes', 'entree', 'gouvernance'] as const
export type IdentityField = (typeof IDENTITY_FIELDS)[number]
/** Letters of one of them. */
export const MOST_IDENTITY = 1_000
export type Identity = Readonly<Record<IdentityField, string | null>>

export const FORM_CODES = [
  'partenariat',
  'mise-a-disposition-personnel',
  'mise-a-disposition-moyens',
  'gcsms',
  'gcs',
  'gie',
  'union-associations',
] as const
export type FormCode = (typeof FORM_CODES)[number]

export interface Cooperation {
  /** Null: not chosen yet. */
  form: FormCode | null
  /** Who chose it, when; null when nothing is said. */
  basis: string | null
}

export const ROLE_KINDS = ['porteur', 'chef-projet-si', 'amoa', 'referent', 'autre'] as const
export type RoleKind = (typeof ROLE_KINDS)[number]

export interface Role {
  id: string
  kind: RoleKind
  name: string
  /** What the person is in its own house, or does here. */
  position: string | null
  /** How to reach it, as typed. */
  contact: string | null
  /** Whose it is; may have left the grappe since. */
  ogId: string | null
}

export const MEETING_STATES = ['prevue', 'tenue', 'annulee'] as const
export type MeetingState = (typeof MEETING_STATES)[number]

/** A meeting of the comité de pilotage. */
export interface Meeting {
  id: string
  day: Day
  /** « 14:30 » on the clocks of the call; null: not known yet. */
  time: string | null
  place: string | null
  object: string
  /** Besides the members. */
  guests: string | null
  state: MeetingState
  decided: string | null
  /** Grows when what a calendar shows of it changes. */
  sequence: number
}

/** The risks that the programme's documents tell. */
export const KNOWN_RISKS = ['depart', 'attentes', 'desengagement', 'editeurs', 'dirigeants', 'debit'] as const
export type KnownRisk = (typeof KNOWN_RISKS)[number]

export const RISK_STATES = ['a-traiter', 'suivi', 'clos'] as const
export type RiskState = (typeof RISK_STATES)[number]

export interface Risk {
  id: string
  /** Null for one of the grappe's own. */
  known: KnownRisk | null
  title: string
  owner: string | null
  answer: string | null
  state: RiskState
}

/** ANAP's six success factors of a cooperation. */
export const FACTOR_CODES = ['finalite', 'droits', 'choix', 'roles', 'representation', 'risques'] as const
export type FactorCode = (typeof FACTOR_CODES)[number]

/** Worded by this tool, lowest first: the ANAP's own scale was not found. */
export const LEVELS = ['a-faire', 'en-cours', 'acquis'] as const
export type Level = (typeof LEVELS)[number]

export interface Assessment {
  /** Null: nobody said. */
  level: Level | null
  /** The next step. */
  next: string | null
}
export type Factors = Readonly<Partial<Record<FactorCode, Assessment>>>

export const MANNERS = ['unanimite', 'majorite'] as const
export type Manner = (typeof MANNERS)[number]

export interface Votes {
  pour: number
  contre: number
  abstention: number
}

export interface Decision {
  id: string
  day: Day
  what: string
  /** The body or the people who decided. */
  by: string
  /** Null: not said. */
  manner: Manner | null
  /** Null: not counted. */
  votes: Votes | null
}

export interface GovernanceValues {
  identite: Identity
  forme: Cooperation
  roles: readonly Role[]
  copil: readonly Meeting[]
  risques: readonly Risk[]
  facteurs: Factors
  decisions: readonly Decision[]
}

/** What a grappe keeps: of each part what it says, and how often it was written. */
export type Governance = {
  readonly [Part in GovernancePart]: { revision: number; value: GovernanceValues[Part] }
} & { readonly identite: { rubrics?: Readonly<Partial<Record<IdentityField, WrittenRubric>>> } }

/** Of one rubric of the identity card, which is also an answer of a form: two people write two at once. */
export interface WrittenRubric {
  revision: number
  at: Instant
}

/** Of a rubric: 0 as long as nobody wrote it, 1 when it came with the grappe. */
export const rubricRevision = ({ identite }: Pick<Governance, 'identite'>, field: IdentityField): number =>
  identite.rubrics?.[field]?.revision ?? (identite.value[field] === null ? 0 : 1)

/** Once a part says something else. */
export function withPart(before: Governance, { part, value }: GovernanceChange, at: Instant): Governance {
  const kept = { ...before, [part]: { revision: before[part].revision + 1, value } } as Governance
  if (part !== 'identite') return kept
  const changed = IDENTITY_FIELDS.filter(field => before.identite.value[field] !== value[field]).map(
    field => [field, { revision: rubricRevision(before, field) + 1, at }] as const,
  )
  const rubrics = { ...before.identite.rubrics, ...Object.fromEntries(changed) }
  return { ...kept, identite: { ...kept.identite, rubrics } }
}

/** One part with what it is to say. */
export type GovernanceChange = {
  [Part in GovernancePart]: { part: Part; value: GovernanceValues[Part] }
}[GovernancePart]

export const NO_GOVERNANCE: GovernanceValues = {
  identite: { public: null, objet: null, personnes: null, entree: null, gouvernance: null },
  forme: { form: null, basis: null },
  roles: [],
  copil: [],
  risques: [],
  facteurs: {},
  decisions: [],
}

export function valuesOf(governance: Governance): GovernanceValues {
  const { identite, forme, roles, copil, risques, facteurs, decisions } = governance
  return {
    identite: identite.value,
    forme: forme.value,
    roles: roles.value,
    copil: copil.value,
    risques: risques.value,
    facteurs: facteurs.value,
    decisions: decisions.value,
  }
}

/** Of which nobody is noted as référent. */
export function withoutReferent<Og extends { id: string }>(
  { roles }: Pick<GovernanceValues, 'roles'>,
  ogs: readonly Og[],
): Og[] {
  const named = new Set(roles.flatMap(({ kind, ogId }) => (kind === 'referent' && ogId ? [ogId] : [])))
  return ogs.filter(({ id }) => !named.has(id))
}

/** Forms that make a legal person of their own. */
export const isLegalPerson = (form: FormCode | null): boolean =>
  form === 'gcsms' || form === 'gcs' || form === 'gie' || form === 'union-associations'
