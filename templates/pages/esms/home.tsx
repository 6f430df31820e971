/** A member's page: what is expected of it, until when, and what is done. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Day } from '../../../server/domain/call.ts'
import { formatClosing, formatDaysLeft } from '../../../server/domain/deadline.ts'
import { CopyField, Empty, FictionalTag } from '../components.tsx'
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
  /** The one group shown, when the person chose one; null for all. */
  selected: string | null
  /** Deposited, and not asked for any more. */
  setAside: readonly { pieceId: string; name: string; ownerName: string; versions: number }[]
  /** Why nobody may deposit today; null when deposits are open. */
  closedReason: string | null
  /** Address of its calendar; null as long as it asked for none. */
  calendar: string | null
}

export function MemberHome(props: MemberHomeProps): JSX.Element {
  const { frame, token, memberName, groups, closedReason, today, timeZone } = props
  const shown = props.selected === null ? groups : groups.filter(({ id }) => id === props.selected)
  const tasks = shown.flatMap(group => group.tasks)
  return (
    <Layout
      frame={frame}
      title={`Pièces de ${memberName}`}
      who={memberName}
      scripts={['seen', 'copy']}
      seenUrl={urlTo('memberSeen', { token })}
    >
      <h1>Vos pièces</h1>
      <p class="lead">
        {groups.length === 1 ? (
          <>
            <strong>{groups[0]?.title}</strong> participe à
          </>
        ) : (
          <>
            Vous répondez pour <strong>{count(groups.length, 'membre')}</strong> de
          </>
        )}{' '}
        la grappe {`« ${props.grappeName} »`} pour l’appel {`« ${props.callTitle} »`}.{' '}
        {props.fictional ? <FictionalTag /> : null}
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
      {groups.length < 2 ? null : <Switcher token={token} groups={groups} selected={props.selected} />}
      {shown.map(group => (
        <section
          key={group.id}
          // Two members of one OG may bear the same name.
          aria-label={group.finess === null ? group.title : `${group.title}, FINESS ${group.finess}`}
        >
          <h2 id={`membre-${group.id}`}>{groups.length === 1 ? 'Ce qui est attendu' : group.title}</h2>
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
      {props.setAside.length === 0 ? null : <SetAside token={token} pieces={props.setAside} />}
      <section aria-labelledby="contacts">
        <h2 id="contacts">Qui reçoit les messages ?</h2>
        <p>
          <a href={urlTo('memberContacts', { token })}>Voir et changer les contacts</a>
        </p>
      </section>
      <Calendar token={token} address={props.calendar} />
      <Help porteurEmail={props.porteurEmail} grappeName={props.grappeName} />
    </Layout>
  )
}

/** Beyond, the list would push the pieces off the first screen. */
const MAX_OPEN = 8

/** One member at a time for who answers for several; the address keeps which one. */
function Switcher({
  token,
  groups,
  selected,
}: {
  token: string
  groups: readonly TaskGroup[]
  selected: string | null
}) {
  const home = urlTo('memberHome', { token })
  const entry = (id: string | null, words: string, left: number) => (
    <li key={id}>
      <a
        href={id === null ? home : `${home}?membre=${id}`}
        {...(id === selected ? { 'aria-current': 'page' as const } : {})}
      >
        {words}
      </a>{' '}
      <span class="muted">{left === 0 ? 'rien à déposer' : `${left} à déposer`}</span>
    </li>
  )
  const leftIn = (group: TaskGroup) => group.tasks.filter(task => task.outstanding).length
  return (
    <nav aria-label="Vos membres">
      <details open={groups.length <= MAX_OPEN}>
        <summary>Choisir parmi vos {count(groups.length, 'membre')}</summary>
        <ul class="switcher">
          {entry(
            null,
            'Tous',
            groups.reduce((total, group) => total + leftIn(group), 0),
          )}
          {groups.map(group => entry(group.id, group.title, leftIn(group)))}
        </ul>
      </details>
    </nav>
  )
}

function SetAside({ token, pieces }: { token: string; pieces: MemberHomeProps['setAside'] }) {
  return (
    <section aria-labelledby="de-cote">
      <h2 id="de-cote">Déposé, mais plus demandé</h2>
      <p>
        Ces pièces ne sont plus demandées depuis un changement de votre fiche. Ce que vous avez déposé est
        gardé, hors du dossier, et y reviendra si elles sont redemandées.
      </p>
      <ul>
        {pieces.map(({ pieceId, name, ownerName, versions }) => (
          <li key={pieceId}>
            <a href={urlTo('memberPiece', { token, piece: pieceId })}>{name}</a> pour {ownerName},{' '}
            {count(versions, 'version')}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Calendar({ token, address }: { token: string; address: string | null }) {
  return (
    <section aria-labelledby="agenda">
      <h2 id="agenda">Vos échéances dans votre agenda</h2>
      {address === null ? (
        <p>Une adresse à ajouter à votre agenda, qui suit ensuite les derniers jours de vos pièces.</p>
      ) : (
        <CopyField id="adresse-agenda" label="Adresse à ajouter à votre agenda" value={address} />
      )}
      <form method="post" action={urlTo('memberCalendar', { token })} class="actions">
        <button type="submit" class="secondary" name="acte" value="creer">
          {address === null ? 'Créer le lien d’agenda' : 'Remplacer le lien d’agenda'}
        </button>
        {address === null ? null : (
          <button type="submit" class="secondary" name="acte" value="revoquer">
            Révoquer le lien d’agenda
          </button>
        )}
      </form>
    </section>
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
