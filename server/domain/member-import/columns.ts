/** Finding, in anybody's spreadsheet of members, which column holds what. */
import { plainText } from '../solution-identity.ts'

/** One non-blank line of a sheet, cells from column A on. */
export interface SheetRow {
  /** As the spreadsheet numbers it, from 1. */
  line: number
  cells: readonly string[]
  /** Cells whose content could not be had, such as a formula without a result; `column` counts from 0. */
  unread?: readonly { column: number; reason: string }[]
  /** Hidden in the spreadsheet, by hand or by a filter. */
  hidden?: true
}

/** What is known of a member, as the model workbook orders it. */
export const MEMBER_FIELDS = [
  'finess',
  'nom',
  'ogNom',
  'ogFiness',
  'domaine',
  'projet',
  'solution',
  'editeur',
  'version',
  'contact',
  'courriel',
  'telephone',
  'type',
  'commune',
  'capacite',
  'ogContact',
  'ogCourriel',
  'ogTelephone',
] as const
export type MemberField = (typeof MEMBER_FIELDS)[number]

/** How the screens and the model workbook name each column; every label is recognised when read back. */
export const FIELD_LABELS: Record<MemberField, string> = {
  finess: 'FINESS géographique (ET)',
  nom: 'Nom de l’établissement',
  ogNom: 'Organisme gestionnaire',
  ogFiness: 'FINESS juridique (EJ)',
  domaine: 'Domaine',
  projet: 'Projet',
  solution: 'Solution DUI',
  editeur: 'Éditeur',
  version: 'Version',
  contact: 'Contact',
  courriel: 'Courriel',
  telephone: 'Téléphone',
  type: 'Type ou catégorie',
  commune: 'Commune',
  capacite: 'Capacité (places)',
  ogContact: 'Contact de l’organisme gestionnaire',
  ogCourriel: 'Courriel de l’organisme gestionnaire',
  ogTelephone: 'Téléphone de l’organisme gestionnaire',
}

/** What a column may hold: a field, or a cross that answers one of the two kinds of projet. */
export const COLUMN_USES = [...MEMBER_FIELDS, 'croixAcquisition', 'croixConformite'] as const
export type ColumnUse = (typeof COLUMN_USES)[number]

export const USE_LABELS: Record<ColumnUse, string> = {
  ...FIELD_LABELS,
  croixAcquisition: 'Projet : croix pour une acquisition',
  croixConformite: 'Projet : croix pour une mise en conformité',
}

/** The field that a column so used fills. */
export const fieldOfUse = (use: ColumnUse): MemberField =>
  use === 'croixAcquisition' || use === 'croixConformite' ? 'projet' : use

/** Several columns may give these: « Nom » and « Prénom », two addresses. Between them stands this text. */
export const JOINED_BY: Partial<Record<ColumnUse, string>> = {
  contact: ' ',
  courriel: ' ; ',
  telephone: ' ; ',
  ogContact: ' ',
  ogCourriel: ' ; ',
  ogTelephone: ' ; ',
}

export interface RecognisedColumn {
  use: ColumnUse
  /** From 0. */
  column: number
  header: string
}

/** Column letters and line, as spreadsheets show them. `cellAddress(5, 0)` → `A5` */
export function cellAddress(line: number, column: number): string {
  let letters = ''
  for (let rest = column + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters
  }
  return `${letters}${line}`
}

/** One line of text: NFC, no control or zero-width characters, single spaces. */
export function tidy(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\u200B\u2060\uFEFF]/g, '')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
}

const words = (list: string): ReadonlySet<string> => new Set(list.split(' '))
const has = (tokens: readonly string[], among: ReadonlySet<string>): boolean =>
  tokens.some(token => among.has(token))

