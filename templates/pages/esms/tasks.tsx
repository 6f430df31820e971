/** What a member has to do, as a list in the order in which it matters. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Day, Instant } from '../../../server/domain/call.ts'
import { formatClosing } from '../../../server/domain/deadline.ts'
import type { Extension } from '../../../server/domain/extension.ts'
import { groupBy } from '../../../server/domain/group-by.ts'
import type { NonApplicable, PieceState } from '../../../server/domain/piece.ts'
import { StateBadge } from '../components.tsx'
import { count, list, moment } from '../format.ts'

/** One piece expected of the link's owner. */
export interface Task {
  pieceId: string
  /** The ESMS or OG that owes it. */
  ownerName: string
  name: string
  explanation: string
  required: boolean
  state: PieceState
  late: boolean
  /** Names of the documents of the last deposit that the server no longer has as they were. */
  damaged: readonly string[]
  /** Whether something is still to be deposited. */
  outstanding: boolean
  deadlineOn: Day | null
  /** The last deposit; null when there is none. */
  deposit: { number: number; at: Instant; files: number } | null
  /** Why it is to be done again; null otherwise. */
  motive: string | null
  /** The request « non applicable » that stands. */
  nonApplicable: NonApplicable | null
  /** The later last day that was granted, if that is where `deadlineOn` comes from; null otherwise. */
  granted: Extension | null
  /** Whether it may be deposited though the call is closed. */
  reopened: boolean
}

/** What the server lost, and what to do: the same on the list and on the page of the piece. */
export function Damaged({ names }: { names: readonly string[] }): JSX.Element | null {
  if (names.length === 0) return null
  return (
    <p class="motive">
      <strong>{names.length === 1 ? 'Fichier abîmé' : 'Fichiers abîmés'} sur le serveur :</strong>{' '}
      {list(names.map(name => `« ${name} »`))}. Nous ne l’avons plus tel que vous l’avez déposé :
      redéposez-le.
    </p>
  )
}

/** Why there is more time, and until when. */
export function GrantedTime({ task }: { task: Task }): JSX.Element | null {
  const { granted, reopened } = task
  if (granted === null || !task.outstanding) return null
  return (
    <p class="notice">
      <strong>
        {reopened ? 'Dépôt rouvert' : 'Délai accordé'} jusqu’au {formatClosing(granted.deadlineOn)}.
      </strong>{' '}
      Motif : {granted.motive}
    </p>
  )
}

/** The tasks of one owner: the OG itself, or one ESMS. */
export interface TaskGroup {
  id: string
  title: string
  /** Null when the number is not known. */
  finess: string | null
  tasks: readonly Task[]
}

/** What is to be deposited by one day, or without any known. */
export interface DueTasks {
  deadlineOn: Day | null
  tasks: readonly Task[]
}

/** Late first, then by date; what is asked again before what was never sent, the optional last. */
function byUrgency(a: Task, b: Task): number {
  const day = (task: Task) => task.deadlineOn ?? '9999-12-31'
  const rank = (task: Task) => (task.required ? 0 : 2) + (task.state === 'attendue' ? 1 : 0)
  return (
    Number(b.late) - Number(a.late) || (day(a) < day(b) ? -1 : day(a) > day(b) ? 1 : 0) || rank(a) - rank(b)
  )
}

/** What is still to be deposited, the nearest day first. */
export function dueTasks(tasks: readonly Task[]): DueTasks[] {
  const due = tasks.filter(task => task.outstanding).toSorted(byUrgency)
  return [...groupBy(due, task => task.deadlineOn ?? '')].map(([day, tasksOfDay]) => ({
    deadlineOn: day === '' ? null : day,
    tasks: tasksOfDay,
  }))
}

/** The one thing to do next: the most pressing required piece, else an optional one that is asked again. */
export function nextTask(tasks: readonly Task[]): Task | null {
  const due = tasks.filter(({ outstanding }) => outstanding).toSorted(byUrgency)
  return due.find(({ required }) => required) ?? due.find(({ state }) => state !== 'attendue') ?? null
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
  timeZone,
  owners,
  explained,
}: {
  tasks: readonly Task[]
  token: string
  timeZone: string
  /** Whether to say whose each piece is. */
  owners: boolean
  /** Whether to say what each piece is. */
  explained: boolean
}): JSX.Element {
  return (
    <ul class="tasks">
      {tasks.map(task => (
        <li key={task.pieceId} class={task.state}>
          <h3>
            <a href={urlTo('memberPiece', { token, piece: task.pieceId })}>{task.name}</a>
            {task.required ? null : <span class="optional"> (facultative)</span>}
          </h3>
          <StateBadge state={task.state} late={task.late} damaged={task.damaged.length > 0} />
          {owners ? <p class="task-owner">{task.ownerName}</p> : null}
          {explained && task.outstanding ? <p>{task.explanation}</p> : null}
          <Damaged names={task.damaged} />
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
              Version {task.deposit.number} déposée le {moment(task.deposit.at, timeZone)} (
              {count(task.deposit.files, 'fichier')}).
            </p>
          )}
          <GrantedTime task={task} />
        </li>
      ))}
    </ul>
  )
}
