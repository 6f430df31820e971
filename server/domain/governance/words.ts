/** What the parts of the governance are called, what their choices mean, and where each list comes from. */
import { formatDay } from '../deadline.ts'
import type {
  Decision,
  FactorCode,
  FormCode,
  GovernancePart,
  IdentityField,
  KnownRisk,
  Level,
  Manner,
  Meeting,
  MeetingState,
  RiskState,
  Role,
  RoleKind,
} from './governance.ts'

export const PART_WORDS: Readonly<Record<GovernancePart, string>> = {
  identite: 'Carte d’identité',
  forme: 'Forme de coopération',
  roles: 'Rôles',
  copil: 'Comité de pilotage (COPIL)',
  risques: 'Registre des risques',
  facteurs: 'Facteurs de réussite',
  decisions: 'Décisions prises',
}

/** « Ces informations ont changé depuis : … » */
export const PART_NAMES: Readonly<Record<GovernancePart, string>> = {
  identite: 'la carte d’identité',
  forme: 'la forme de coopération',
  roles: 'les rôles',
  copil: 'le calendrier du COPIL',
  risques: 'le registre des risques',
  facteurs: 'les facteurs de réussite',
  decisions: 'les décisions prises',
}

/** Where the ten fields of the carte d'identité come from. */
export const IDENTITY_SOURCE =
  'le groupe de travail « Mutualiser nos compétences SI » du 6 mai 2021, dont ce sont les dix rubriques'
export const RISKS_SOURCE = 'les documents du programme ESMS numérique'
export const FACTORS_SOURCE =
  'les six facteurs clés de succès de l’ANAP, cités par les documents du programme ; ' +
  'les trois niveaux sont de ce logiciel'
export const STEPS_SOURCE = 'les quatre étapes de la présentation ESMS numérique en Corse, 13 juin 2023'

export const IDENTITY_WORDS: Readonly<Record<IdentityField, string>> = {
  public: 'Public accueilli',
  objet: 'Objet de la coopération',
  personnes: 'Nombre de personnes ressources',
  entree: 'Modalité d’entrée ou de participation',
  gouvernance: 'Mode de gouvernance',
}

interface FormWords {
  label: string
  governance: string
  liability: string
  vat: string
  leaving: string
}

/** General landmarks, written for this tool: each says where to have it checked. */
export const FORM_WORDS: Readonly<Record<FormCode, FormWords>> = {
  partenariat: {
    label: 'Convention de partenariat (sans création de structure)',
    governance: 'Comité de pilotage que la convention organise ; chaque membre garde ses instances.',
    liability: 'Aucune personne morale n’est créée : chacun répond de ses actes.',
    vat: 'Les sommes refacturées entre membres peuvent y être soumises : à vérifier.',
    leaving: 'Avenant signé de tous ; retrait selon la convention.',
  },
  'mise-a-disposition-personnel': {
    label: 'Convention de mise à disposition de personnel',
    governance: 'Une convention par mise à disposition, avec l’accord du salarié.',
    liability: 'L’employeur reste le membre qui met à disposition.',
    vat: 'Refacturation au coût réel : à vérifier.',
    leaving: 'Fin à la date prévue ou avec le préavis convenu.',
  },
  'mise-a-disposition-moyens': {
    label: 'Convention de mise à disposition de moyens (locaux, matériel, service)',
    governance: 'Le membre propriétaire décide, les autres sont consultés.',
    liability: 'Assurances et entretien à préciser.',
    vat: 'À vérifier pour chaque moyen.',
    leaving: 'Restitution en fin de convention.',
  },
  gcsms: {
    label: 'GCSMS (groupement de coopération sociale et médico-sociale)',
    governance: 'Assemblée générale et administrateur ; droits fixés par la convention constitutive.',
    liability: 'Personne morale ; les membres sont tenus de ses dettes selon leurs droits.',
    vat: 'Régime des groupements : à vérifier.',
    leaving: 'Selon la convention constitutive et son approbation.',
  },
  gcs: {
    label: 'GCS (groupement de coopération sanitaire)',
    governance: 'Assemblée générale et administrateur.',
    liability: 'Personne morale ; les membres sont tenus de ses dettes selon leurs droits.',
    vat: 'Régime des groupements : à vérifier.',
    leaving: 'Selon la convention constitutive et son approbation.',
  },
  gie: {
    label: 'GIE (groupement d’intérêt économique)',
    governance: 'Assemblée des membres et administrateurs ; grande liberté du contrat.',
    liability:
      'Personne morale ; les membres sont en principe tenus solidairement de ses dettes sur leur propre ' +
      'patrimoine.',
    vat: 'Régime des groupements : à vérifier.',
    leaving: 'Selon le contrat ; un membre entrant ou sortant reste concerné par les dettes, à préciser.',
  },
  'union-associations': {
    label: 'Union d’associations',
    governance: 'Assemblée générale et conseil d’administration, selon les statuts.',
    liability: 'Personne morale distincte de ses membres.',
    vat: 'Selon ses activités : à vérifier.',
    leaving: 'Selon les statuts.',
  },
}

