/** What is to correct in a table of members: one card a problem, one choice for all its lines. */
import type { JSX } from 'preact'
import { FIELD_LABELS, type MemberField } from '../../../server/domain/member-import/columns.ts'
import type { Finding } from '../../../server/domain/member-import/line-review.ts'
import type { PreviewLine } from '../../../server/domain/member-import/preview.ts'
import type { ProblemCell, ProblemGroup } from '../../../server/domain/member-import/problem-groups.ts'
import { count, list } from '../format.ts'
import { importFields } from './import-form.tsx'
import { CellField } from './import-lines.tsx'
import { valueLabel } from './import-values.ts'

/** As many cells as are corrected one by one before checking again; the others come with the next answer. */
const MOST_CELLS_TYPED = 30
/** As many as a card tells before folding the others. */
const MOST_CELLS_TOLD = 4
/** As many as are told even then: those that follow come once these are settled. */
const MOST_CELLS_FOLDED = 60

interface ProblemsProps {
  groups: readonly ProblemGroup[]
  lines: readonly PreviewLine[]
  /** Its cells are shown elsewhere. */
  editedLine: number | null
}

interface TypedCell {
  line: number
  name: string
  field: MemberField
}

/** The cells that each problem lets type: one cell is shown once, however many problems it has. */
function typedCells({ groups, editedLine }: ProblemsProps): Map<string, TypedCell[]> {
  const seen = new Set<string>()
  return new Map(
    groups.map(({ id, cells }): [string, TypedCell[]] => [
      id,
      cells.flatMap(({ line, name, field }) => {
        // An OG's name and its number contradict each other together: either may be the wrong one.
        const fields: MemberField[] =
          id.startsWith('question') && field !== 'finess' ? ['ogNom', 'ogFiness'] : [field]
        return fields.flatMap(each => {
          const key = `${line} ${each}`
          if (line === editedLine || seen.has(key)) return []
          seen.add(key)
          return [{ line, name, field: each }]
        })
      }),
    ]),
  )
}

export function Problems(props: ProblemsProps): JSX.Element | null {
  const { groups, lines } = props
  if (groups.length === 0) return null
  const typed = typedCells(props)
  return (
    <section aria-labelledby="a-corriger">
      <h2 id="a-corriger" tabindex={-1}>
        À trancher ({groups.length})
      </h2>
      {groups.map((group, rank) => (
        <Problem key={group.id} group={group} rank={rank} lines={lines} typed={typed.get(group.id) ?? []} />
      ))}
    </section>
  )
}

interface ProblemProps {
  group: ProblemGroup
  rank: number
  lines: readonly PreviewLine[]
  typed: readonly TypedCell[]
}

function Problem({ group, rank, lines, typed }: ProblemProps) {
  const { id, title, remedy, cells, ways, values } = group
  const all = sameCells(cells)
  // A value to choose is in the title, the same for all: many lines need no list.
  const isTold = values.length === 0 || cells.length <= MOST_LINES_TOLD
  const told = isTold ? all.slice(0, MOST_CELLS_TOLD) : []
  const folded = isTold ? all.slice(MOST_CELLS_TOLD) : []
  const heading = `probleme-${rank}`
  const shared = sharedReason(all, title)
  const aside = new Set(cells.filter(({ reason }) => reason !== '').map(({ line }) => line)).size
  return (
    <section class="card problem" aria-labelledby={heading}>
      <h3 id={heading}>{title}</h3>
      {shared === null ? null : <p>{shared}</p>}
      {remedy === null ? null : <p>{remedy}</p>}
      {told.length === 0 ? null : (
        <ul>
          {told.map(each => (
            <CellTold key={JSON.stringify(each)} told={each} said={shared ?? title} />
          ))}
        </ul>
      )}
      {folded.length === 0 ? null : (
        <details>
          <summary>{folded.length === 1 ? 'Voir l’autre' : `Voir les ${folded.length} autres`}</summary>
          <ul>
            {folded.slice(0, MOST_CELLS_FOLDED).map(each => (
              <CellTold key={JSON.stringify(each)} told={each} said={shared ?? title} />
            ))}
            {folded.length <= MOST_CELLS_FOLDED ? null : (
              <li>
                Et {count(folded.length - MOST_CELLS_FOLDED, 'autre')}, à voir une fois celles-ci corrigées.
              </li>
            )}
          </ul>
        </details>
      )}
      {values.length === 0 ? null : <Choice group={group} rank={rank} />}
      <p class="actions">
        {ways.map(({ label }, way) => (
          <button
            type="submit"
            key={label}
            name="action"
            value={importFields.way(id, way)}
            {...(way === 0 && id !== '' && !id.startsWith('question') && ways.length > 1
              ? {}
              : { class: 'secondary' })}
          >
            {label}
          </button>
        ))}
        <button type="submit" name="action" value={importFields.setAside(id)} class="link">
          {aside === 1 ? 'Mettre la ligne de côté' : `Mettre les ${aside} lignes de côté`}
        </button>
      </p>
      {values.length > 0 ? null : (
        <Typing cells={typed} lines={lines} open={cells.length <= 2 && ways.length < 2} />
      )}
    </section>
  )
}

/** The cells that hold the same and have the same problem, told once. */
interface ToldCells extends Pick<ProblemCell, 'found' | 'proposal' | 'reason'> {
  lines: { line: number; name: string }[]
}

