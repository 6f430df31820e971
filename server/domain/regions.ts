/**
 * Regions of 2016 and their départements, as the INSEE publishes them: which ARS a FINESS number belongs to.
 */
const DEPARTEMENTS: Readonly<Record<string, string>> = {
  'Auvergne-Rhône-Alpes': '01 03 07 15 26 38 42 43 63 69 73 74',
  'Bourgogne-Franche-Comté': '21 25 39 58 70 71 89 90',
  Bretagne: '22 29 35 56',
  'Centre-Val de Loire': '18 28 36 37 41 45',
  Corse: '20 2A 2B',
  'Grand Est': '08 10 51 52 54 55 57 67 68 88',
  Guadeloupe: '971',
  Guyane: '973',
  'Hauts-de-France': '02 59 60 62 80',
  'Île-de-France': '75 77 78 91 92 93 94 95',
  'La Réunion': '974',
  Martinique: '972',
  Mayotte: '976',
  Normandie: '14 27 50 61 76',
  'Nouvelle-Aquitaine': '16 17 19 23 24 33 40 47 64 79 86 87',
  Occitanie: '09 11 12 30 31 32 34 46 48 65 66 81 82',
  'Pays de la Loire': '44 49 53 72 85',
  "Provence-Alpes-Côte d'Azur": '04 05 06 13 83 84',
}

export const REGIONS: readonly string[] = Object.keys(DEPARTEMENTS)

/** Every overseas region at once, for rules that name them so. */
export const OUTRE_MER = 'Outre-mer'

const REGION_BY_DEPARTEMENT = new Map(
  Object.entries(DEPARTEMENTS).flatMap(([region, codes]) => codes.split(' ').map(code => [code, region])),
)

/** The region of a département, or null for one that does not tell, such as 98 (Mayotte and others). */
export function regionOf(departement: string): string | null {
  return REGION_BY_DEPARTEMENT.get(departement) ?? null
}

/** Whether the département is in that place: a region's name, or `Outre-mer`. */
export function isInPlace(departement: string, place: string): boolean {
  return place === OUTRE_MER ? /^9[78]/.test(departement) : regionOf(departement) === place
}
