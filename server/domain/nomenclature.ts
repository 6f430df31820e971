/**
 * Categories of care establishments, as people name them. Codes and names: nomenclature FINESS (TRE_R66
 * « Catégorie d’établissement », Agence du numérique en santé); the domain of each is a proposal, after the
 * domains of the programme, and a person may choose another.
 */
import type { Domaine } from './call.ts'
import { plainText } from './solution-identity.ts'

export interface Categorie {
  /** Three digits. */
  code: string
  name: string
  domaine: Domaine
}

/** Code, domain, name, then the short names in use. */
const CATEGORIES: readonly (readonly [string, Domaine, string, ...string[]])[] = [
  [
    '500',
    'PA',
    'EHPAD',
    'etablissement d hebergement pour personnes agees dependantes',
    'maison de retraite',
  ],
  ['501', 'PA', 'EHPA percevant des crédits d’assurance maladie', 'petite unite de vie', 'PUV'],
  ['502', 'PA', 'EHPA ne percevant pas de crédits d’assurance maladie', 'EHPA', 'MARPA'],
  ['202', 'PA', 'Résidence autonomie', 'RA', 'logement foyer', 'foyer logement', 'residences autonomie'],
  ['207', 'PA', 'Centre de jour pour personnes âgées', 'AJ', 'accueil de jour', 'accueil de jour autonome'],
  ['381', 'PA', 'Établissement expérimental pour personnes âgées'],
  ['354', 'DOM', 'SSIAD', 'service de soins infirmiers a domicile', 'ESA'],
  ['460', 'DOM', 'Service autonomie aide (ancien SAAD)', 'SAAD', 'SAD', 'SAA', 'service d aide a domicile'],
  ['209', 'DOM', 'Service autonomie aide et soins (ancien SPASAD)', 'SPASAD', 'SAAS'],
  ['183', 'PH', 'Institut médico-éducatif (IME)', 'IME', 'IMPRO', 'IMP', 'institut medico educatif'],
  ['182', 'PH', 'SESSAD', 'service d education speciale et de soins a domicile', 'SSEFIS', 'SAAAS', 'SAFEP'],
  ['186', 'PH', 'ITEP', 'DITEP', 'institut therapeutique educatif et pedagogique'],
  ['188', 'PH', 'Établissement pour enfants ou adolescents polyhandicapés', 'EEAP', 'EEP', 'CAPH'],
  ['189', 'PH', 'CMPP', 'centre medico psycho pedagogique'],
  ['190', 'PH', 'CAMSP', 'centre d action medico sociale precoce', 'centre action medico sociale precoce'],
  ['192', 'PH', 'Institut d’éducation motrice (IEM)', 'IEM', 'institut d education motrice'],
  ['194', 'PH', 'Institut pour déficients visuels', 'IDV'],
  ['195', 'PH', 'Institut pour déficients auditifs', 'IDA', 'INJS'],
  ['196', 'PH', 'Institut d’éducation sensorielle sourd-aveugle', 'IES'],
  ['198', 'PH', 'Établissement et service de préorientation', 'ESPO', 'CPO', 'centre de preorientation'],
  ['221', 'PH', 'Bureau d’aide psychologique universitaire (BAPU)', 'BAPU'],
  ['238', 'PH', 'Centre d’accueil familial spécialisé', 'CAFS'],
  ['246', 'PH', 'ESAT', 'CAT', 'etablissement et service d aide par le travail'],
  ['249', 'PH', 'Établissement et service de réadaptation professionnelle', 'ESRP', 'CRP'],
  [
    '252',
    'PH',
    'Foyer d’hébergement pour adultes handicapés',
    'FH',
    'foyer d hebergement',
    'foyer hebergement',
  ],
  ['253', 'PH', 'Foyer d’accueil polyvalent pour adultes handicapés', 'FAP'],
  ['255', 'PH', 'MAS', 'maison d accueil specialisee', 'maison d accueil specialise'],
  ['370', 'PH', 'Établissement expérimental pour personnes handicapées'],
  ['377', 'PH', 'Établissement expérimental pour l’enfance handicapée'],
  ['379', 'PH', 'Établissement expérimental pour adultes handicapés'],
  [
    '382',
    'PH',
    'Foyer de vie pour adultes handicapés',
    'FV',
    'FDV',
    'foyer de vie',
    'foyer occupationnel',
    'FO',
  ],
  ['390', 'PH', 'Établissement d’accueil temporaire d’enfants handicapés'],
  ['395', 'PH', 'Établissement d’accueil temporaire pour adultes handicapés'],
  ['396', 'PH', 'Foyer d’hébergement pour enfants et adolescents handicapés'],
  ['402', 'PH', 'Jardin d’enfants spécialisé', 'JES'],
  ['437', 'PH', 'Foyer d’accueil médicalisé (FAM)', 'FAM', 'foyer d accueil medicalise'],
  ['445', 'PH', 'SAMSAH', 'service d accompagnement medico social pour adultes handicapes'],
  ['446', 'PH', 'SAVS', 'service d accompagnement a la vie sociale'],
  ['448', 'PH', 'Établissement d’accueil médicalisé pour personnes handicapées (EAM)', 'EAM'],
  ['449', 'PH', 'Établissement d’accueil non médicalisé pour personnes handicapées (EANM)', 'EANM'],
  ['464', 'PH', 'UEROS', 'unite d evaluation de reentrainement et d orientation sociale et professionnelle'],
  ['166', 'PDE', 'Centre parents-enfants de moins de 3 ans', 'centre maternel', 'centre parental'],
  ['172', 'PDE', 'Pouponnière à caractère social', 'pouponniere'],
  ['175', 'PDE', 'Foyer de l’enfance', 'FDE', 'foyer departemental de l enfance'],
  ['176', 'PDE', 'Village d’enfants'],
  ['177', 'PDE', 'MECS', 'maison d enfants a caractere social'],
  ['236', 'PDE', 'Service de placement familial', 'SPF', 'PFS'],
  ['286', 'PDE', 'Service de prévention spécialisée'],
  ['295', 'PDE', 'Service AEMO et AED', 'AEMO', 'AED', 'SAEMO'],
  ['378', 'PDE', 'Établissement expérimental pour l’enfance protégée'],
  ['411', 'PDE', 'Intermédiaire de placement social'],
  ['440', 'PDE', 'Service d’investigation éducative', 'SIE'],
  ['165', 'PDS', 'Appartement de coordination thérapeutique (ACT)', 'ACT'],
  ['178', 'PDS', 'CAARUD'],
  ['180', 'PDS', 'Lits halte soins santé (LHSS)', 'LHSS'],
  ['197', 'PDS', 'CSAPA'],
  ['213', 'PDS', 'Lits d’accueil médicalisés (LAM)', 'LAM'],
  ['608', 'PDS', 'Équipe mobile médico-sociale précarité', 'EMMSP'],
  ['214', 'AHI', 'CHRS', 'centre d hebergement et de reinsertion sociale'],
  ['443', 'AHI', 'CADA', 'centre d accueil de demandeurs d asile'],
  ['340', 'PJM', 'Service mandataire judiciaire à la protection des majeurs', 'SMJPM', 'MJPM'],
]

