/** The workbook of a dossier: seven sheets drawn from the plan, at the root of the ZIP. */
import type { CellValue, Style, Workbook, Worksheet } from 'exceljs'
import type { PieceDefinition } from '../domain/call.ts'
import type { DossierEntry, DossierMember, DossierPlan, DossierRow } from '../domain/dossier-plan.ts'
import { type PieceState, pieceDeadline } from '../domain/piece.ts'
import { comparedWith } from '../domain/registry.ts'
import type { SealChanges } from '../domain/seal.ts'
import {
  CRITERION_WORDS,
  countWords,
  dayWords,
  FICTIONAL_WORDS,
  provenanceWords,
  SCOPE_WORDS,
  SET_ASIDE_WORDS,
  STATE_WORDS,
  VERDICT_WORDS,
} from './dossier-words.ts'
import { dosTimestamp, wallClockIn } from './wall-clock.ts'

/** Excel repairs, that is breaks, a sheet that holds more. */
export const MAX_LINKS_PER_SHEET = 65_530
const MAX_CELL_LENGTH = 32_767
/** Points. */
const MAX_ROW_HEIGHT = 409

/**
 * Draws the workbook; the same plan gives the same bytes. Text that looks like a formula stays text.
 * Links are relative: they open once the ZIP is unpacked.
 */
export async function drawWorkbook(plan: DossierPlan): Promise<Buffer> {
  // Costs 210 ms, so only once somebody asks for a workbook.
  const { default: exceljs } = await import('exceljs')
  const workbook = new exceljs.Workbook()
  const clock = wallClockIn(plan.timeZone)
  const takenAt = clock(plan.takenAt)
  Object.assign(workbook, {
    title: cellText(`Dossier de la grappe ${plan.grappeName}${plan.fictional ? ' (exemple fictif)' : ''}`),
    subject: cellText(plan.callTitle),
    description: headline(plan),
    creator: 'grappe-kit',
    lastModifiedBy: 'grappe-kit',
    created: new Date(plan.takenAt),
    modified: new Date(plan.takenAt),
  })

  addSummary(workbook, plan, takenAt)
  addCriteria(workbook, plan)
  addMembers(workbook, plan)
  addMatrix(workbook, plan)
  addMissing(workbook, plan, clock)
  addFingerprints(workbook, plan)
  addTable(workbook, plan, 'Journal', plan.journal, [
    { header: 'Date', width: 18, value: entry => clock(entry.at), style: INSTANT },
    { header: 'Auteur', width: 34, value: entry => entry.actor },
    { header: 'Événement', width: 90, value: entry => entry.event },
  ])
  const bytes = await workbook.xlsx.writeBuffer({ zip: { compressionOptions: { level: 1 } } } as object)
  return withEntryDate(Buffer.from(bytes), takenAt)
}

type Cell = string | number | Date | null | { text: string; link: string }

interface Column<Row> {
  header: string
  /** In characters. */
  width: number
  value: (row: Row) => Cell
  style?: Partial<Style>
}

const LINE = { style: 'thin', color: { argb: 'FFD0D7DE' } } as const
const BORDER = { top: LINE, bottom: LINE, left: LINE, right: LINE }
const FONT = { name: 'Calibri', size: 11 }
const TEXT: Partial<Style> = { font: FONT, border: BORDER, alignment: { vertical: 'top', wrapText: true } }
const NUMBER: Partial<Style> = {
  ...TEXT,
  numFmt: '#,##0',
  alignment: { vertical: 'top', horizontal: 'center' },
}
const DAY: Partial<Style> = {
  ...TEXT,
  numFmt: 'dd/mm/yyyy',
  alignment: { vertical: 'top', horizontal: 'left' },
}
const INSTANT: Partial<Style> = { ...DAY, numFmt: 'dd/mm/yyyy hh:mm' }
const LINK: Partial<Style> = { ...TEXT, font: { ...FONT, underline: true, color: { argb: 'FF0B3D91' } } }
const HEADER: Partial<Style> = {
  font: { ...FONT, bold: true, color: { argb: 'FFFFFFFF' } },
  fill: solid('FF1F3A5F'),
  border: BORDER,
  alignment: { vertical: 'middle', wrapText: true },
}

