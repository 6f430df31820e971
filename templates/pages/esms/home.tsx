/** A member's page: what is expected of it, until when, and what is done. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Day } from '../../../server/domain/call.ts'
import { formatClosing, formatDaysLeft } from '../../../server/domain/deadline.ts'
import { Empty, FictionalTag } from '../components.tsx'
import { count } from '../format.ts'
import { type Frame, Layout } from '../layout.tsx'
import { type TaskGroup, TaskList } from './tasks.tsx'

/** What every page of a member's link shows around its content. */
export interface MemberPage {
  frame: Frame
  token: string
  /** Whose link it is. */
  memberName: string
  grappeName: string
  callTitle: string
  fictional: boolean
  timeZone: string
  today: Day
  closesOn: Day | null
  porteurEmail: string
  /** Whether deposits go through an antivirus. */
  antivirus: boolean
}

interface MemberHomeProps extends MemberPage {
  groups: readonly TaskGroup[]
  /** Why nobody may deposit today; null when deposits are open. */
  closedReason: string | null
}

export function MemberHome(props: MemberHomeProps): JSX.Element {
  const { frame, token, memberName, groups, closedReason, today, timeZone } = props
  const tasks = groups.flatMap(group => group.tasks)
  return (
    <Layout
      frame={frame}
      title={`Pièces de ${memberName}`}
      who={memberName}
      scripts={['seen']}
      seenUrl={urlTo('memberSeen', { token })}
    >
      <h1>Vos pièces</h1>
      <p class="lead">
        <strong>{memberName}</strong> participe à la grappe {`« ${props.grappeName} »`} pour l’appel{' '}
        {`« ${props.callTitle} »`}. {props.fictional ? <FictionalTag /> : null}
      </p>
      {closedReason === null ? null : (
        <p class="motive" id="depots-fermes">
          <strong>Les dépôts sont fermés.</strong> {closedReason}
        </p>
      )}
      {tasks.length === 0 ? (
        <Empty title="Rien n’est attendu de vous aujourd’hui.">
          <p>Si cela vous étonne, écrivez au porteur de la grappe.</p>
        </Empty>
      ) : (
        <Progress tasks={tasks} closesOn={closedReason === null ? props.closesOn : null} today={today} />
      )}
      {groups.map(group => (
        <section key={group.id}>
          <h2>{groups.length === 1 ? 'Ce qui est attendu' : group.title}</h2>
          {group.finess === null ? null : <p class="muted">FINESS {group.finess}</p>}
          {group.tasks.length === 0 ? (
            <p>Rien n’est attendu ici.</p>
          ) : (
            <TaskList
              tasks={group.tasks}
              token={token}
              today={today}
              timeZone={timeZone}
              open={closedReason === null}
            />
          )}
        </section>
      ))}
      <Help porteurEmail={props.porteurEmail} grappeName={props.grappeName} />
    </Layout>
  )
}

function Progress({
  tasks,
  closesOn,
  today,
}: {
  tasks: TaskGroup['tasks']
  closesOn: Day | null
  today: Day
}) {
  const done = tasks.filter(task => !task.outstanding).length
  const refused = tasks.filter(task => task.state === 'refusee').length
  const missing = tasks.filter(task => task.required && task.outstanding).length
  return (
    <div class="progress">
      <p>
        <label htmlFor="avancement">
          <strong>
            {done} sur {count(tasks.length, 'pièce déposée', 'pièces déposées')}
          </strong>
        </label>{' '}
        <progress id="avancement" value={done} max={tasks.length} />
      </p>
      <p>
        {missing === 0
          ? 'Toutes les pièces obligatoires sont déposées.'
          : `Il manque ${count(missing, 'pièce obligatoire', 'pièces obligatoires')}${refused === 0 ? '' : `, dont ${count(refused, 'à corriger', 'à corriger')}`}.`}
        {closesOn === null
          ? ''
          : ` L’appel ferme le ${formatClosing(closesOn)} : ${formatDaysLeft(today, closesOn)}.`}
      </p>
    </div>
  )
}

export function Help({
  porteurEmail,
  grappeName,
}: {
  porteurEmail: string
  grappeName: string
}): JSX.Element {
  return (
    <section aria-labelledby="aide">
      <h2 id="aide">Une question ?</h2>
      <p>
        Écrivez au porteur de la grappe :{' '}
        <a href={`mailto:${porteurEmail}?subject=${encodeURIComponent(`Grappe ${grappeName}`)}`}>
          {porteurEmail}
        </a>
        . Ce lien est le vôtre : il ouvre vos pièces sans mot de passe, ne le transmettez qu’à vos collègues
        concernés.
      </p>
    </section>
  )
}
