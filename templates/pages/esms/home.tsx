/** A member's page: what is expected of it, until when, and what is done. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Day } from '../../../server/domain/call.ts'
import { formatClosing, formatDaysLeft } from '../../../server/domain/deadline.ts'
import { CopyField, Empty, FictionalTag } from '../components.tsx'
import { DelegatesTold, type ShownDelegate } from '../delegates.tsx'
import { count } from '../format.ts'
import { type Frame, Layout } from '../layout.tsx'
import { askedWords, type MemberRecord, NextAnswer, recordUrl } from './asked.tsx'
import { type DueTasks, dueTasks, nextTask, type Task, type TaskGroup, TaskList } from './tasks.tsx'

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
  /** Where this server is reached, without an end slash: addresses to hand on begin with it. */
  publicUrl: string
  /** Whether deposits go through an antivirus. */
  antivirus: boolean
}

interface MemberHomeProps extends MemberPage {
  groups: readonly TaskGroup[]
  /** The OG and the ESMS that it answers for, with what is still to be answered for each. */
  records: readonly MemberRecord[]
  /** The one group shown, when the person chose one; null for all. */
  selected: string | null
  /** Deposited, and not asked for any more. */
  setAside: readonly { pieceId: string; name: string; ownerName: string; versions: number }[]
  /** Why nobody may deposit today; null when deposits are open. */
  closedReason: string | null
  /** Whether the porteur put the grappe away: nothing is answered any more. */
  archived: boolean
  /** When its papers are erased from here, in one sentence. */
  erasure: string
  /** Who was named to manage its contacts and its deposits. */
  delegates: readonly ShownDelegate[]
  /** To whom its link was handed; null when to no address. */
  email: string | null
  /** Address of its calendar; null as long as it asked for none. */
  calendar: string | null
}

export function MemberHome(props: MemberHomeProps): JSX.Element {
  const { frame, token, memberName, groups, closedReason, today } = props
  const shown = props.selected === null ? groups : groups.filter(({ id }) => id === props.selected)
  const tasks = shown.flatMap(group => group.tasks)
  const isAsked = props.records.some(({ questions, facts }) => questions + facts > 0)
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
      {tasks.length > 0 || isAsked ? null : (
        <Empty title="Rien n’est attendu de vous aujourd’hui.">
          <p>Si cela vous étonne, écrivez au porteur de la grappe.</p>
        </Empty>
      )}
      <Next {...props} tasks={tasks} />
      {tasks.length === 0 ? null : (
        <Progress tasks={tasks} closesOn={closedReason === null ? props.closesOn : null} today={today} />
      )}
      <Records {...props} />
      {groups.length < 2 ? null : <Switcher token={token} groups={groups} selected={props.selected} />}
      {shown.length === 1 && shown[0] !== undefined ? <Owner group={shown[0]} /> : null}
      <Tasks {...props} tasks={tasks} owners={groups.length > 1 && props.selected === null} />
      {props.setAside.length === 0 ? null : <SetAside token={token} pieces={props.setAside} />}
      <section aria-labelledby="contacts">
        <h2 id="contacts">Qui reçoit les messages ?</h2>
        <DelegatesTold delegates={props.delegates} email={props.email} />
        <p>
          <a href={urlTo('memberContacts', { token })}>Voir et changer les contacts</a>
        </p>
      </section>
      <Calendar token={token} address={props.calendar} />
      <Forward
        address={`${props.publicUrl}${urlTo('memberHome', { token })}`}
        subject={`Pièces de ${memberName} pour la grappe ${props.grappeName}`}
        token={token}
      />
      <section aria-labelledby="conservation">
        <h2 id="conservation">Combien de temps vos documents restent-ils ici ?</h2>
        <p>
          {props.erasure} <a href={urlTo('memberData', { token })}>Vos données</a>
        </p>
      </section>
      <Help porteurEmail={props.porteurEmail} grappeName={props.grappeName} />
    </Layout>
  )
}

/** What is to be answered comes before what is to be deposited: some pieces depend on it. */
function Records({ token, records, selected, archived }: MemberHomeProps) {
  const shown = records.filter(({ id }) => selected === null || id === selected)
  if (shown.length === 0) return null
  const asked = shown.filter(({ questions, facts }) => questions + facts > 0)
  const links = (
    <ul>
      {shown.map(({ kind, id, name, questions, facts }) => (
        <li key={id}>
          <a href={recordUrl(token, kind, id)}>{name}</a>
          {questions + facts > 0
            ? ` : ${askedWords(questions, facts)}`
            : asked.length > 0
              ? ` : rien à répondre`
              : ''}
        </li>
      ))}
    </ul>
  )
  return (
    <section aria-labelledby="fiches">
      <h2 id="fiches">{asked.length === 0 ? 'Votre fiche' : 'À répondre'}</h2>
      {asked.length === 0 ? (
        <p class="muted">
          {archived ? 'Elle reste lisible.' : 'Tout est répondu. Vous pouvez relire et corriger votre fiche.'}
        </p>
      ) : (
        <p>La grappe est jugée sur vos réponses, et certaines pièces en dépendent.</p>
      )}
      {shown.length <= MOST_RECORDS ? (
        links
      ) : (
        <details open={false}>
          <summary>{count(shown.length, 'fiche')}</summary>
          {links}
        </details>
      )}
    </section>
  )
}

const MOST_RECORDS = 5

/** Whose pieces these are, when they are one member's: two of one OG may bear the same name. */
const Owner = ({ group: { id, title, finess } }: { group: TaskGroup }) => (
  <p class="muted" id={`membre-${id}`}>
    {title}
    {finess === null ? '' : `, FINESS ${finess}`}
  </p>
)