/** Always beside words or a sign, never the only bearer of a meaning. */
const COLOURS = { good: 'FFD7F0DB', waiting: 'FFDCEBFA', bad: 'FFF9D6D5', late: 'FFFCE4C4', idle: 'FFF1F3F5' }

function solid(argb: string) {
  return { type: 'pattern', pattern: 'solid', fgColor: { argb }, bgColor: { argb } } as const
}

/** A sheet with one table: header frozen, filtered and repeated on each printed page. */
function addTable<Row>(
  workbook: Workbook,
  plan: DossierPlan,
  name: string,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  frozenColumns = 1,
): Worksheet {
  const sheet = addSheet(workbook, plan, name)
  sheet.views = [{ state: 'frozen', xSplit: frozenColumns, ySplit: 1 }]
  sheet.pageSetup.printTitlesRow = '1:1'
  sheet.autoFilter = { from: { row: 1, column: 1 }, to: { row: rows.length + 1, column: columns.length } }
  for (const [i, { width }] of columns.entries()) sheet.getColumn(i + 1).width = width
  fillTable(sheet, 1, rows, columns)
  return sheet
}

function addSheet(workbook: Workbook, plan: DossierPlan, name: string): Worksheet {
  const about = `${plan.fictional ? 'FICTIF – ' : ''}${plan.grappeName.slice(0, 60)} – ${plan.callTitle.slice(0, 60)}`
  return workbook.addWorksheet(name, {
    pageSetup: {
      paperSize: 9,
      orientation: 'landscape',
      fitToPage: true,
      fitToWidth: 1,
      fitToHeight: 0,
      margins: { left: 0.4, right: 0.4, top: 0.7, bottom: 0.6, header: 0.3, footer: 0.3 },
    },
    headerFooter: {
      oddHeader: `&L${cellText(about).replaceAll('&', '&&')}&R${name}`,
      oddFooter: `&LÉtat au ${dayWords(plan.today)}&RPage &P sur &N`,
    },
  })
}

function fillTable<Row>(
  sheet: Worksheet,
  top: number,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
) {
  for (const [i, column] of columns.entries()) setCell(sheet, top, i + 1, column.header, HEADER)
  sheet.getRow(top).height =
    rowHeight(
      columns,
      columns.map(column => column.header),
    ) + 6
  let linksLeft = MAX_LINKS_PER_SHEET
  for (const [r, row] of rows.entries()) {
    const texts = columns.map((column, c) => {
      const value = column.value(row)
      const at = [sheet, top + 1 + r, c + 1] as const
      if (value === null || typeof value !== 'object' || value instanceof Date) {
        setCell(...at, value, column.style ?? TEXT)
        return typeof value === 'string' ? value : ''
      }
      if (linksLeft-- > 0) setCell(...at, value, LINK)
      else setCell(...at, value.text, TEXT)
      return value.text
    })
    sheet.getRow(top + 1 + r).height = rowHeight(columns, texts)
  }
}

/** In points. LibreOffice, unlike Excel, does not make room for wrapped lines by itself. */
function rowHeight(columns: readonly { width: number }[], texts: readonly string[]): number {
  const lines = texts.map((text, i) => {
    const perLine = columns[i]?.width ?? 10
    return text.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / perLine)), 0)
  })
  return Math.min(1 + 15 * Math.max(...lines), MAX_ROW_HEIGHT)
}

function setCell(sheet: Worksheet, row: number, column: number, value: Cell, style: Partial<Style>) {
  const cell = sheet.getCell(row, column)
  cell.value = asCellValue(value)
  cell.style = style
}

