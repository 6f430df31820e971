/**
 * Keys that the source documents tell, as starting points: what a source does not give stays to be filled in.
 * Read second-hand, in what the programme's documents tell of these groupings; none is official.
 */
import type { HourlyRate, Measure } from './key.ts'

export interface SharingPreset {
  code: 'gecac' | 'gcsms-isi' | 'gic-65'
  title: string
  /** What the source says, and what it does not. */
  told: string
  between: 'og' | 'esms'
  rule: 'parts' | 'forfait'
  /** Points; null where the source does not give the proportion. */
  parts: ReadonlyArray<{ measure: Measure; points: number | null }>
  /** Cents null: the source does not give the rate. */
  rate: (Omit<HourlyRate, 'cents'> & { cents: number | null }) | null
  outside: { by: string; points: number } | null
  source: string
}

export const SHARING_PRESETS: readonly SharingPreset[] = [
  {
    code: 'gecac',
    title: 'Comme le GECAC : une part fixe, une part par bulletin de paie',
    told: 'La source ne donne pas la proportion des deux parts : décidez-la.',
    between: 'og',
    rule: 'parts',
    parts: [
      { measure: 'egale', points: null },
      { measure: 'bulletins', points: null },
    ],
    rate: null,
    outside: null,
    source: 'GECAC (paie partagée par 18 associations), cité par les documents du programme',
  },
  {
    code: 'gcsms-isi',
    title: 'Comme le GCSMS ISI : aux heures, régularisées en fin d’année',
    told:
      'Facturé aux heures avec régularisation en fin d’année ; financé à 92 % par les membres et à 8 % ' +
      'par les usagers. La source ne donne pas le tarif.',
    between: 'og',
    rule: 'parts',
    parts: [{ measure: 'heures', points: 10_000 }],
    rate: { cents: null, nothingUnder: null, atMost: null },
    outside: { by: 'les usagers', points: 800 },
    source: 'GCSMS ISI (Hérault, 8 associations), cité par les documents du programme',
  },
  {
    code: 'gic-65',
    title: 'Comme le GIC 65 : un forfait à l’heure',
    told: '25 € l’heure, 35 heures par an au plus, rien sous 7 heures.',
    between: 'esms',
    rule: 'forfait',
    parts: [],
    rate: { cents: 2500, nothingUnder: 7, atMost: 35 },
    outside: null,
    source: 'GIC 65 (Hautes-Pyrénées, 3 établissements), cité par les documents du programme',
  },
]
