/** The board as CSV, one line per expected piece, for the spreadsheets that French offices use. */
import { STATE_WORDS } from '../../../../templates/pages/components.tsx'
import { type Board, boardState } from '../../../domain/board.ts'
import { dayOf } from '../../../domain/deadline.ts'
import { awaitedWords, type DossierPlan, type DossierRow } from '../../../domain/dossier-plan.ts'
import { damagedDocuments } from '../../../domain/piece.ts'
import { csvOf } from '../../csv.ts'

const HEADS = [
  'Niveau',
  'Nom',
  'FINESS',
  'OG',
  'Pièce',
  'Caractère',
  'État',
  'En retard',
  'Dernier jour',
  'Version',
  'Déposée le',
  'Déposée par',
  'Motif',
]

const SCOPE_WORDS = { grappe: 'grappe', og: 'OG', esms: 'ESMS' } as const

/** The lines that the board shows, whatever its filter left. */
export function boardCsv(board: Board, plan: Pick<DossierPlan, 'timeZone' | 'verdict'>): string {
  const rows = [board.esms, board.og, board.grappe].flatMap(({ lines }) =>
    lines.flatMap(({ cells, rare }) => [...cells.filter(cell => cell !== null), ...rare]),
  )
  return csvOf([HEADS, ...rows.map(row => cellsOf(row, plan))])
}

function cellsOf(row: DossierRow, plan: Pick<DossierPlan, 'timeZone' | 'verdict'>) {
  const { owner, pieceName, required, state, late, deadlineOn, version, motive } = row
  const waits = boardState(row) === 'inconnue'
  return [
    SCOPE_WORDS[owner.scope],
    owner.name,
    owner.finess ?? '',
    owner.ogName ?? '',
    pieceName,
    waits ? 'à vérifier' : required ? 'obligatoire' : 'facultative',
    waits
      ? `attend : ${awaitedWords(row, plan)}`
      : damagedDocuments(version).length > 0
        ? `${STATE_WORDS[state]}, fichier abîmé`
        : STATE_WORDS[state],
    late ? 'oui' : 'non',
    deadlineOn ?? '',
    version === null ? '' : String(version.number),
    version === null ? '' : dayOf(version.depositedAt, plan.timeZone),
    version?.depositedBy ?? '',
    motive ?? '',
  ]
}