const FINESS = words('finess finness fines')
const LEGAL_BODY = words('og ogs ej juridique juridiques gestionnaire gestionnaires association organisme')
const HEAD_OFFICE = words('siege')
const EMAIL = words('email emails mail mails courriel courriels mel electronique')
const PHONE = words('tel telephone telephones portable mobile')
const PROJECT = words('projet projets acquisition acquerir conformite mec')
const ACQUISITION = words('acquisition acquisitions acquerir')
const CONFORMITY = words('mise en conformite mec')
const CATEGORY = words('type types categorie categories nature')
const TOWN = words('commune communes ville villes localite')
const PLACES = words('capacite capacites place places lits')
/** Headers that share words with ours and hold something else. */
const SOMETHING_ELSE = words(
  'adresse rue siret siren postal postale cp insee departement region territoire statut forme date ' +
    'commentaire commentaires observation observations remarque remarques nombre nb effectif montant ' +
    'fonction',
)
const DOMAIN = words('domaine domaines secteur champ')
const CONTACT = words(
  'contact contacts referent referente interlocuteur interlocutrice responsable directeur directrice',
)
const SOFTWARE = new Map<string, MemberField>([
  ['editeur', 'editeur'],
  ['fournisseur', 'editeur'],
  ['version', 'version'],
  ['solution', 'solution'],
  ['logiciel', 'solution'],
  ['progiciel', 'solution'],
  ['dui', 'solution'],
  ['produit', 'solution'],
])
const NAME = words(
  'nom raison denomination libelle intitule etablissement etablissements esms essms structure service',
)
/** Headers that say nothing of whose name, number or address it is. */
const GENERIC = words(
  'nom prenom noms prenoms et raison sociale denomination intitule libelle finess numero n no num code ' +
    'tel telephone portable mobile mail email e courriel adresse electronique',
)
const NUMBER = words('n no num numero code')

/** Longer texts are sentences, not headers. */
const LONGEST_HEADER = 80

const tokensOf = (header: string): string[] =>
  plainText(header)
    .split(' ')
    .filter(token => token !== '')

/**
 * What a column so headed holds, or null. Case, accents, punctuation and the order of words matter not.
 *
 * @param group the title that stands over several columns: it only says whose a name or a number is, when the
 *   column's own header does not
 */
export function recogniseHeader(header: string, group = ''): ColumnUse | null {
  const own = recogniseOwn(header)
  const isGeneric = tokensOf(header).every(token => GENERIC.has(token))
  if (own === null || group === '' || !isGeneric) return own
  const over = recogniseOwn(group)
  if (over === 'contact' && (own === 'nom' || own === 'contact')) return 'contact'
  if (over !== 'ogNom' && over !== 'ogFiness') return own
  return OF_LEGAL_BODY[own] ?? own
}

const OF_LEGAL_BODY: Partial<Record<ColumnUse, MemberField>> = {
  nom: 'ogNom',
  finess: 'ogFiness',
  contact: 'ogContact',
  courriel: 'ogCourriel',
  telephone: 'ogTelephone',
}

function recogniseOwn(header: string): ColumnUse | null {
  // Titles hold years at most, a longer number is somebody's; so is an address.
  if (header.length > LONGEST_HEADER || /\d{5}|\S@/.test(header)) return null
  const tokens = tokensOf(header)
  const named = tokens.filter(token => !NUMBER.has(token))
  const ofLegalBody = has(tokens, LEGAL_BODY) || has(tokens, HEAD_OFFICE)
  if (has(tokens, FINESS)) return has(tokens, LEGAL_BODY) ? 'ogFiness' : 'finess'
  if (named.join(' ') === 'et') return 'finess'
  if (named.join(' ') === 'ej') return 'ogFiness'
  if (has(tokens, EMAIL)) return ofLegalBody ? 'ogCourriel' : 'courriel'
  if (has(tokens, PHONE)) return ofLegalBody ? 'ogTelephone' : 'telephone'
  if (named.length > 0 && named.every(token => ACQUISITION.has(token))) return 'croixAcquisition'
  if (has(tokens, PROJECT) && named.every(token => CONFORMITY.has(token))) return 'croixConformite'
  if (has(tokens, PROJECT)) return 'projet'
  if (has(tokens, SOMETHING_ELSE) && !has(tokens, PLACES)) return null
  if (has(tokens, CATEGORY)) return ofLegalBody ? null : 'type'
  if (has(tokens, TOWN)) return has(tokens, NUMBER) || ofLegalBody ? null : 'commune'
  if (has(tokens, PLACES)) return 'capacite'
  if (has(tokens, DOMAIN)) return 'domaine'
  if (has(tokens, CONTACT) || named.every(token => token === 'prenom' || token === 'prenoms')) {
    return named.length === 0 ? null : ofLegalBody ? 'ogContact' : 'contact'
  }
  const software = tokens.find(token => SOFTWARE.has(token))
  if (software !== undefined) return SOFTWARE.get(software) ?? null
  if (has(tokens, LEGAL_BODY)) return 'ogNom'
  return has(tokens, NAME) ? 'nom' : null
}