function asCellValue(value: Cell): CellValue {
  if (typeof value === 'string') return value === '' ? null : cellText(value)
  if (value === null || typeof value === 'number' || value instanceof Date) return value
  return { text: cellText(value.text), hyperlink: value.link }
}

/** Text that any spreadsheet opens as it is: no character that XML forbids, nothing that Excel would decode or cut. */
function cellText(text: string): string {
  const legal = text
    .replace(/\r\n?/g, '\n')
    .replace(/(?![\n\t])\p{Cc}|[\uFFFE\uFFFF]/gu, '')
    .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
  const ending = '… (coupé)'
  return legal.length <= MAX_CELL_LENGTH ? legal : legal.slice(0, MAX_CELL_LENGTH - ending.length) + ending
}

/** Colours the cells of a range that begin with these words; several words may share a colour. */
function colour(sheet: Worksheet, range: string, rules: readonly [begins: string, argb: string][]) {
  const first = range.split(':')[0]
  sheet.addConditionalFormatting({
    ref: range,
    rules: rules.map(([begins, argb], i) => ({
      type: 'expression',
      priority: i + 1,
      formulae: [`LEFT(${first},${begins.length})="${begins}"`],
      style: { fill: solid(argb) },
    })),
  })
}

function yesNo(value: boolean): string {
  return value ? 'Oui' : 'Non'
}

/** A calendar day as Excel holds it. */
function dayCell(day: string): Date
function dayCell(day: string | null): Date | null
function dayCell(day: string | null): Date | null {
  if (day === null) return null
  return new Date(`${day}T00:00:00Z`)
}

/** Where the dossier stands, in one sentence. */
function headline(plan: DossierPlan): string {
  const required = plan.gaps.filter(row => row.required)
  if (plan.complete) return 'COMPLET : toutes les pièces obligatoires sont dans le dossier.'
  const late = required.filter(row => row.late).length
  const missing = countWords(required.length, 'pièce obligatoire manque', 'pièces obligatoires manquent')
  return `INCOMPLET : ${missing}${late > 0 ? `, dont ${late} en retard` : ''}.`
}

