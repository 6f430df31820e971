/** What each column of the table holds, which a person may change; and what no column gives. */
import type { JSX } from 'preact'
import {
  COLUMN_USES,
  FIELD_LABELS,
  type MemberField,
  USE_LABELS,
} from '../../../server/domain/member-import/columns.ts'
import { CLOSED_VALUES } from '../../../server/domain/member-import/problem-groups.ts'
import { HEADER_UNKNOWN } from '../../../server/domain/member-import/sentences.ts'
import { count, list } from '../format.ts'
import { ActionButton, importFields, type PreviewMembersProps, type ShownColumn } from './import-form.tsx'
import { valueLabel } from './import-values.ts'

export function Columns({ columns, draft, showColumns, table, preview }: PreviewMembersProps): JSX.Element {
  return (
    <details class="card columns" id="colonnes" open={showColumns}>
      <summary>{columnsSummary(columns, draft.isRemembered)}</summary>
      <p class="hint">
        Changez ce qu’une colonne contient, ou ne la lisez pas : les lignes suivent. Votre choix servira aux
        prochains tableaux qui ont les mêmes titres.
      </p>
      <section class="scroll" tabindex={0} aria-label="Colonnes du tableau">
        <table class="data">
          <thead>
            <tr>
              <th scope="col">Titre dans votre tableau</th>
              <th scope="col">Ce que la colonne contient</th>
              <th scope="col">Exemples</th>
            </tr>
          </thead>
          <tbody>
            {columns.map(column => (
              <ColumnLine key={column.column} {...column} />
            ))}
          </tbody>
        </table>
      </section>
      <p class="actions">
        <ActionButton action="verifier" kind="secondary">
          Relire avec ces colonnes
        </ActionButton>
        <ActionButton action="reconnues" kind="secondary">
          Revenir aux colonnes reconnues
        </ActionButton>
      </p>
      <Filling lines={preview.lines} missing={table.missing} />
    </details>
  )
}

const MOST_UNREAD_TOLD = 4

function columnsSummary(columns: readonly ShownColumn[], isRemembered: boolean): string {
  const unread = columns.filter(({ use }) => use === null)
  const read = count(columns.length - unread.length, 'colonne lue', 'colonnes lues')
  const told = unread.slice(0, MOST_UNREAD_TOLD).map(({ header }) => `« ${header} »`)
  const more = unread.length > MOST_UNREAD_TOLD ? '…' : ''
  const left =
    unread.length === 0 ? '' : `, ${count(unread.length, 'non lue', 'non lues')} (${list(told)}${more})`
  return `${read}${left}${isRemembered ? ', comme la dernière fois' : ''} : voir ou changer`
}

function ColumnLine({ column, header, use, reason, examples }: ShownColumn) {
  const name = importFields.use(column)
  return (
    <tr>
      <th scope="row" id={`${name}-titre`}>
        {header}
      </th>
      <td data-label="Contient">
        <select id={name} name={name} aria-labelledby={`${name}-titre`} data-resubmit="#colonnes">
          <option value="" selected={use === null}>
            Ne pas lire
          </option>
          {COLUMN_USES.map(each => (
            <option key={each} value={each} selected={each === use}>
              {USE_LABELS[each]}
            </option>
          ))}
        </select>
        {reason === null || reason === HEADER_UNKNOWN ? null : <p class="hint">{reason}</p>}
      </td>
      <td data-label="Exemples">{examples.length === 0 ? '—' : examples.map(short).join(' · ')}</td>
    </tr>
  )
}

const LONGEST_EXAMPLE = 40
const short = (text: string): string =>
  text.length <= LONGEST_EXAMPLE ? text : `${text.slice(0, LONGEST_EXAMPLE - 1)}…`

/** Fields that one value may fill for all the lines that say nothing. */
const FILLED: readonly MemberField[] = ['projet', 'domaine', 'solution', 'ogNom']

type FillingProps = Pick<PreviewMembersProps['preview'], 'lines'> &
  Pick<PreviewMembersProps['table'], 'missing'>

function Filling({ lines, missing }: FillingProps) {
  const offered = FILLED.map(field => ({
    field,
    lines: lines.filter(
      ({ status, values, member }) =>
        status !== 'deja-present' &&
        values[field] === undefined &&
        // A type proposes the domain, once its line is ready.
        (field !== 'domaine' || values.type === undefined) &&
        (member?.[memberKey(field)] ?? null) === null,
    ).length,
  })).filter(each => each.lines > 0)
  const notes = missing.filter(({ field }) => !offered.some(each => each.field === field))
  return (
    <>
      {offered.length === 0 ? null : (
        <fieldset class="fill">
          <legend>Compléter d’un coup les lignes qui n’en disent rien</legend>
          {offered.map(each => (
            <FillField key={each.field} {...each} />
          ))}
          <ActionButton action="verifier" kind="secondary">
            Compléter ces lignes
          </ActionButton>
        </fieldset>
      )}
      {notes.map(({ field, explanation }) => (
        <p class="hint" key={field}>
          {explanation}
        </p>
      ))}
    </>
  )
}

/** What a line that is ready has for a field, whoever gave it. */
const memberKey = (field: MemberField) =>
  field === 'ogNom' ? 'og' : field === 'domaine' ? 'domaine' : field === 'projet' ? 'projet' : 'solution'

function FillField({ field, lines }: { field: MemberField; lines: number }) {
  const name = importFields.fill(field)
  const values = CLOSED_VALUES[field]
  return (
    <div class="field">
      <label htmlFor={name}>
        {FIELD_LABELS[field]}, pour {count(lines, 'ligne')}
      </label>
      {values === undefined ? (
        <input id={name} name={name} type="text" value="" class="full" autocomplete="off" />
      ) : (
        <select id={name} name={name}>
          <option value="">Laisser vide</option>
          {values.map(value => (
            <option key={value} value={value}>
              {valueLabel(field, value)}
            </option>
          ))}
        </select>
      )}
    </div>
  )
}
