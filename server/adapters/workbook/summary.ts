/** The first sheet: where the dossier stands, and a line for each piece asked for. */
import type { PieceDefinition } from '../../domain/call.ts'
import { type DossierPlan, type DossierRow, isUnsettled } from '../../domain/dossier-plan.ts'
import { absenceOf, type Edition, editionOf, originWords } from '../../domain/edition.ts'
import { VERDICT_WORDS } from '../../domain/eligibility.ts'
import { groupBy } from '../../domain/group-by.ts'
import { pieceDeadline } from '../../domain/piece.ts'
import { comparedWith } from '../../domain/registry.ts'
import type { SealChanges } from '../../domain/seal.ts'
import {
  countWords,
  FICTIONAL_WORDS,
  headline,
  porteurFacts,
  SCANNED_WORDS,
  SCOPE_WORDS,
  sizeWords,
} from '../dossier/dossier-words.ts'
import {
  COLOURS,
  type Column,
  DAY,
  dayCell,
  FONT,
  INSTANT,
  NUMBER,
  printedPages,
  tableLines,
  yesNo,
} from './table.ts'
import {
  type Cell,
  type CellStyle,
  columnLetters,
  MAX_LINKS_PER_SHEET,
  type Sheet,
  type SheetLine,
} from './xlsx-writer.ts'

const PLAIN: CellStyle = { font: FONT, vertical: 'middle' }
const BOLD: CellStyle = { ...PLAIN, font: { ...FONT, bold: true } }
const TITLE: CellStyle = { ...PLAIN, font: { ...FONT, size: 18, bold: true } }
const PLAIN_DAY: CellStyle = { ...DAY, border: '', vertical: 'middle' }
const PLAIN_INSTANT: CellStyle = { ...INSTANT, border: '', vertical: 'middle' }

/** @param linksOf how many links each other sheet would have: those that Excel would refuse are told. */
export function summarySheet(
  plan: DossierPlan,
  takenAt: Date,
  linksOf: readonly (readonly [sheet: string, links: number])[],
): Sheet {
  const columns = summaryColumns(plan)
  const last = columnLetters(columns.length)
  const lines: SheetLine[] = []
  const merges: string[] = []
  const add = (cells: SheetLine['cells'], height: number) => {
    lines.push({ height, cells })
    merges.push(`${columnLetters(cells.length)}${lines.length}:${last}${lines.length}`)
  }
  const banner = (text: string, style: CellStyle, height = 24) => add([{ value: text, style }], height)
  const line = (label: string, value: Cell, style = PLAIN) => {
    add(
      [
        { value: label, style: BOLD },
        { value, style },
      ],
      18,
    )
  }

  banner(`Dossier de la grappe ${plan.grappeName}`, TITLE, 30)
  if (plan.fictional) banner(FICTIONAL_WORDS, filled(COLOURS.idle))
  banner(headline(plan), filled(plan.complete ? COLOURS.good : COLOURS.late))
  const verdictColour = {
    eligible: COLOURS.good,
    'non-eligible': COLOURS.bad,
    'a-verifier': COLOURS.late,
    'a-constituer': COLOURS.late,
  }
  banner(
    `Éligibilité : ${VERDICT_WORDS[plan.verdict.status].toLowerCase()} (détail dans la feuille Éligibilité)`,
    filled(verdictColour[plan.verdict.status]),
  )
  line('Appel à projets', plan.callTitle)
  for (const [label, value] of porteurFacts(plan)) line(label, value)
  line('Membres', memberWords(plan))
  const bytes = plan.entries.reduce((sum, entry) => sum + entry.size, 0)
  line('Fichiers', `${countWords(plan.entries.length, 'fichier')}, ${sizeWords(bytes)}`)
  if (plan.seal !== null) {
    line('Version scellée', `${plan.seal.number}, par ${plan.seal.sealedBy}`)
    line('Sceau (SHA-256)', plan.seal.hash)
    const { changes } = plan.seal
    if (changes !== null) line(`Depuis la version ${changes.since}`, changeCounts(changes))
  }
  line('Antivirus', plan.antivirus ? SCANNED_WORDS.yes : SCANNED_WORDS.no)
  line('État établi le', takenAt, PLAIN_INSTANT)
  line('Numéros FINESS', comparedWith(plan.registry))
  line('Clôture de l’appel', plan.closesOn === null ? 'Non connue' : dayCell(plan.closesOn), PLAIN_DAY)
  line(
    'Liens',
    'Décompressez le ZIP, puis ouvrez ce classeur depuis le dossier obtenu : les liens ' +
      'ouvrent alors chaque pièce.',
  )
  for (const [name, links] of linksOf) {
    if (links > MAX_LINKS_PER_SHEET) {
      line(
        'Liens absents',
        `Excel n’accepte que ${MAX_LINKS_PER_SHEET.toLocaleString('fr-FR')} liens par ` +
          `feuille : les ${links - MAX_LINKS_PER_SHEET} derniers liens de la feuille ${name} ` +
          'n’y sont pas. Les chemins sont dans la feuille Empreintes.',
      )
    }
  }
  line('Signes', SIGN_WORDS[editionOf(plan)])
  lines.push({ height: 15, cells: [] }, ...tableLines(plan.definitions, columns))
  return {
    name: 'Synthèse',
    widths: columns.map(({ width }) => width),
    lines,
    merges,
    gridLines: false,
    print: { ...printedPages(plan, 'Synthèse'), pagesWide: 1, titles: [] },
  }
}

