/** The people and the facts of one application: what rules judge and what the dossier lists. */
import type { Day, Domaine, Instant, Projet } from './call.ts'

/** Organisme gestionnaire: the legal body (entité juridique) that runs one or several ESMS. */
export interface Og {
  id: string
  name: string
  /** FINESS number of the legal entity (EJ), normalised, or null when not given. */
  finessEj: string | null
}

/** What the FINESS registry says of a number; `non-verifie` when no registry is loaded. */
export type RegistryStatus = 'non-verifie' | 'ouvert' | 'ferme' | 'juridique' | 'absent'

/** What is known of an ESMS and judged by no rule. */
export interface EsmsDetails {
  commune: string | null
  /** Authorised places (capacité autorisée). */
  capacite: number | null
}

/** Who gave an answer, and how it is known. */
export interface AnswerSource {
  /** The member by its own link, or the porteur who had it from the member. */
  by: 'membre' | 'porteur'
  /** As screens name them. */
  who: string
  at: Instant
  /** How the porteur knows, in its words; null for the member's own. */
  basis: string | null
}

/** An establishment or service, counted once per geographic FINESS number (ET). */
export interface Esms {
  id: string
  ogId: string
  name: string
  /** Geographic FINESS number (ET), normalised to nine characters, or null when not given yet. */
  finess: string | null
  domaine: Domaine | null
  projet: Projet | null
  solutionId: string | null
  /** FINESS category code of the establishment (three digits), or null when unknown. */
  categorie: string | null
  registry: RegistryStatus
  /** FINESS EJ of the parent according to the registry, or null when unknown. */
  registryEj: string | null
  /**
   * Whether another grappe of the same call on this server holds the same FINESS number; null when not looked
   * up.
   */
  inOtherGrappe: boolean | null
  /**
   * What the member declares, by code of the call's lines whose rule is `declaration`: true complies, false
   * does not, absent is unknown.
   */
  declarations: Readonly<Record<string, boolean>>
  /** Of these answers, by the same codes; absent of those kept before it was asked who gives them. */
  answeredBy?: Readonly<Record<string, AnswerSource>>
  /** Day of withdrawal from the grappe; a withdrawn member counts for nothing, its history stays. */
  withdrawnOn: Day | null
}

/** `inscrite`: the editor is registered at the référencement guichet, the solution is not referenced yet. */
export type SegurStatus = 'referencee' | 'inscrite' | 'non-referencee'

/**
 * What is known of a solution's Ségur reference, entered or imported by the porteur: no official list is
 * shipped.
 */
export interface SegurReference {
  status: SegurStatus
  /** Corridors of the reference, such as MS1 and MS2; null when not known. */
  couloirs: readonly string[] | null
  /** Where it was read, and when. */
  source: string
  readOn: Day
}

/** A DUI product, one record whatever spellings members use. */
export interface Solution {
  id: string
  editeur: string
  produit: string
  /** null: unknown. */
  segur: SegurReference | null
}

/** One grappe with its members, as every rule and the dossier read it. */
export interface Grappe {
  id: string
  name: string
  /** The OG that carries the application, sole contact of the ARS; null until chosen. */
  porteurOgId: string | null
  ogs: readonly Og[]
  esms: readonly Esms[]
  solutions: readonly Solution[]
}

/** What a grappe may take from another that it starts from. */
export const COPIED_PARTS = [
  'membres',
  'volets',
  'solutions',
  'contacts',
  'places',
  'gouvernance',
  'reponses',
] as const
export type CopiedPart = (typeof COPIED_PARTS)[number]

/** What is taken unless one says otherwise: an answer was given to another call. */
export const PROPOSED_PARTS: readonly CopiedPart[] = COPIED_PARTS.filter(part => part !== 'reponses')

/** Members still in: those that rules count. */
export function activeEsms(grappe: Pick<Grappe, 'esms'>): readonly Esms[] {
  return grappe.esms.filter(esms => esms.withdrawnOn === null)
}
