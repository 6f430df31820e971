/**
 * The workbook that a porteur downloads to fill in its members. Read back untouched, it is understood whole.
 */
import { Buffer } from 'node:buffer'
import type { Cell, Column, Workbook } from 'exceljs'
import { DOMAINES } from '../../domain/call.ts'
import { FIELD_LABELS, MEMBER_FIELDS, type MemberField } from '../../domain/member-import/columns.ts'

interface Guidance {
  width: number
  needed: 'obligatoire' | 'conseillé' | 'facultatif'
  whatToType: string
  example: string
}

/** The example is fictional: département 99 does not exist. */
const GUIDANCE: Record<MemberField, Guidance> = {
  finess: {
    width: 26,
    needed: 'conseillé',
    whatToType:
      'Le numéro géographique (ET), neuf caractères, propre à chaque établissement ou ' +
      'service. La colonne est au format texte : les zéros du début sont gardés.',
    example: '990000010',
  },
  nom: {
    width: 38,
    needed: 'obligatoire',
    whatToType: 'Le nom de l’établissement ou du service, tel qu’il doit figurer dans le dossier.',
    example: 'EHPAD Les Exemples',
  },
  ogNom: {
    width: 34,
    needed: 'obligatoire',
    whatToType:
      'L’association ou l’organisme qui gère l’établissement, écrit de la même façon sur toutes ses lignes.',
    example: 'Association Exemple',
  },
  ogFiness: {
    width: 24,
    needed: 'conseillé',
    whatToType:
      'Le numéro juridique (EJ) de l’organisme gestionnaire, neuf caractères. Ce n’est ' +
      'jamais celui de l’établissement.',
    example: '990000028',
  },
  domaine: {
    width: 12,
    needed: 'conseillé',
    whatToType: `Une seule valeur de la liste : ${DOMAINES.join(', ')}.`,
    example: 'PA',
  },
  projet: {
    width: 22,
    needed: 'conseillé',
    whatToType:
      'Acquisition d’un premier DUI, ou mise en conformité du DUI déjà en place. Choisissez dans la liste.',
    example: 'acquisition',
  },
  solution: {
    width: 24,
    needed: 'conseillé',
    whatToType: 'Le nom du logiciel de DUI, sans sa version.',
    example: 'DUI Exemple',
  },
  editeur: {
    width: 24,
    needed: 'conseillé',
    whatToType: 'La société qui édite ce logiciel.',
    example: 'Éditeur Exemple',
  },
  version: {
    width: 12,
    needed: 'facultatif',
    whatToType: 'La version installée dans cet établissement.',
    example: '5.2',
  },
  contact: {
    width: 26,
    needed: 'facultatif',
    whatToType: 'La personne qui déposera les pièces de l’établissement.',
    example: 'Camille Exemple',
  },
  courriel: {
    width: 32,
    needed: 'conseillé',
    whatToType: 'Son adresse, une seule : l’invitation et les relances y seront envoyées.',
    example: 'camille@exemple.fr',
  },
  telephone: { width: 16, needed: 'facultatif', whatToType: 'Son numéro.', example: '04 00 00 00 00' },
  type: {
    width: 20,
    needed: 'conseillé',
    whatToType:
      'EHPAD, IME, SSIAD, SAAD, ESAT… ou le code FINESS de la catégorie. Le domaine en est proposé.',
    example: 'EHPAD',
  },
  commune: {
    width: 20,
    needed: 'facultatif',
    whatToType: 'La ville de l’établissement.',
    example: 'Exempleville',
  },
  capacite: { width: 12, needed: 'facultatif', whatToType: 'Le nombre de places autorisées.', example: '84' },
  ogContact: {
    width: 26,
    needed: 'facultatif',
    whatToType: 'La personne qui déposera les pièces de l’organisme gestionnaire ; une ligne suffit.',
    example: 'Dominique Exemple',
  },
  ogCourriel: {
    width: 32,
    needed: 'conseillé',
    whatToType: 'Son adresse : la demande des pièces de l’organisme y sera envoyée.',
    example: 'siege@exemple.fr',
  },
  ogTelephone: { width: 16, needed: 'facultatif', whatToType: 'Son numéro.', example: '04 00 00 00 01' },
}

/** As many lines as have lists and text cells ready; more can be added. */
const READY_LINES = 500

