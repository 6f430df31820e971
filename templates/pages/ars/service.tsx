/** The service of a reviewer: who reads together, who is invited, and what it means before one joins. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Instant } from '../../../server/domain/call.ts'
import { Csrf, ErrorSummary, Field, type FieldError } from '../components.tsx'
import { moment } from '../format.ts'
import { Layout, type PorteurFrame } from '../layout.tsx'
import { HeldInvitation } from '../porteur/mail-state.tsx'

interface ShownMember {
  id: string
  email: string
  administers: boolean
  invitedBy: string | null
  invitedAt: Date
  joinedAt: Date | null
}

interface ShownInvitation {
  id: string
  service: string
  invitedBy: string
  invitedAt: Date
  readers: readonly string[]
}

export interface ArsServiceProps {
  /** `email`: the reviewer's. */
  frame: PorteurFrame
  /** Null when it is of none. */
  service: { name: string; members: readonly ShownMember[]; invited: readonly ShownMember[] } | null
  /** That wait for its answer. */
  invitations: readonly ShownInvitation[]
  /** Addresses whose invitation waits for a limit of the day, each with when it leaves. */
  held: ReadonlyMap<string, Instant>
  /** Whether the server sends what is written. */
  sends: boolean
  errors: readonly FieldError[]
  /** In the one form of the page, as it was typed. */
  typed: string
}

/** A service is of no call: the programme's own zone. */
const day = (instant: Date) => moment(instant.toISOString(), 'Europe/Paris')

export function ArsService(props: ArsServiceProps): JSX.Element {
  const { frame, service, invitations, errors } = props
  return (
    <Layout
      frame={frame}
      title={service === null ? 'Service' : service.name}
      who={`ARS, ${frame.email}`}
      wide
    >
      <p>
        <a href={urlTo('arsDossiers')}>Tous mes dossiers</a>
      </p>
      <ErrorSummary errors={errors} />
      <h1>{service === null ? 'Instruire à plusieurs' : service.name}</h1>
      {invitations.map(invitation => (
        <Invitation key={invitation.id} invitation={invitation} frame={frame} isFree={service === null} />
      ))}
      {service === null ? <Found {...props} /> : <Held {...props} service={service} />}
    </Layout>
  )
}

/** What joining changes, said before it. */
function Invitation({
  invitation,
  frame,
  isFree,
}: {
  invitation: ShownInvitation
  frame: PorteurFrame
  isFree: boolean
}) {
  const { id, service, invitedBy, invitedAt, readers } = invitation
  return (
    <section class="card" aria-labelledby={`invitation-${id}`}>
      <h2 id={`invitation-${id}`}>Invitation dans le service « {service} »</h2>
      <p>
        Par <strong>{invitedBy}</strong>, le {day(invitedAt)}.
      </p>
      <p>Si vous acceptez :</p>
      <ul>
        <li>chaque dossier qui vous est remis, ou le sera, sera lu aussi par {readers.join(', ')} ;</li>
        <li>vous lirez les dossiers remis à ces personnes ;</li>
        <li>le porteur de chaque dossier verra que le service le lit, et qui l’ouvre ;</li>
        <li>vos brouillons restent à vous seul, et chaque avis reste celui de son auteur.</li>
      </ul>
      <form method="post" action={urlTo('arsAnswerInvitation', { member: id })}>
        <Csrf token={frame.csrf} />
        <p class="actions">
          {isFree ? (
            <button type="submit" name="reponse" value="accepter">
              Rejoindre le service
            </button>
          ) : null}
          <button type="submit" class="secondary" name="reponse" value="refuser">
            Refuser
          </button>
        </p>
      </form>
      {isFree ? null : (
        <p class="hint">On n’est membre que d’un service à la fois : quittez le vôtre pour accepter.</p>
      )}
    </section>
  )
}