/** In the order in which they are offered. */
export const NOMENCLATURE: readonly Categorie[] = CATEGORIES.map(([code, domaine, name]) => ({
  code,
  name,
  domaine,
}))

const BY_WORDS: ReadonlyMap<string, Categorie> = new Map(
  CATEGORIES.flatMap(([code, domaine, name, ...others]) =>
    [code, name, ...others].map((word): [string, Categorie] => [plainText(word), { code, name, domaine }]),
  ),
)

/**
 * The category that a text names, by its code, its name or a short one; null when none, or several, may be
 * meant. `EHPAD privé` → 500, `EHPAD et SSIAD` → null
 */
export function findCategorie(text: string): Categorie | null {
  const plain = plainText(text)
  const whole = BY_WORDS.get(plain) ?? BY_WORDS.get(plain.replaceAll(' ', ''))
  if (whole !== undefined) return whole
  const padded = ` ${plain} `
  const named = [...BY_WORDS].filter(([words]) => words.length > 2 && padded.includes(` ${words} `))
  // « Foyer d’hébergement » is also inside a longer name: the longest one is meant.
  const longest = named.filter(
    ([words]) => !named.some(([other]) => other !== words && other.includes(words)),
  )
  const [only, ...others] = new Map(longest.map(([, categorie]) => [categorie.code, categorie])).values()
  return only !== undefined && others.length === 0 ? only : null
}

const named = ({ code, name }: Categorie) => `${code} ${name}`

/** What a field offers while one types a category: its code, then its name. */
export const CATEGORY_SUGGESTIONS: readonly string[] = NOMENCLATURE.map(named)

/** « 500 EHPAD », as it is offered; the code alone when the nomenclature here does not have it. */
export function categorieWords(code: string): string {
  const known = NOMENCLATURE.find(categorie => categorie.code === code)
  return known === undefined ? code : named(known)
}

/** The code meant by a code, a suggestion or a name; null when none, or several, may be. */
export const readCategorie = (text: string): string | null =>
  /^\s*(\d{3})\b/.exec(text)?.[1] ?? findCategorie(text)?.code ?? null

/** Whether the nomenclature here has the code; the official one has more. */
export const isKnownCategorie = (code: string): boolean =>
  NOMENCLATURE.some(categorie => categorie.code === code)

/** « 500 (EHPAD) », or the code alone when the nomenclature here does not have it. */
export function categorieLabel(code: string): string {
  const known = NOMENCLATURE.find(categorie => categorie.code === code)
  return known === undefined ? code : `${code} (${known.name})`
}