const SIGN_WORDS: Readonly<Record<Edition, string>> = {
  porteur:
    '✓ acceptée   ● déposée, à contrôler   ◌ en attente de l’antivirus   ✗ refusée   ↺ ' +
    'complément demandé   ○ non déposée   ? à vérifier   – non applicable, ou sans objet pour ce membre',
  ars:
    '✓ acceptée par le porteur   ● déposée   ◌ antivirus en attente   ↺ complément demandé   ' +
    '○ absente   ? à vérifier   – non applicable',
}

function changeCounts({ added, replaced, removed }: SealChanges): string {
  return [
    countWords(added.length, 'pièce ajoutée', 'pièces ajoutées'),
    countWords(replaced.length, 'remplacée'),
    countWords(removed.length, 'retirée'),
  ].join(', ')
}

function filled(argb: string): CellStyle {
  return { ...PLAIN, font: { ...FONT, size: 13, bold: true }, fill: argb }
}

function memberWords(plan: DossierPlan): string {
  const withdrawn = plan.members.filter(member => member.withdrawnOn !== null).length
  const ogCount = plan.owners.filter(owner => owner.scope === 'og').length
  const left = withdrawn > 0 ? ` (${countWords(withdrawn, 'retiré')} depuis)` : ''
  return `${ogCount} OG, ${plan.members.length - withdrawn} ESMS${left}`
}

function summaryColumns(plan: DossierPlan): Column<PieceDefinition>[] {
  const edition = editionOf(plan)
  const rowsOf = groupBy(plan.rows, row => row.code)
  const count = (header: string, test: (row: DossierRow) => boolean): Column<PieceDefinition> => ({
    header,
    width: 13,
    style: NUMBER,
    value: ({ code }) => (rowsOf.get(code) ?? []).filter(test).length,
  })
  return [
    { header: 'Pièce demandée', width: 40, value: definition => definition.name },
    { header: 'Due par', width: 10, value: definition => SCOPE_WORDS[definition.scope] },
    { header: 'Obligatoire', width: 12, value: definition => yesNo(definition.required) },
    ...(edition === 'ars'
      ? [
          count('Demandées', () => true),
          count('Dans le dossier', row => row.paths.length > 0),
          count('Compléments', row => row.state === 'complement'),
          count('Absentes', row => row.required && absenceOf(row) === 'absente'),
          count('À vérifier', row => absenceOf(row) === 'inconnue'),
          count('Non applicables', row => absenceOf(row) === 'non-applicable'),
        ]
      : [
          {
            header: 'Date limite',
            width: 12,
            style: DAY,
            value: (definition: PieceDefinition) => dayCell(pieceDeadline(definition, plan.closesOn, [])),
          },
          count('Demandées', () => true),
          count('Acceptées', row => row.state === 'acceptee'),
          count('À contrôler', row => row.state === 'deposee'),
          count('Refusées', row => row.state === 'refusee'),
          count('Compléments', row => row.state === 'complement'),
          count('Non déposées', row => row.state === 'attendue' && !isUnsettled(row)),
          count('À vérifier', row => row.state === 'attendue' && isUnsettled(row)),
          count('Non applicables', row => row.state === 'non-applicable'),
          count('En retard', row => row.late),
        ]),
    {
      header: 'Origine de la demande',
      width: 48,
      value: definition => originWords(definition.provenance, edition),
    },
  ]
}