function Found({ frame, errors, typed }: ArsServiceProps) {
  return (
    <>
      <p class="lead">
        Dans un service, plusieurs personnes lisent les dossiers remis à l’une d’elles et se les attribuent.
      </p>
      <form class="card" method="post" action={urlTo('arsService')} novalidate>
        <Csrf token={frame.csrf} />
        <h2>Créer un service</h2>
        <Field
          name="name"
          label="Nom du service"
          hint="Par exemple « ARS Corse – numérique ». Les porteurs le liront."
          value={typed}
          errors={errors}
        />
        <button type="submit">Créer le service</button>
      </form>
    </>
  )
}

function Held({
  frame,
  service,
  held,
  sends,
  errors,
  typed,
}: ArsServiceProps & { service: NonNullable<ArsServiceProps['service']> }) {
  const { members, invited } = service
  const administers = members.some(member => member.email === frame.email && member.administers)
  const mayWithdraw = (member: ShownMember) => administers || member.invitedBy === frame.email
  return (
    <>
      <h2>Membres</h2>
      <ul class="people">
        {members.map(member => (
          <li key={member.id}>
            <Member member={member} frame={frame} administers={administers} isAlone={members.length === 1} />
          </li>
        ))}
      </ul>
      {invited.length === 0 ? null : (
        <>
          <h2>Invitations sans réponse</h2>
          <ul class="people">
            {invited.map(member => (
              <li key={member.id}>
                <span>
                  <strong>{member.email}</strong>, par {member.invitedBy}, le {day(member.invitedAt)}.{' '}
                  <HeldInvitation until={held.get(member.email)} />
                </span>
                {mayWithdraw(member) ? (
                  <EndForm member={member} frame={frame} words="Retirer l’invitation" />
                ) : null}
              </li>
            ))}
          </ul>
        </>
      )}
      <form class="card" method="post" action={urlTo('arsInvite')} novalidate>
        <Csrf token={frame.csrf} />
        <h2>Inviter un collègue</h2>
        <p>
          Dès qu’il accepte, il lit tous les dossiers remis à {members.map(({ email }) => email).join(', ')},
          passés et à venir, et vous lisez les siens. Il n’accepte que depuis sa propre messagerie.
        </p>
        <Field
          name="email"
          label="Adresse e-mail"
          hint="De la même administration que la vôtre."
          type="email"
          value={typed}
          errors={errors}
        />
        <button type="submit">Inviter</button>
        {sends ? null : (
          <p class="hint">
            Ce serveur n’envoie pas d’e-mails : le message attendra dans la boîte d’envoi de la personne qui
            l’administre.
          </p>
        )}
      </form>
    </>
  )
}

function Member({
  member,
  frame,
  administers,
  isAlone,
}: {
  member: ShownMember
  frame: PorteurFrame
  administers: boolean
  isAlone: boolean
}) {
  const { id, email, joinedAt } = member
  const isOwn = email === frame.email
  return (
    <>
      <span>
        <strong>{email}</strong>
        {isOwn ? ' (vous)' : ''}
        {member.administers ? ', administre le service' : ''}
        {joinedAt === null ? '' : `, depuis le ${day(joinedAt)}`}
      </span>
      {administers && !(isOwn && isAlone) ? (
        <form method="post" action={urlTo('arsAdministers', { member: id })}>
          <Csrf token={frame.csrf} />
          <button
            type="submit"
            class="secondary"
            name="administre"
            value={member.administers ? 'non' : 'oui'}
          >
            {member.administers ? 'Ne plus administrer' : 'Laisser administrer'}{' '}
            <span class="visually-hidden">: {email}</span>
          </button>
        </form>
      ) : null}
      {isOwn ? (
        <EndForm member={member} frame={frame} words={isAlone ? 'Fermer le service' : 'Quitter le service'} />
      ) : administers ? (
        <EndForm member={member} frame={frame} words="Retirer du service" />
      ) : null}
    </>
  )
}

const EndForm = ({ member, frame, words }: { member: ShownMember; frame: PorteurFrame; words: string }) => (
  <form method="post" action={urlTo('arsEndMembership', { member: member.id })}>
    <Csrf token={frame.csrf} />
    <button type="submit" class="secondary">
      {words} <span class="visually-hidden">: {member.email}</span>
    </button>
  </form>
)