function addSummary(workbook: Workbook, plan: DossierPlan, takenAt: Date) {
  const sheet = addSheet(workbook, plan, 'Synthèse')
  const columns = summaryColumns(plan)
  for (const [i, { width }] of columns.entries()) sheet.getColumn(i + 1).width = width
  const last = columns.length

  const plain: Partial<Style> = { font: FONT, alignment: { vertical: 'middle', wrapText: true } }
  const bold: Partial<Style> = { ...plain, font: { ...FONT, bold: true } }
  let at = 0
  const line = (label: Cell, value: Cell = null, style: Partial<Style> = plain, height = 18) => {
    at += 1
    setCell(sheet, at, 1, label, value === null ? style : bold)
    if (value === null) sheet.mergeCells(at, 1, at, last)
    else {
      setCell(sheet, at, 2, value, style)
      sheet.mergeCells(at, 2, at, last)
    }
    sheet.getRow(at).height = height
  }
  const banner = (argb: string): Partial<Style> => ({
    ...plain,
    font: { ...FONT, size: 13, bold: true },
    fill: solid(argb),
  })

  line(
    `Dossier de la grappe ${plan.grappeName}`,
    null,
    { ...plain, font: { ...FONT, size: 18, bold: true } },
    30,
  )
  if (plan.fictional) line(FICTIONAL_WORDS, null, banner(COLOURS.idle), 24)
  line(headline(plan), null, banner(plan.complete ? COLOURS.good : COLOURS.late), 24)
  const verdictColour = { eligible: COLOURS.good, 'non-eligible': COLOURS.bad, 'a-verifier': COLOURS.late }
  line(
    `Éligibilité : ${VERDICT_WORDS[plan.verdict.status].toLowerCase()} (détail dans la feuille Éligibilité)`,
    null,
    banner(verdictColour[plan.verdict.status]),
    24,
  )
  const withdrawn = plan.members.filter(member => member.withdrawnOn !== null).length
  const ogCount = plan.owners.filter(owner => owner.scope === 'og').length
  const bytes = plan.entries.reduce((sum, entry) => sum + entry.size, 0)
  line('Appel à projets', plan.callTitle)
  line('Porteur', plan.porteurName ?? 'Pas encore choisi')
  line(
    'Membres',
    `${ogCount} OG, ${plan.members.length - withdrawn} ESMS${withdrawn > 0 ? ` (${countWords(withdrawn, 'retiré')} depuis)` : ''}`,
  )
  line('Fichiers', `${countWords(plan.entries.length, 'fichier')}, ${sizeWords(bytes)}`)
  if (plan.seal !== null) {
    line('Version scellée', `${plan.seal.number}, par ${plan.seal.sealedBy}`)
    line('Sceau (SHA-256)', plan.seal.hash)
    const { changes } = plan.seal
    if (changes !== null) line(`Depuis la version ${changes.since}`, changeCounts(changes))
  }
  line('État établi le', takenAt, {
    ...plain,
    numFmt: INSTANT.numFmt ?? '',
    alignment: { horizontal: 'left' },
  })
  line('Numéros FINESS', comparedWith(plan.registry))
  line('Clôture de l’appel', plan.closesOn === null ? 'Non connue' : dayCell(plan.closesOn), {
    ...plain,
    numFmt: DAY.numFmt ?? '',
    alignment: { horizontal: 'left' },
  })
  line(
    'Liens',
    'Décompressez le ZIP, puis ouvrez ce classeur depuis le dossier obtenu : les liens ouvrent alors chaque pièce.',
  )
  for (const [name, links] of [
    ['Pièces', plan.rows.filter(row => row.paths.length > 0).length],
    ['Empreintes', plan.entries.length],
  ] as const) {
    if (links > MAX_LINKS_PER_SHEET) {
      line(
        'Liens absents',
        `Excel n’accepte que ${MAX_LINKS_PER_SHEET.toLocaleString('fr-FR')} liens par feuille : les ${links - MAX_LINKS_PER_SHEET} derniers liens de la feuille ${name} n’y sont pas. Les chemins sont dans la feuille Empreintes.`,
      )
    }
  }
  line(
    'Signes',
    '✓ acceptée   ● déposée, à contrôler   ✗ refusée   ○ non déposée   – sans objet pour ce membre',
  )
  at += 1
  fillTable(sheet, at + 1, plan.definitions, columns)
  sheet.views = [{ showGridLines: false }]
}

function changeCounts({ added, replaced, removed }: SealChanges): string {
  return [
    countWords(added.length, 'pièce ajoutée', 'pièces ajoutées'),
    countWords(replaced.length, 'remplacée'),
    countWords(removed.length, 'retirée'),
  ].join(', ')
}

function summaryColumns(plan: DossierPlan): Column<PieceDefinition>[] {
  const rowsOf = new Map<string, DossierRow[]>()
  for (const row of plan.rows) rowsOf.set(row.code, [...(rowsOf.get(row.code) ?? []), row])
  const count = (header: string, test: (row: DossierRow) => boolean): Column<PieceDefinition> => ({
    header,
    width: 11,
    style: NUMBER,
    value: ({ code }) => (rowsOf.get(code) ?? []).filter(test).length,
  })
  return [
    { header: 'Pièce demandée', width: 40, value: definition => definition.name },
    { header: 'Due par', width: 10, value: definition => SCOPE_WORDS[definition.scope] },
    { header: 'Obligatoire', width: 12, value: definition => yesNo(definition.required) },
    {
      header: 'Date limite',
      width: 12,
      style: DAY,
      value: definition => dayCell(pieceDeadline(definition, plan.closesOn, [])),
    },
    count('Demandées', () => true),
    count('Acceptées', row => row.state === 'acceptee'),
    count('À contrôler', row => row.state === 'deposee'),
    count('Refusées', row => row.state === 'refusee'),
    count('Compléments', row => row.state === 'complement'),
    count('Non déposées', row => row.state === 'attendue'),
    count('Non applicables', row => row.state === 'non-applicable'),
    count('En retard', row => row.late),
    {
      header: 'Origine de la demande',
      width: 48,
      value: definition => provenanceWords(definition.provenance),
    },
  ]
}

