/** The lines of a list of the governance, each with the link that changes it. */
import type { ComponentChildren, JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import { formatDay } from '../../../server/domain/deadline.ts'
import type { GovernanceValues, ListPart } from '../../../server/domain/governance/governance.ts'
import {
  MEETING_WORDS,
  meetingWhen,
  RISK_STATE_WORDS,
  ROLE_WORDS,
  roleOgName,
} from '../../../server/domain/governance/words.ts'
import { capital } from '../format.ts'
import { DataTable } from './data-table.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'

interface Lines {
  label: string
  columns: readonly string[]
  lines: readonly { id: string; name: string; cells: readonly ComponentChildren[] }[]
}

interface LineTableProps {
  part: ListPart
  grappe: GrappeTitle
  governance: GovernanceValues
  ogs: readonly { id: string; name: string }[]
}

export function LineTable(props: LineTableProps): JSX.Element | null {
  const { part, grappe, governance, ogs } = props
  const { label, columns, lines } = linesOf(governance, part, new Map(ogs.map(({ id, name }) => [id, name])))
  if (lines.length === 0) return null
  const url = urlTo('governancePart', { grappe: grappe.grappeId, chapter: part })
  const mayChange = !grappe.archivedOn
  return (
    <DataTable
      label={label}
      columns={[...columns, ...(mayChange ? ['Changer'] : [])]}
      rows={lines.map(({ id, name, cells }) => ({
        id,
        cells: [
          name,
          ...cells,
          ...(mayChange
            ? [
                <a key="change" href={`${url}?ligne=${id}#ligne`} aria-label={`Changer : ${name}`}>
                  Changer
                </a>,
              ]
            : []),
        ],
      }))}
    />
  )
}

function linesOf(
  { roles, copil, risques, decisions }: GovernanceValues,
  part: ListPart,
  ogNames: ReadonlyMap<string, string>,
): Lines {
  switch (part) {
    case 'roles':
      return {
        label: 'Rôles de la grappe',
        columns: ['Nom', 'Rôle', 'Organisme'],
        lines: roles.map(role => ({
          id: role.id,
          name: role.name,
          cells: [ROLE_WORDS[role.kind], roleOgName(role, ogNames) ?? ''],
        })),
      }
    case 'copil':
      return {
        label: 'Réunions du comité de pilotage',
        columns: ['Quand', 'Objet', 'État'],
        lines: copil.map(meeting => ({
          id: meeting.id,
          name: capital(meetingWhen(meeting)),
          cells: [meeting.object, MEETING_WORDS[meeting.state]],
        })),
      }
    case 'risques':
      return {
        label: 'Chaque risque',
        columns: ['Risque', 'Suivi par', 'État'],
        lines: risques.map(({ id, title, owner, state }) => ({
          id,
          name: title,
          cells: [owner ?? 'personne', RISK_STATE_WORDS[state]],
        })),
      }
    case 'decisions':
      return {
        label: 'Chaque décision',
        columns: ['Décision', 'Jour', 'Par'],
        lines: decisions.map(({ id, day, what, by }) => ({
          id,
          name: what,
          cells: [formatDay(day), by],
        })),
      }
  }
}
