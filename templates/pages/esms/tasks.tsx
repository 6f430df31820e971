/** What a member has to do, as a list in the order in which it matters. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Day, Instant } from '../../../server/domain/call.ts'
import { formatClosing, formatDaysLeft } from '../../../server/domain/deadline.ts'
import type { NonApplicable, PieceState } from '../../../server/domain/piece.ts'
import { StateBadge } from '../components.tsx'
import { count, moment } from '../format.ts'

/** One piece expected of the link's owner. */
export interface Task {
  pieceId: string
  name: string
  explanation: string
  required: boolean
  state: PieceState
  late: boolean
  /** Whether something is still to be deposited. */
  outstanding: boolean
  deadlineOn: Day | null
  /** The last deposit; null when there is none. */
  deposit: { number: number; at: Instant; files: number } | null
  /** Why it is to be done again; null otherwise. */
  motive: string | null
  /** The request « non applicable » that stands. */
  nonApplicable: NonApplicable | null
}

/** The tasks of one owner: the OG itself, or one ESMS. */
export interface TaskGroup {
  id: string
  title: string
  /** Null when the number is not known. */
  finess: string | null
  tasks: readonly Task[]
}

const ORDER: Readonly<Record<PieceState, number>> = {
  complement: 0,
  refusee: 1,
  attendue: 2,
  deposee: 3,
  acceptee: 4,
  'non-applicable': 5,
}

/** Refused first, then late, then what is asked, then what is done. */
function inOrder(tasks: readonly Task[]): Task[] {
  const rank = (task: Task) => ORDER[task.state] * 4 + (task.late ? 0 : 2) + (task.required ? 0 : 1)
  return tasks.toSorted((a, b) => rank(a) - rank(b))
}

function nonApplicableWords({ decision, motive }: NonApplicable): string {
  if (decision === null) return 'Vous avez indiqué qu’elle ne s’applique pas : le porteur va répondre.'
  return decision === 'confirmee'
    ? 'Le porteur a confirmé qu’elle ne s’applique pas.'
    : `Elle reste demandée : ${motive ?? ''}`
}

export function TaskList({
  tasks,
  token,
  today,
  timeZone,
  open,
}: {
  tasks: readonly Task[]
  token: string
  today: Day
  timeZone: string
  /** Whether deposits are possible today. */
  open: boolean
}): JSX.Element {
  return (
    <ul class="tasks">
      {inOrder(tasks).map(task => (
        <li key={task.pieceId} class={task.state}>
          <h3>
            <a href={urlTo('memberPiece', { token, piece: task.pieceId })}>{task.name}</a>
            {task.required ? null : <span class="optional"> (facultative)</span>}
          </h3>
          <StateBadge state={task.state} late={task.late} />
          <p>{task.explanation}</p>
          {task.motive === null ? null : (
            <p class="motive">
              <strong>À corriger :</strong> {task.motive}
            </p>
          )}
          {task.nonApplicable === null ? null : (
            <p class={task.nonApplicable.decision === 'refusee' ? 'motive' : 'muted'}>
              {nonApplicableWords(task.nonApplicable)}
            </p>
          )}
          {task.deposit === null ? null : (
            <p class="muted">
              Version {task.deposit.number} déposée {moment(task.deposit.at, timeZone)} (
              {count(task.deposit.files, 'fichier')}).
            </p>
          )}
          {task.outstanding && open ? (
            <p>
              {task.deadlineOn === null
                ? 'Aucune date limite n’est connue.'
                : `À déposer avant le ${formatClosing(task.deadlineOn)} : ${formatDaysLeft(today, task.deadlineOn)}.`}
            </p>
          ) : null}
        </li>
      ))}
    </ul>
  )
}