function sizeWords(bytes: number): string {
  const units = ['octets', 'ko', 'Mo', 'Go']
  const power = bytes < 1000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), 3)
  return `${(bytes / 1000 ** power).toLocaleString('fr-FR', { maximumFractionDigits: 1 })} ${units[power]}`
}

function addCriteria(workbook: Workbook, plan: DossierPlan) {
  const names = new Map(
    plan.members.flatMap(
      esms =>
        [
          [esms.id, esms.name],
          [esms.ogId, esms.ogName],
        ] as const,
    ),
  )
  const { criteria } = plan.verdict
  const sheet = addTable(workbook, plan, 'Éligibilité', criteria, [
    { header: 'Règle', width: 30, value: criterion => criterion.title },
    { header: 'Résultat', width: 15, value: criterion => CRITERION_WORDS[criterion.status] },
    { header: 'Constat', width: 46, value: criterion => criterion.reason },
    {
      header: 'Membres concernés',
      width: 40,
      value: ({ ogIds, esmsIds }) => [...ogIds, ...esmsIds].map(id => names.get(id) ?? id).join('\n'),
    },
    { header: 'À faire', width: 40, value: criterion => criterion.remedy ?? 'Rien' },
    { header: 'Origine de la règle', width: 48, value: criterion => provenanceWords(criterion.provenance) },
  ])
  colour(sheet, `B2:B${criteria.length + 1}`, [
    [CRITERION_WORDS.satisfait, COLOURS.good],
    [CRITERION_WORDS['non-satisfait'], COLOURS.bad],
    [CRITERION_WORDS['a-verifier'], COLOURS.late],
  ])
}

function addMembers(workbook: Workbook, plan: DossierPlan) {
  const projet = { acquisition: 'Acquisition', 'mise-en-conformite': 'Mise en conformité' }
  const registry: Record<DossierMember['registry'], string> = {
    'non-verifie': 'Non vérifié',
    ouvert: 'Ouvert',
    ferme: 'Fermé',
    juridique: 'Numéro juridique (EJ)',
    absent: 'Absent du registre',
  }
  const known = (value: string | null) => value ?? 'Non renseigné'
  const sheet = addTable(workbook, plan, 'Membres', plan.members, [
    { header: 'ESMS', width: 40, value: esms => esms.name },
    { header: 'FINESS géographique (ET)', width: 18, value: esms => known(esms.finess) },
    { header: 'Organisme gestionnaire', width: 36, value: esms => esms.ogName },
    { header: 'FINESS juridique (EJ)', width: 18, value: esms => known(esms.ogFinessEj) },
    { header: 'Porteur', width: 9, value: esms => yesNo(esms.ogName === plan.porteurName) },
    { header: 'Domaine', width: 15, value: esms => known(esms.domaine) },
    { header: 'Projet', width: 19, value: esms => known(esms.projet && projet[esms.projet]) },
    { header: 'Catégorie', width: 15, value: esms => known(esms.categorie) },
    { header: 'Solution DUI', width: 34, value: esms => known(esms.solution) },
    { header: 'Registre FINESS', width: 20, value: esms => registry[esms.registry] },
    {
      header: 'Situation',
      width: 22,
      value: ({ withdrawnOn }) =>
        withdrawnOn === null ? 'Dans la grappe' : `Retiré le ${dayWords(withdrawnOn)}`,
    },
  ])
  const end = plan.members.length + 1
  colour(sheet, `J2:J${end}`, [
    [registry.ouvert, COLOURS.good],
    [registry.ferme, COLOURS.bad],
    [registry.juridique, COLOURS.bad],
    [registry.absent, COLOURS.bad],
  ])
  colour(sheet, `K2:K${end}`, [['Retiré', COLOURS.idle]])
}

