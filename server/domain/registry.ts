/**
 * The FINESS registry: what its files say of a structure, and what the application answers about a number.
 */
import type { Day } from './call.ts'
import { formatDay } from './deadline.ts'
import type { RegistryStatus } from './grappe.ts'

/** Which file the registry came from: the old national extract (CSV) or its replacement (JSON). */
export type RegistryFormat = 'csv' | 'finess-plus'

/** One structure of the registry: an establishment (ET) or the legal entity (EJ) that runs some. */
export interface RegistryStructure {
  number: string
  kind: 'ET' | 'EJ'
  /** Null for an EJ that the old CSV knows by its number only. */
  name: string | null
  longName: string | null
  /** Number of the EJ that runs the ET; null for an EJ. */
  ejNumber: string | null
  /** Category code, three digits, or null when the file gives none. */
  categorie: string | null
  /** INSEE code: `01`, `2A`, `971`; null when the file does not tell. */
  departement: string | null
  /** Postal code and town, such as `01440 VIRIAT`. */
  acheminement: string | null
  /** Fourteen digits, or null. */
  siret: string | null
  /** The old CSV lists open establishments only: there, presence means open on its date. */
  open: boolean
}

/**
 * What a registry file gives, in its order. `line` counts from 1: a line of the CSV, or the rank of the EJ in
 * FINESS+.
 */
export type RegistryItem =
  | { kind: 'format'; format: RegistryFormat }
  /** Not given when the file does not say its date. */
  | { kind: 'date'; dataOn: Day }
  | { kind: 'structure'; line: number; structure: RegistryStructure }
  | { kind: 'refused'; line: number; reason: string }
  /** A record of another type than establishments, such as `geolocalisation`. */
  | { kind: 'skipped'; recordType: string }
  /** Character encodings met beyond plain ASCII; two of them when the file mixes them. */
  | { kind: 'encodings'; encodings: readonly string[] }
  /**
   * The file as a whole cannot be trusted: nothing of it may be kept. One French sentence that says what to
   * do.
   */
  | { kind: 'unreadable'; reason: string }

/** What the application knows of the registry that it holds. */
export interface RegistryDate {
  format: RegistryFormat
  dataOn: Day | null
}

/** What to say of the numbers of a grappe: compared with which data, or not at all. */
export function comparedWith(registry: RegistryDate | null): string {
  return registry === null
    ? 'Aucun registre FINESS n’est chargé : seule la clé des numéros est vérifiée.'
    : `Numéros comparés au ${registryLabel(registry)}.`
}

/** The registry's answer about one number. */
export interface RegistryFinding {
  status: RegistryStatus
  /** The structure that bears this number; null when there is none or no registry. */
  structure: RegistryStructure | null
  /** Name of the EJ that runs it, when the file gives it. */
  ejName: string | null
  /** For an EJ (`juridique`): the ETs that it runs, open ones first. */
  ets: readonly RegistryStructure[]
  /** Which data answered; null without a registry. */
  registry: RegistryDate | null
}

/**
 * How a screen names the data it relies on.
 *
 * `registryLabel({ format: 'csv', dataOn: '2026-05-12' })` → `registre FINESS du mardi 12 mai 2026`
 */
export function registryLabel({ dataOn }: RegistryDate): string {
  return dataOn === null ? 'registre FINESS (date inconnue)' : `registre FINESS du ${formatDay(dataOn)}`
}
