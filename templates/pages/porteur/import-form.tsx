/** The form of the preview of an import: what it is given, how its fields are named. */
import type { JSX } from 'preact'
import type { ColumnUse, MemberField } from '../../../server/domain/member-import/columns.ts'
import type { ImportPreview } from '../../../server/domain/member-import/preview.ts'
import type { ProblemGroup } from '../../../server/domain/member-import/problem-groups.ts'
import type { MemberTable } from '../../../server/domain/member-import/table.ts'
import type { ImportPage } from './import.tsx'

/** What the preview's buttons ask for; the ways of a problem and the line to edit are built by functions. */
export type ImportAction =
  | 'verifier'
  | 'proposer'
  | 'vider'
  | 'laisser'
  | 'masquees'
  | 'reconnues'
  | 'ajouter'

/** Names and values of the preview's fields. */
export const importFields = {
  cell: (line: number, field: MemberField) => `c-${line}-${field}`,
  ignore: (line: number) => `ignorer-${line}`,
  restore: (line: number) => `reprendre-${line}`,
  use: (column: number) => `colonne-${column}`,
  fill: (field: MemberField) => `remplir-${field}`,
  choice: (groupId: string) => `choix-${groupId}`,
  /** Value of the action that follows one way of a problem. */
  way: (groupId: string, way: number) => `voie ${way} ${groupId}`,
  /** Value of the action that sets the lines of a problem aside. */
  setAside: (groupId: string) => `cote ${groupId}`,
  /** Value of the action that writes the two solutions of a merge proposal as one. */
  merge: (proposal: number) => `reunir ${proposal}`,
  /** Value of the action that opens a line to edit it. */
  edit: (line: number) => `ligne ${line}`,
  /** Value of the action that shows a page of the ready lines, from 1. */
  ready: (page: number) => `pretes ${page}`,
}

/** One column of the sheet, as the screen shows it. */
export interface ShownColumn {
  column: number
  header: string
  use: ColumnUse | null
  /** Why it is not read; null when it is. */
  reason: string | null
  examples: readonly string[]
}

export interface PreviewMembersProps extends ImportPage {
  /** Travels in the form; the server reads it back. */
  packed: string
  draft: {
    sheetName: string | null
    otherSheets: readonly string[]
    doubt: string | null
    isRemembered: boolean
  }
  columns: readonly ShownColumn[]
  /** The draft's table with its corrections. */
  table: MemberTable
  preview: ImportPreview & {
    completedOgs: readonly {
      name: string
      finessEj: string | null
      contact: { contactEmail: string | null } | null
    }[]
    newPorteurOg: string | null
    registryLabel: string | null
  }
  groups: readonly ProblemGroup[]
  /** Lines that the grappe has already, ready or to correct, whose cells are shown to be changed. */
  editedLine: number | null
  /** Which page of the ready lines, from 1. */
  readyPage: number
  /** Whether the columns are what the person is looking at. */
  showColumns: boolean
  /** The confirmation was asked and could not be followed. */
  refused: boolean
}

export const ActionButton = ({
  action,
  kind,
  children,
}: {
  action: ImportAction
  kind?: 'secondary'
  children: string
}): JSX.Element => (
  <button type="submit" name="action" value={action} {...(kind ? { class: kind } : {})}>
    {children}
  </button>
)