export const ROLE_WORDS: Readonly<Record<RoleKind, string>> = {
  porteur: 'Porteur',
  'chef-projet-si': 'Chef de projet SI',
  amoa: 'AMOA',
  referent: 'Référent',
  autre: 'Autre rôle',
}

export const MEETING_WORDS: Readonly<Record<MeetingState, string>> = {
  prevue: 'prévue',
  tenue: 'tenue',
  annulee: 'annulée',
}

export const RISK_WORDS: Readonly<Record<KnownRisk, string>> = {
  depart: 'Un membre se retire et la grappe n’est plus éligible',
  attentes: 'Attentes et calendriers divergent',
  desengagement: 'Des membres se désengagent en cours de route',
  editeurs: 'Des membres emploient ou veulent un autre éditeur',
  dirigeants: 'Des dirigeants changent',
  debit: 'Le débit internet du territoire ne suffit pas',
}

export const RISK_STATE_WORDS: Readonly<Record<RiskState, string>> = {
  'a-traiter': 'à traiter',
  suivi: 'suivi',
  clos: 'clos',
}

export const FACTOR_WORDS: Readonly<Record<FactorCode, string>> = {
  finalite: 'Une finalité commune',
  droits: 'Les mêmes droits pour tous',
  choix: 'Des choix concertés',
  roles: 'Des rôles et des responsabilités clairs',
  representation: 'Une représentation commune',
  risques: 'Des risques prévenus et maîtrisés',
}

export const LEVEL_WORDS: Readonly<Record<Level, string>> = {
  'a-faire': 'à faire',
  'en-cours': 'en cours',
  acquis: 'acquis',
}

export const MANNER_WORDS: Readonly<Record<Manner, string>> = {
  unanimite: 'à l’unanimité',
  majorite: 'à la majorité',
}

/** « 14 h 30 » */
export function timeWords(time: string): string {
  const [hour = '', minute = ''] = time.split(':')
  return `${Number(hour)} h${minute === '00' ? '' : ` ${minute}`}`
}

/** « mardi 2 mars 2027 à 14 h 30 » */
export const meetingWhen = ({ day, time }: Pick<Meeting, 'day' | 'time'>): string =>
  time === null ? formatDay(day) : `${formatDay(day)} à ${timeWords(time)}`

/** « à la majorité (5 pour, 1 contre, 1 abstention) »; empty when nothing is said. */
export function mannerWords({ manner, votes }: Pick<Decision, 'manner' | 'votes'>): string {
  const how = manner === null ? '' : MANNER_WORDS[manner]
  if (votes === null) return how
  const { pour, contre, abstention } = votes
  const counted = `${pour} pour, ${contre} contre, ${abstention} abstention${abstention > 1 ? 's' : ''}`
  return how === '' ? counted : `${how} (${counted})`
}

/** Whose it is: null for nobody's, « organisme retiré » for one that left since. */
export function roleOgName({ ogId }: Pick<Role, 'ogId'>, names: ReadonlyMap<string, string>): string | null {
  return ogId === null ? null : (names.get(ogId) ?? 'organisme retiré')
}
