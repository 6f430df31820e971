/** Finding, in anybody's spreadsheet of members, which column holds what. */
import { plainText } from './solution-identity.ts'

/** One non-blank line of a sheet, cells from column A on. */
export interface SheetRow {
  /** As the spreadsheet numbers it, from 1. */
  line: number
  cells: readonly string[]
  /** Cells whose content could not be had, such as a formula without a result; `column` counts from 0. */
  unread?: readonly { column: number; reason: string }[]
}

/** What a column may hold. */
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
}

export interface RecognisedColumn {
  field: MemberField
  /** From 0. */
  column: number
  header: string
}

/** One member as written: nothing is judged yet. */
export interface MemberLine {
  line: number
  /** Spaces tidied, otherwise as typed; an absent field is an empty cell or an absent column. */
  values: Partial<Record<MemberField, string>>
  unread: Partial<Record<MemberField, string>>
}

/** A line that makes no member, and why: nothing is dropped in silence. */
export interface IgnoredLine {
  line: number
  text: string
  reason: string
}

/** A sheet whose columns are known. Plain data: it may travel through a form and come back. */
export interface MemberTable {
  columns: readonly RecognisedColumn[]
  /** Columns that are not read, with why, in French. */
  unusedColumns: readonly { column: number; header: string; reason: string }[]
  /** Fields that a member needs and that no column gives. One French sentence each. */
  missing: readonly { field: MemberField; explanation: string }[]
  lines: readonly MemberLine[]
  ignored: readonly IgnoredLine[]
}

export type MemberTableRefusal = { code: 'no-header' | 'no-lines'; sentence: string }
export type MemberTableResult = { ok: true; table: MemberTable } | { ok: false; refusal: MemberTableRefusal }

/** A person tidies one cell, or leaves a whole line out. */
export type Correction = { line: number; field: MemberField; value: string } | { line: number; ignore: true }

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
const EMAIL = words('email emails mail mails courriel courriels mel electronique')
const PHONE = words('tel telephone telephones portable mobile')
const PROJECT = words('projet acquisition conformite mec')
/** Headers that share words with ours and hold something else. */
const SOMETHING_ELSE = words(
  'commune ville adresse rue categorie type siret siren postal cp departement region territoire capacite place ' +
    'places statut forme date commentaire commentaires observation observations remarque remarques nombre nb ' +
    'effectif montant fonction prenom',
)
const DOMAIN = words('domaine domaines secteur champ')
const CONTACT = words('contact contacts referent referente interlocuteur responsable directeur directrice')
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
const NUMBER = words('n no num numero code')

/** Longer texts are sentences, not headers. */
const LONGEST_HEADER = 80

/** What a column so headed holds, or null. Case, accents, punctuation and the order of words do not matter. */
export function recogniseHeader(header: string): MemberField | null {
  // Titles hold years at most, a longer number is somebody's.
  if (header.length > LONGEST_HEADER || /\d{5}/.test(header)) return null
  const tokens = plainText(header).split(' ')
  const named = tokens.filter(token => !NUMBER.has(token)).join(' ')
  if (has(tokens, FINESS)) return has(tokens, LEGAL_BODY) ? 'ogFiness' : 'finess'
  if (named === 'et') return 'finess'
  if (named === 'ej') return 'ogFiness'
  if (has(tokens, EMAIL)) return 'courriel'
  if (has(tokens, PHONE)) return 'telephone'
  if (has(tokens, PROJECT)) return 'projet'
  if (has(tokens, SOMETHING_ELSE)) return null
  if (has(tokens, DOMAIN)) return 'domaine'
  if (has(tokens, CONTACT)) return 'contact'
  const software = tokens.find(token => SOFTWARE.has(token))
  if (software !== undefined) return SOFTWARE.get(software) ?? null
  if (has(tokens, LEGAL_BODY)) return 'ogNom'
  return has(tokens, NAME) ? 'nom' : null
}

interface Header {
  /** Index among the rows. */
  index: number
  columns: RecognisedColumn[]
  unusedColumns: { column: number; header: string; reason: string }[]
}

/** Titles that stand over several columns (merged cells repeat their text); empty elsewhere. */
function groupTitles(row: SheetRow | undefined): string[] {
  const titles = (row?.cells ?? []).map(tidy)
  const spread = titles.map((title, column) => title === titles[column - 1] || title === titles[column + 1])
  // One title over everything is the sheet's, it tells nothing of a column.
  const isSheetTitle = new Set(titles.filter(title => title !== '')).size === 1
  return isSheetTitle ? [] : titles.map((title, column) => (spread[column] ? title : ''))
}

/** `groups`: « Contact » over « Nom » and « Courriel » tells whose name it is. */
function readHeader(row: SheetRow, groups: readonly string[], index: number): Header {
  const columns: RecognisedColumn[] = []
  const unusedColumns: Header['unusedColumns'] = []
  row.cells.forEach((cell, column) => {
    const header = tidy(cell)
    if (header === '') return
    const group = groups[column] ?? ''
    const own = recogniseHeader(header)
    const field = (own !== null && group !== '' && recogniseHeader(`${group} ${header}`)) || own
    const twin = columns.find(known => known.field === field)
    if (field === null) {
      unusedColumns.push({
        column,
        header,
        reason: 'Cet en-tête n’est pas reconnu : la colonne n’est pas lue.',
      })
    } else if (twin) {
      const place = cellAddress(row.line, twin.column)
      const reason = `« ${FIELD_LABELS[field]} » est déjà lu dans la colonne de ${place} : celle-ci n’est pas lue.`
      unusedColumns.push({ column, header, reason })
    } else {
      columns.push({ field, column, header })
    }
  })
  return { index, columns, unusedColumns }
}