/** Whether a deposit can be made: the call is open, or this piece was reopened. */
const isDepositable = (
  task: Task,
  { closedReason, archived }: Pick<MemberHomeProps, 'closedReason' | 'archived'>,
) => !archived && (closedReason === null || task.reopened)

/** The one thing to do, as a button. */
function Next(props: MemberHomeProps & { tasks: readonly Task[] }) {
  const { tasks, token, today, groups } = props
  const next = nextTask(tasks.filter(task => isDepositable(task, props)))
  if (next === null) {
    const { records, selected } = props
    return (
      <NextAnswer records={records.filter(({ id }) => selected === null || id === selected)} token={token} />
    )
  }
  const { deadlineOn } = next
  return (
    <div class="next">
      <a class="button" href={urlTo('memberPiece', { token, piece: next.pieceId })}>
        {next.state === 'attendue' ? 'Déposer' : 'Corriger'} « {next.name} »
      </a>
      <p>
        {groups.length > 1 ? `${next.ownerName}, ` : ''}
        {deadlineOn === null
          ? 'sans date limite connue'
          : `avant le ${formatClosing(deadlineOn)} : ${formatDaysLeft(today, deadlineOn)}`}
      </p>
    </div>
  )
}

/** Beyond, what asks for nothing is folded. */
const MOST_DONE = 3

/** What is to be deposited, by date; then what is done, which asks for nothing. */
function Tasks(props: MemberHomeProps & { tasks: readonly Task[]; owners: boolean }) {
  const { tasks, token, today, timeZone, closedReason, owners } = props
  const done = tasks.filter(({ outstanding }) => !outstanding)
  const explained = !owners
  return (
    <>
      {dueTasks(tasks).map(due => (
        <section key={due.deadlineOn ?? ''} aria-labelledby={`avant-${due.deadlineOn ?? 'rien'}`}>
          <h2 id={`avant-${due.deadlineOn ?? 'rien'}`}>{dueTitle(due, props)}</h2>
          {due.deadlineOn === null || closedReason !== null ? null : (
            <p class="muted">{capital(formatDaysLeft(today, due.deadlineOn))}.</p>
          )}
          <TaskList {...{ tasks: due.tasks, token, timeZone, owners, explained }} />
        </section>
      ))}
      {done.length === 0 ? null : (
        <section aria-labelledby="fait">
          <h2 id="fait">Ce qui est fait</h2>
          <details open={done.length <= MOST_DONE}>
            <summary>{count(done.length, 'pièce')}</summary>
            <TaskList {...{ tasks: done, token, timeZone, owners, explained }} />
          </details>
        </section>
      )}
    </>
  )
}

function dueTitle(
  { deadlineOn, tasks }: DueTasks,
  { closedReason, archived, today }: Pick<MemberHomeProps, 'closedReason' | 'archived' | 'today'>,
): string {
  if (archived) return deadlineOn === null ? 'Non déposé' : `Demandé pour le ${formatClosing(deadlineOn)}`
  if (deadlineOn === null) return 'À déposer, sans date limite connue'
  const isLate = tasks.some(({ late }) => late)
  // Closed is also a call that has not opened yet.
  const isClosed = closedReason !== null && deadlineOn < today && !tasks.some(({ reopened }) => reopened)
  if (isClosed) return `Non déposé au ${formatClosing(deadlineOn)}`
  return isLate ? `En retard depuis le ${formatClosing(deadlineOn)}` : `Avant le ${formatClosing(deadlineOn)}`
}

const capital = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}`

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
  // What does not apply is neither deposited nor missing.
  const asked = tasks.filter(({ state }) => state !== 'non-applicable')
  const done = asked.filter(task => !task.outstanding).length
  const refused = tasks.filter(task => task.state === 'refusee').length
  const missing = tasks.filter(task => task.required && task.outstanding).length
  return (
    <div class="progress">
      <p>
        <label htmlFor="avancement">
          <strong>
            {done} sur {count(asked.length, 'pièce déposée', 'pièces déposées')}
          </strong>
        </label>{' '}
        <progress id="avancement" value={done} max={Math.max(1, asked.length)} />
      </p>
      <p>
        {missing === 0
          ? 'Toutes les pièces obligatoires sont déposées.'
          : 'Il manque ' +
            `${count(missing, 'pièce obligatoire', 'pièces obligatoires')}` +
            `${refused === 0 ? '' : `, dont ${count(refused, 'à corriger', 'à corriger')}`}` +
            '.'}
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
        .
      </p>
    </section>
  )
}

/** Handing the link on is an act: what it gives is said, and the message is ready. */
export function Forward({
  address,
  subject,
  token,
}: {
  address: string
  subject: string
  token: string
}): JSX.Element {
  const body =
    `Bonjour,\n\nPouvez-vous déposer ce qui est demandé ici ?\n\n${address}\n\n` +
    'Ce lien ouvre nos pièces sans mot de passe : gardez-le pour vous.'
  const mail = `mailto:?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(body)}`
  return (
    <section aria-labelledby="collegue">
      <h2 id="collegue">Un collègue a le document ?</h2>
      <p>
        Ce lien ouvre toutes vos pièces sans mot de passe : ne le confiez qu’à une personne concernée. Pour
        qu’elle ait le sien, <a href={urlTo('memberContacts', { token })}>ajoutez-la plutôt à vos contacts</a>
        .
      </p>
      <p class="actions">
        <a class="button secondary" href={mail}>
          Écrire à un collègue
        </a>
      </p>
      <CopyField id="lien-a-transmettre" label="Ou copier le lien" value={address} />
    </section>
  )
}
