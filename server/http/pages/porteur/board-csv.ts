/** The board as CSV, one line per expected piece, for the spreadsheets that French offices use. */
import { STATE_WORDS } from '../../../../templates/pages/components.tsx'
import type { Board } from '../../../domain/board.ts'
import { dayOf } from '../../../domain/deadline.ts'
import type { DossierRow } from '../../../domain/dossier-plan.ts'
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
export function boardCsv(board: Board, timeZone: string): string {
  const rows = [board.esms, board.og, board.grappe].flatMap(({ lines }) =>
    lines.flatMap(({ cells }) => cells.filter(cell => cell !== null)),
  )
  return csvOf([HEADS, ...rows.map(row => cellsOf(row, timeZone))])
}

function cellsOf(
  { owner, pieceName, required, state, late, deadlineOn, version, motive }: DossierRow,
  timeZone: string,
) {
  return [
    SCOPE_WORDS[owner.scope],
    owner.name,
    owner.finess ?? '',
    owner.ogName ?? '',
    pieceName,
    required ? 'obligatoire' : 'facultative',
    STATE_WORDS[state],
    late ? 'oui' : 'non',
    deadlineOn ?? '',
    version === null ? '' : String(version.number),
    version === null ? '' : dayOf(version.depositedAt, timeZone),
    version?.depositedBy ?? '',
    motive ?? '',
  ]
}