/** LibreOffice does not wrap a link: its words fit on one line. */
const PIECE_WIDTH = 28
const PIECES_PER_PAGE = 6
/** Why a row is not in the ZIP. */
function gapWords(row: DossierRow): string {
  if (row.state === 'refusee') return '✗ Refusée'
  return row.awaitsScan ? '◌ En attente de l’antivirus' : '○ Manquante'
}

const SIGNS: Readonly<Record<PieceState, string>> = {
  acceptee: '✓',
  deposee: '●',
  refusee: '✗',
  complement: '↺',
  attendue: '○',
  'non-applicable': '–',
}

function addMatrix(workbook: Workbook, plan: DossierPlan) {
  const rows = new Map(plan.rows.map(row => [`${row.code} ${row.owner.folder}`, row]))
  const sheet = addTable(
    workbook,
    plan,
    'Pièces',
    plan.owners,
    [
      { header: 'Membre', width: 38, value: owner => owner.name },
      { header: 'FINESS', width: 13, value: owner => owner.finess },
      { header: 'Niveau', width: 10, value: owner => SCOPE_WORDS[owner.scope] },
      { header: 'Organisme gestionnaire', width: 36, value: owner => owner.ogName },
      ...plan.definitions.map(
        (definition): Column<DossierPlan['owners'][number]> => ({
          header: `${definition.name}${definition.required ? '' : ' (facultative)'}`,
          width: PIECE_WIDTH,
          value: owner => {
            if (owner.scope !== definition.scope) return null
            const row = rows.get(`${definition.code} ${owner.folder}`)
            return row ? matrixCell(row) : '– Sans objet'
          },
        }),
      ),
    ],
    2,
  )
  // Two pages side by side read better than one in tiny letters; the member's name is repeated on each.
  sheet.pageSetup.printTitlesColumn = 'A:B'
  sheet.pageSetup.fitToWidth = Math.ceil(plan.definitions.length / PIECES_PER_PAGE)
  const lastCell = sheet.getCell(plan.owners.length + 1, plan.definitions.length + 4).address
  colour(sheet, `E2:${lastCell}`, [
    [SIGNS.acceptee, COLOURS.good],
    [SIGNS.deposee, COLOURS.waiting],
    [SIGNS.refusee, COLOURS.bad],
    [SIGNS.complement, COLOURS.bad],
    [`${SIGNS.attendue} Non déposée, en retard`, COLOURS.late],
    ['–', COLOURS.idle],
  ])
}

function matrixCell(row: DossierRow): Cell {
  const version = row.version === null ? '' : ` v${row.version.number}`
  const files = row.paths.length > 1 ? `, ${row.paths.length} fichiers` : ''
  const text = `${SIGNS[row.state]} ${STATE_WORDS[row.state]}${version}${row.late ? ', en retard' : ''}${files}`
  const [link] = row.paths
  return link === undefined ? text : { text, link }
}

interface MissingLine {
  situation: string
  member: string
  level: string
  finess: string | null
  og: string | null
  piece: string
  required: boolean
  late: boolean
  deadlineOn: string | null
  version: number | null
  since: Date | null
  motive: string | null
}