const HEADER_FILL = { type: 'pattern', pattern: 'solid', fgColor: { argb: 'FF1F3A5F' } } as const
const HEADER_FONT = { name: 'Calibri', size: 11, bold: true, color: { argb: 'FFFFFFFF' } } as const

/** The model as XLSX bytes: the sheet « Membres », then its instructions. */
export async function memberSheetModel(): Promise<Buffer> {
  // Loaded when first needed: importing it takes a fifth of a second.
  const { default: ExcelJS } = await import('exceljs')
  const workbook = new ExcelJS.Workbook()
  addMembers(workbook)
  addInstructions(workbook)
  return Buffer.from(await workbook.xlsx.writeBuffer())
}

function addMembers(workbook: Workbook): void {
  const sheet = workbook.addWorksheet('Membres', {
    views: [{ state: 'frozen', ySplit: 1 }],
    pageSetup: { paperSize: 9, orientation: 'landscape', fitToPage: true, fitToWidth: 1, fitToHeight: 0 },
  })
  sheet.columns = MEMBER_FIELDS.map((field): Partial<Column> => {
    const { width } = GUIDANCE[field]
    // Text, so that no program drops a zero or reads 2E as a power of ten.
    return { header: FIELD_LABELS[field], key: field, width, style: { numFmt: '@' } }
  })
  const header = sheet.getRow(1)
  header.height = 32
  header.eachCell(cell => {
    cell.fill = HEADER_FILL
    cell.font = HEADER_FONT
    cell.alignment = { vertical: 'middle', wrapText: true }
  })
  sheet.autoFilter = { from: { row: 1, column: 1 }, to: { row: 1, column: MEMBER_FIELDS.length } }
  sheet.pageSetup.printTitlesRow = '1:1'
  for (let line = 2; line <= READY_LINES + 1; line += 1) {
    for (const field of MEMBER_FIELDS) sheet.getCell(line, MEMBER_FIELDS.indexOf(field) + 1).numFmt = '@'
    offerList(sheet.getCell(line, MEMBER_FIELDS.indexOf('domaine') + 1), DOMAINES)
    offerList(sheet.getCell(line, MEMBER_FIELDS.indexOf('projet') + 1), ['acquisition', 'mise en conformité'])
  }
}

function offerList(cell: Cell, values: readonly string[]): void {
  cell.dataValidation = {
    type: 'list',
    allowBlank: true,
    formulae: [`"${values.join(',')}"`],
    showErrorMessage: true,
    errorTitle: 'Valeur hors de la liste',
    error: `Choisissez : ${values.join(', ')}.`,
  }
}

function addInstructions(workbook: Workbook): void {
  const sheet = workbook.addWorksheet('Mode d’emploi', {
    pageSetup: { paperSize: 9, orientation: 'landscape', fitToPage: true, fitToWidth: 1, fitToHeight: 0 },
  })
  sheet.columns = [{ width: 28 }, { width: 14 }, { width: 80 }, { width: 24 }]
  sheet.addRow(['Remplir la feuille « Membres »']).font = { name: 'Calibri', size: 14, bold: true }
  for (const sentence of [
    'Une ligne par établissement ou service, sous les titres. L’ordre des colonnes peut ' +
      'changer, d’autres peuvent être ajoutées.',
    'Enregistrez, puis déposez ce fichier sur la page « Membres » de la grappe : chaque ' +
      'ligne est montrée et vérifiée avant que rien ne soit écrit.',
    'Une cellule vide vaut mieux qu’une valeur incertaine. Les exemples ci-dessous sont fictifs.',
  ]) {
    sheet.addRow([sentence])
  }
  sheet.addRow([])
  const header = sheet.addRow(['Colonne', 'Réponse', 'Que saisir', 'Exemple'])
  header.eachCell(cell => {
    cell.fill = HEADER_FILL
    cell.font = HEADER_FONT
  })
  for (const field of MEMBER_FIELDS) {
    const { needed, whatToType, example } = GUIDANCE[field]
    const row = sheet.addRow([FIELD_LABELS[field], needed, whatToType, example])
    // Said, since not every program grows a line to its wrapped text.
    row.height = 16 * Math.ceil(whatToType.length / 75)
    row.alignment = { vertical: 'top', wrapText: true }
  }
}