/** Titles and logos take a few lines; further down is data. */
const LINES_BEFORE_HEADER = 40

/** The line of headers, the richest one with a FINESS column; null when there is none. */
function findHeader(rows: readonly SheetRow[]): Header | null {
  let best: Header | null = null
  for (const [index, row] of rows.slice(0, LINES_BEFORE_HEADER).entries()) {
    const above = rows[index - 1]
    const groups = above?.line === row.line - 1 ? groupTitles(above) : []
    const header = readHeader(row, groups, index)
    const onlyColumn = row.cells.filter(cell => cell.trim() !== '').length === 1
    const usable =
      header.columns.some(known => known.field === 'finess') && (header.columns.length > 1 || onlyColumn)
    // As rich and just below: cells merged downwards give the same header twice, data begins under the last.
    const wins =
      best === null ||
      header.columns.length > best.columns.length ||
      (header.columns.length === best.columns.length && index === best.index + 1)
    if (usable && wins) best = header
  }
  return best
}

/** Whether a sheet looks like a list of members: used to choose among the sheets of a workbook. */
export function hasMemberHeader(rows: readonly SheetRow[]): boolean {
  return findHeader(rows) !== null
}

const MISSING: readonly { field: MemberField; explanation: string }[] = [
  {
    field: 'nom',
    explanation:
      'Aucune colonne ne donne le nom des établissements : il est repris du répertoire FINESS quand il y figure, sinon chaque ligne le demande.',
  },
  {
    field: 'ogNom',
    explanation:
      'Aucune colonne ne donne l’organisme gestionnaire : il est repris du répertoire FINESS quand il y figure, sinon chaque ligne le demande.',
  },
  {
    field: 'domaine',
    explanation:
      'Aucune colonne ne donne le domaine : il restera à renseigner sur la fiche de chaque membre.',
  },
  {
    field: 'projet',
    explanation:
      'Aucune colonne ne dit si le projet est une acquisition ou une mise en conformité : ce sera à renseigner sur la fiche de chaque membre.',
  },
]

const excerpt = (row: SheetRow): string =>
  row.cells
    .map(tidy)
    .filter(cell => cell !== '')
    .join(' | ')
    .slice(0, 120)

/** Finds the headers and reads the lines under them. Rows come in the sheet's order, blank ones left out. */
export function readMemberTable(rows: readonly SheetRow[]): MemberTableResult {
  const header = findHeader(rows)
  if (header === null) {
    const sentence =
      'Aucune ligne d’en-têtes avec une colonne « FINESS » n’a été trouvée : ajoutez au-dessus de vos lignes les titres ' +
      '« FINESS », « Nom », « Organisme gestionnaire », « Domaine » et « Projet », ou partez du modèle à télécharger.'
    return { ok: false, refusal: { code: 'no-header', sentence } }
  }
  const ignored: IgnoredLine[] = rows
    .slice(0, header.index)
    .map(row => ({ line: row.line, text: excerpt(row), reason: 'Cette ligne est au-dessus des en-têtes.' }))
  const lines: MemberLine[] = []
  for (const row of rows.slice(header.index + 1)) {
    const values: MemberLine['values'] = {}
    const unread: MemberLine['unread'] = {}
    for (const { field, column } of header.columns) {
      const value = tidy(row.cells[column] ?? '')
      if (value !== '') values[field] = value
      const reason = row.unread?.find(cell => cell.column === column)?.reason
      if (reason !== undefined) unread[field] = reason
    }
    const repeats = values.finess !== undefined && recogniseHeader(values.finess) === 'finess'
    if (repeats || Object.keys({ ...values, ...unread }).length === 0) {
      const reason = repeats
        ? 'Cette ligne répète les en-têtes.'
        : 'Cette ligne n’a rien dans les colonnes reconnues.'
      ignored.push({ line: row.line, text: excerpt(row), reason })
    } else {
      lines.push({ line: row.line, values, unread })
    }
  }
  if (lines.length === 0) {
    const sentence =
      'Les en-têtes sont reconnus, mais aucune ligne n’est remplie en dessous : ajoutez une ligne par établissement.'
    return { ok: false, refusal: { code: 'no-lines', sentence } }
  }
  const present = new Set(header.columns.map(known => known.field))
  const missing = MISSING.filter(({ field }) => !present.has(field))
  return {
    ok: true,
    table: { columns: header.columns, unusedColumns: header.unusedColumns, missing, lines, ignored },
  }
}

/** The table with a person's corrections; the last one of a cell wins, those of unknown lines do nothing. */
export function applyCorrections(table: MemberTable, corrections: readonly Correction[]): MemberTable {
  const byLine = new Map<number, Correction[]>()
  for (const correction of corrections) {
    const known = byLine.get(correction.line)
    if (known) known.push(correction)
    else byLine.set(correction.line, [correction])
  }
  const ignored = [...table.ignored]
  const lines = table.lines.flatMap(line => {
    const values = { ...line.values }
    const unread = { ...line.unread }
    for (const correction of byLine.get(line.line) ?? []) {
      if ('ignore' in correction) {
        const text = Object.values(line.values).join(' | ').slice(0, 120)
        ignored.push({ line: line.line, text, reason: 'Vous avez laissé cette ligne de côté.' })
        return []
      }
      const value = tidy(correction.value)
      delete unread[correction.field]
      if (value === '') delete values[correction.field]
      else values[correction.field] = value
    }
    return [{ line: line.line, values, unread }]
  })
  return { ...table, lines, ignored }
}