/** Gaps, then what nobody has checked yet, then what was left out. */
function addMissing(workbook: Workbook, plan: DossierPlan, clock: (instant: string) => Date) {
  const lineOf = (row: DossierRow, situation: string): MissingLine => {
    const { version, owner, deadlineOn, late } = row
    const since = version?.decidedAt ?? version?.depositedAt
    return {
      situation,
      member: owner.name,
      level: SCOPE_WORDS[owner.scope],
      finess: owner.finess,
      og: owner.ogName,
      piece: row.pieceName,
      required: row.required,
      late,
      deadlineOn,
      version: version?.number ?? null,
      since: since === undefined ? (late ? dayCell(deadlineOn) : null) : clock(since),
      motive: row.motive,
    }
  }
  const lines: MissingLine[] = [
    ...plan.gaps.map(row => lineOf(row, gapWords(row))),
    ...plan.rows.filter(row => row.state === 'complement').map(row => lineOf(row, '↺ Complément demandé')),
    ...plan.rows
      .filter(row => row.state === 'deposee' && !row.awaitsScan)
      .map(row => lineOf(row, '● À contrôler')),
    ...plan.rows.filter(row => row.state === 'non-applicable').map(row => lineOf(row, '– Non applicable')),
    ...plan.setAside.map(
      (aside): MissingLine => ({
        situation: '– Écartée',
        member: aside.ownerName,
        level: '',
        finess: null,
        og: null,
        piece: aside.pieceName,
        required: false,
        late: false,
        deadlineOn: null,
        version: aside.versionNumber,
        since: clock(aside.depositedAt),
        motive: SET_ASIDE_WORDS[aside.reason],
      }),
    ),
  ]
  const sheet = addTable(workbook, plan, 'Manquants', lines, [
    { header: 'Situation', width: 16, value: line => line.situation },
    { header: 'Membre', width: 32, value: line => line.member },
    { header: 'Niveau', width: 10, value: line => line.level },
    { header: 'FINESS', width: 13, value: line => line.finess },
    { header: 'Organisme gestionnaire', width: 28, value: line => line.og },
    { header: 'Pièce', width: 32, value: line => line.piece },
    { header: 'Obligatoire', width: 12, value: line => yesNo(line.required) },
    { header: 'En retard', width: 10, value: line => yesNo(line.late) },
    {
      header: 'Date limite',
      width: 12,
      style: DAY,
      value: ({ deadlineOn }) => dayCell(deadlineOn),
    },
    { header: 'Version', width: 9, style: NUMBER, value: line => line.version },
    { header: 'Depuis le', width: 13, style: DAY, value: line => line.since },
    { header: 'Motif', width: 44, value: line => line.motive },
  ])
  const end = lines.length + 1
  colour(sheet, `A2:A${end}`, [
    ['✗', COLOURS.bad],
    ['○', COLOURS.late],
    ['●', COLOURS.waiting],
    ['–', COLOURS.idle],
  ])
  colour(sheet, `H2:H${end}`, [['Oui', COLOURS.late]])
}

function addFingerprints(workbook: Workbook, plan: DossierPlan) {
  const mono: Partial<Style> = { ...TEXT, font: { name: 'Consolas', size: 9 } }
  addTable<DossierEntry>(workbook, plan, 'Empreintes', plan.entries, [
    { header: 'Fichier', width: 70, value: ({ path }) => ({ text: path, link: path }) },
    { header: 'Empreinte SHA-256', width: 68, style: mono, value: entry => entry.sha256 },
    { header: 'Taille (octets)', width: 13, style: NUMBER, value: entry => entry.size },
  ])
}

/** exceljs dates the parts of its ZIP with the clock of the machine; the dossier's instant makes two draws alike. */
function withEntryDate(zip: Buffer, date: Date): Buffer {
  const timestamp = dosTimestamp(date)
  const end = zip.lastIndexOf('PK\x05\x06')
  let header = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const local = zip.readUInt32LE(header + 42)
    zip.writeUInt32LE(timestamp, header + 12)
    zip.writeUInt32LE(timestamp, local + 10)
    header += 46 + [28, 30, 32].reduce((sum, field) => sum + zip.readUInt16LE(header + field), 0)
  }
  return zip
}
