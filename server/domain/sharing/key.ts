/**
 * A clé de répartition: who bears which part of the shared costs, and what is expected of the subsidy.
 * Amounts are whole cents, taxes included (TTC), as the programme pays them.
 */
import type { Money, Projet } from '../call.ts'

/** What a part is shared by; `egale` counts one for each who pays. */
export const MEASURES = ['egale', 'esms', 'places', 'usagers', 'bulletins', 'heures'] as const
export type Measure = (typeof MEASURES)[number]

/** Of each ESMS, typed by the porteur: the others are counted, or are in the member's record. */
export const TYPED_MEASURES = ['usagers', 'bulletins', 'heures'] as const
export type TypedMeasure = (typeof TYPED_MEASURES)[number]
export const isTypedMeasure = (measure: Measure): measure is TypedMeasure =>
  TYPED_MEASURES.some(each => each === measure)

/** This tool's own headings: no source gives any. */
export const COST_KINDS = ['logiciel', 'equipement', 'prestation', 'personnel', 'formation', 'autre'] as const
export type CostKind = (typeof COST_KINDS)[number]

export interface SharedCost {
  label: string
  kind: CostKind
  /** TTC. */
  cents: number
  /** Borne by the ESMS of that kind of project alone; null: by all. */
  projet: Projet | null
}

/** Hundredths of a percent; those of a key make `WHOLE`. */
export interface KeyPart {
  measure: Measure
  points: number
}

/** A hundred percent, in points. */
export const WHOLE = 10_000

/** What is billed by the hour. */
export interface HourlyRate {
  /** TTC, for an hour. */
  cents: number
  /** Fewer hours than these are not billed; null: all are. */
  nothingUnder: number | null
  /** Hours beyond these are not billed; null: all are. */
  atMost: number | null
}

export type SharingRule =
  /** `called`: billed meanwhile, which the end of the year settles against the part; null: nothing. */
  | { kind: 'parts'; parts: readonly KeyPart[]; capCents: number | null; called: HourlyRate | null }
  /** Each pays its hours, whatever the costs: the difference stays with nobody, and is told. */
  | { kind: 'forfait'; rate: HourlyRate }

/** What is expected: of the call's amounts for each ESMS, or a total that the porteur gives. */
export type ExpectedSubsidy = { kind: 'appel' } | { kind: 'porteur'; cents: number; basis: string }

export interface SharingKey {
  costs: readonly SharedCost[]
  /** Who pays: each OG for its ESMS, or each ESMS. */
  between: 'og' | 'esms'
  rule: SharingRule
  /** Paid by others than the members, before anything is shared; null: nothing is. */
  outside: { by: string; points: number } | null
  /** Null: nobody knows it. */
  subsidy: ExpectedSubsidy | null
  /** Of each ESMS, by its id: a measure that is absent is unknown, never zero. */
  measures: Readonly<Record<string, Readonly<Partial<Record<TypedMeasure, number>>>>>
  /** Where the key comes from, such as the text that the members signed; null when nothing is said. */
  source: string | null
}

/** Which amount of the call is for which project. */
export const AMOUNT_NAMES = {
  acquisition: 'acquisitionEuros',
  'mise-en-conformite': 'miseEnConformiteEuros',
} as const satisfies Record<Projet, keyof Money>

export interface SharingEsms {
  id: string
  ogId: string
  name: string
  projet: Projet | null
  /** Authorised places. */
  capacite: number | null
}

/** A key with what it is applied to, as a dossier is drawn from. */
export interface AppliedKey {
  key: SharingKey
  facts: SharingFacts
}

/** What a key is applied to: the members still in, in the order in which they are shown. */
export interface SharingFacts {
  ogs: readonly { id: string; name: string }[]
  esms: readonly SharingEsms[]
  /** Whole euros for each ESMS, and where they come from; only those that are known. */
  money: readonly { projet: Projet; euros: number; origin: string }[]
  /** How many ESMS the call finances at most; null when it does not say. */
  mostFunded: number | null
}
