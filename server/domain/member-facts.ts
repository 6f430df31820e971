/** The facts of a member that its own link shows and may correct, and how a correction reads. */
import type { AdaptationEffect } from './adaptation.ts'
import type { Esms } from './grappe.ts'
import { categorieWords } from './nomenclature.ts'
import type { SolutionSpelling } from './solution-identity.ts'

/** `appliquees`: at once, told to the porteur; `proposees`: the porteur accepts or declines each. */
export const CORRECTION_MODES = ['proposees', 'appliquees'] as const
export type CorrectionMode = (typeof CORRECTION_MODES)[number]

export const MEMBER_FACTS = [
  'name',
  'finess',
  'categorie',
  'domaine',
  'projet',
  'solutionId',
  'solutionVersion',
  'capacite',
  'commune',
] as const
export type MemberFact = (typeof MEMBER_FACTS)[number]

/** Who an OG is in the letters that it signs; no rule judges it. */
const OG_IDENTITY = ['representative', 'representativeRole', 'seatAddress', 'siren'] as const
export type OgIdentity = Readonly<Record<(typeof OG_IDENTITY)[number], string | null>>

export const UNKNOWN_IDENTITY: OgIdentity = {
  representative: null,
  representativeRole: null,
  seatAddress: null,
  siren: null,
}

/** Those of an OG, which whoever answers for it may correct. */
export const OG_FACTS = ['name', 'finessEj', ...OG_IDENTITY] as const
type OgFact = (typeof OG_FACTS)[number]
export type OgFacts = Readonly<Record<OgFact, string | null>>

export const CORRECTED_FACTS = [...MEMBER_FACTS, 'finessEj', ...OG_IDENTITY] as const
export type CorrectedFact = (typeof CORRECTED_FACTS)[number]

/** Each fact as text; null when it is not known. */
export type MemberFacts = Readonly<Record<MemberFact, string | null>>

/** One fact that changes; `words` show both sides, since a solution is kept by its id. */
export interface FactChange {
  fact: CorrectedFact
  before: string | null
  after: string | null
  words: { before: string; after: string }
  /** Of a solution that the grappe does not have yet, which `after` names: recorded once it is accepted. */
  named?: SolutionSpelling
}

export const FACT_LABELS: Readonly<Record<CorrectedFact, string>> = {
  name: 'Nom',
  finessEj: 'Numéro FINESS juridique (EJ)',
  representative: 'Représentant légal (prénom et nom)',
  representativeRole: 'Fonction du représentant légal',
  seatAddress: 'Adresse du siège',
  siren: 'Numéro SIREN ou SIRET',
  finess: 'Numéro FINESS géographique (ET)',
  categorie: 'Catégorie FINESS',
  domaine: 'Domaine',
  projet: 'Projet',
  solutionId: 'Solution DUI',
  solutionVersion: 'Version de la solution',
  capacite: 'Capacité (places)',
  commune: 'Commune',
}

/** A value as a sentence shows it, but for a solution, which is kept by its id. */
export const valueWords = (fact: MemberFact, value: string): string =>
  fact === 'categorie'
    ? categorieWords(value)
    : fact === 'projet'
      ? value.replaceAll('-', ' ').replace('conformite', 'conformité')
      : value

/** What differs, in the order of the facts. */
export const changesBetween = (
  before: MemberFacts,
  after: MemberFacts,
  wordsOf: (fact: MemberFact, value: string) => string,
): FactChange[] => differing(MEMBER_FACTS, before, after, wordsOf)

export const ogChangesBetween = (before: OgFacts, after: OgFacts): FactChange[] =>
  differing(OG_FACTS, before, after, (_, value) => value)

function differing<Fact extends CorrectedFact>(
  facts: readonly Fact[],
  before: Readonly<Record<Fact, string | null>>,
  after: Readonly<Record<Fact, string | null>>,
  wordsOf: (fact: Fact, value: string) => string,
): FactChange[] {
  const shown = (fact: Fact, value: string | null) =>
    value === null ? 'non renseigné' : wordsOf(fact, value)
  return facts
    .filter(fact => before[fact] !== after[fact])
    .map(fact => ({
      fact,
      before: before[fact],
      after: after[fact],
      words: { before: shown(fact, before[fact]), after: shown(fact, after[fact]) },
    }))
}

/** « Domaine : PA (avant : non renseigné) » */
export const changeWords = ({ fact, words }: FactChange): string =>
  `${FACT_LABELS[fact]} : ${words.after} (avant : ${words.before})`

/** The facts of a member as they stand. */
export function factsOfMember(
  esms: Pick<Esms, 'name' | 'finess' | 'categorie' | 'domaine' | 'projet' | 'solutionId'>,
  details: { commune: string | null; capacite: number | null; solutionVersion: string | null },
): MemberFacts {
  const { name, finess, categorie, domaine, projet, solutionId } = esms
  const { commune, capacite, solutionVersion } = details
  return {
    name,
    finess,
    categorie,
    domaine,
    projet,
    solutionId,
    solutionVersion,
    capacite: capacite === null ? null : String(capacite),
    commune,
  }
}

/** What giving the same facts to many members would do. */
export interface MembersEffect {
  /** Each change in words, with the names of those that it concerns. */
  changes: ReadonlyArray<{ words: string; members: readonly string[] }>
  /** How many members change. */
  changed: number
  /** Names of those that have all of it already. */
  same: readonly string[]
  /** Chosen, and not in the grappe any more. */
  gone: number
  /** Names of those whose category is the registry's, which is the one judged. */
  byRegistry: readonly string[]
  effect: AdaptationEffect
  /** To be sent back when it is confirmed: what is confirmed is what was read. */
  seen: string
}