function sameCells(cells: readonly ProblemCell[]): ToldCells[] {
  const told = new Map<string, ToldCells>()
  for (const { line, name, found, proposal, reason } of cells) {
    const key = JSON.stringify([found, proposal, reason, found === '' ? line : null])
    const known = told.get(key)
    if (known) known.lines.push({ line, name })
    else told.set(key, { found, proposal, reason, lines: [{ line, name }] })
  }
  return [...told.values()]
}

/** What is wrong with all of them, when that is one thing and the title does not say it: told once. */
function sharedReason(all: readonly ToldCells[], title: string): string | null {
  const reasons = new Set(all.map(({ reason }) => reason))
  const [only = ''] = reasons
  const isOne = all.length > 1 && reasons.size === 1 && all.every(({ proposal }) => proposal === null)
  return isOne && only !== '' && !title.startsWith(only.slice(0, -1)) ? only : null
}

function CellTold({ told: { lines, found, proposal, reason }, said }: { told: ToldCells; said: string }) {
  const [first] = lines
  const numbers = lines.map(({ line }) => String(line))
  const several = lines.length > MOST_LINES_TOLD ? count(lines.length, 'ligne') : `Lignes ${list(numbers)}`
  const one =
    first === undefined || first.name === '' ? `Ligne ${numbers[0]}` : `Ligne ${numbers[0]}, ${first.name}`
  const where = lines.length > 1 ? several : one
  if (proposal !== null) {
    return (
      <li>
        {found} → <strong>{proposal}</strong> <span class="muted">{where}</span>
      </li>
    )
  }
  // A title that says the reason itself needs no repeating.
  const words = reason === '' || said.startsWith(reason.slice(0, -1)) ? found : reason
  return <li>{words === '' ? where : `${where} : ${words}`}</li>
}

function Choice({ group: { id, field, cells, values }, rank }: { group: ProblemGroup; rank: number }) {
  const selectId = `valeur-${rank}`
  return (
    <div class="field">
      <label htmlFor={selectId}>
        {FIELD_LABELS[field]}, pour {cells.length === 1 ? 'cette ligne' : `ces ${cells.length} lignes`}
      </label>
      <select id={selectId} name={importFields.choice(id)} data-resubmit="#a-corriger">
        <option value="">Choisissez</option>
        {values.map(value => (
          <option key={value} value={value}>
            {valueLabel(field, value)}
          </option>
        ))}
      </select>
    </div>
  )
}

interface TypingProps {
  cells: readonly TypedCell[]
  lines: readonly PreviewLine[]
  open: boolean
}

/** Each line by itself, for those that no common answer settles. */
function Typing({ cells, lines, open }: TypingProps) {
  if (cells.length === 0) return null
  const typed = cells.slice(0, MOST_CELLS_TYPED)
  return (
    <details open={open}>
      <summary>{cells.length === 1 ? 'Corriger cette ligne' : 'Corriger ligne par ligne'}</summary>
      {typed.length < cells.length ? (
        <p class="hint">
          Voici les {typed.length} premières. Les suivantes viendront une fois celles-ci vérifiées.
        </p>
      ) : null}
      {typed.map(({ line, name, field }) => {
        const value = lines.find(each => each.line === line)?.values[field] ?? ''
        return <CellField key={`${line} ${field}`} line={line} name={name} field={field} value={value} />
      })}
      <button type="submit" name="action" value="verifier" class="secondary">
        Vérifier mes corrections
      </button>
    </details>
  )
}

/** What was understood otherwise than typed, or is worth a look: the same words are told once. */
export function Remarks({ lines }: { lines: readonly PreviewLine[] }): JSX.Element | null {
  const byWords = new Map<string, { finding: Finding; lines: number[] }>()
  for (const { line, status, findings } of lines) {
    if (status === 'deja-present') continue
    for (const finding of findings.filter(({ blocking }) => !blocking)) {
      const known = byWords.get(finding.reason)
      if (known) known.lines.push(line)
      else byWords.set(finding.reason, { finding, lines: [line] })
    }
  }
  const all = [...byWords.values()]
  const toCheck = all.filter(({ finding }) => finding.remedy !== null && finding.field !== 'domaine')
  const understood = all.filter(remark => !toCheck.includes(remark))
  return (
    <>
      {toCheck.length === 0 ? null : (
        <section class="card" aria-labelledby="a-verifier">
          <h2 id="a-verifier">À vérifier, sans rien bloquer</h2>
          <RemarkList remarks={toCheck} />
        </section>
      )}
      {understood.length === 0 ? null : (
        <details class="card">
          <summary>Ce qui a été compris ou proposé ({understood.length})</summary>
          <RemarkList remarks={understood} />
        </details>
      )}
    </>
  )
}

const MOST_LINES_TOLD = 8

function RemarkList({ remarks }: { remarks: readonly { finding: Finding; lines: readonly number[] }[] }) {
  return (
    <ul>
      {remarks.map(({ finding: { reason, remedy }, lines }) => (
        <li key={reason}>
          {reason} {remedy}{' '}
          <span class="muted">
            {lines.length === 1
              ? `Ligne ${lines[0]}.`
              : lines.length <= MOST_LINES_TOLD
                ? `Lignes ${list(lines.map(String))}.`
                : `${count(lines.length, 'ligne')}.`}
          </span>
        </li>
      ))}
    </ul>
  )
}
