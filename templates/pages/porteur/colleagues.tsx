/** The people of a porteur: who may do what, who is invited, who leaves. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Instant } from '../../../server/domain/call.ts'
import { isLastAdministrator, ROLE_WORDS, ROLES, type Role } from '../../../server/domain/role.ts'
import { Csrf, ErrorSummary, Field, type FieldError, Select } from '../components.tsx'
import { list, moment } from '../format.ts'
import { Layout, type PorteurFrame } from '../layout.tsx'
import { DataTable } from './data-table.tsx'
import { HeldInvitation } from './mail-state.tsx'
import { Email } from './members.tsx'

interface ShownColleague {
  id: string
  email: string
  role: Role
  invitedBy: string | null
  invitedAt: Instant
  joinedAt: Instant | null
}

interface ColleaguesProps {
  frame: PorteurFrame
  people: readonly ShownColleague[]
  /** Addresses whose invitation waits for a limit of the day, each with when it leaves. */
  held: ReadonlyMap<string, Instant>
  /** Whoever looks. */
  me: { id: string; role: Role }
  /** Where members and the ARS write. */
  contactEmail: string
  /** False when the server has no mail server: an invitation then waits in its outbox. */
  sends: boolean
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
}

/** What each role adds to the one before it: the table of `http/rights.ts`, in words. */
const ROLE_TEXTS: Readonly<Record<Role, string>> = {
  lire:
    'Lit tout ce qui est dans vos grappes, télécharge pièces et dossiers. Ne change rien, et ne voit ni ' +
    'les liens, ni les messages qui en portent.',
  controler:
    'En plus : invite les membres, remplace et révoque leurs liens, relance, écrit, accepte ou refuse les ' +
    'pièces, dépose pour un membre, classe les fichiers reçus, accorde un délai, note les signatures, ' +
    'change les contacts, tranche les corrections proposées. Ne voit pas les liens de l’ARS.',
  administrer:
    'En plus : les personnes et leurs sessions, les appels, les grappes et leurs membres, les échéances de ' +
    'tous, les documents, la répartition et la gouvernance ; sceller, remettre à l’ARS, suivre le dépôt, ' +
    'archiver ; les accès API.',
}

const ROLE_CHOICES = ROLES.map(role => ({ value: role, label: ROLE_WORDS[role] }))

/** People belong to no call: the programme's own zone. */
const at = (instant: Instant) => moment(instant, 'Europe/Paris')

export function Colleagues(props: ColleaguesProps): JSX.Element {
  const { frame, people, me, errors } = props
  const administers = me.role === 'administrer'
  return (
    <Layout frame={frame} porteur={frame} title="Personnes" wide>
      <ErrorSummary errors={errors} />
      <h1>Personnes</h1>
      <p class="lead">
        Qui entre dans cet espace de porteur, et ce que chacun y peut. Chacun agit sous sa propre adresse : le
        journal, les reçus et les messages disent qui.
      </p>
      <DataTable
        label="Personnes"
        columns={['Adresse', 'Rôle', 'Depuis', ...(administers ? ['Changer'] : [])]}
        rows={people.map(person => ({
          id: person.id,
          cells: [
            <>
              {person.email}
              {person.id === me.id ? (
                <>
                  {' '}
                  <span class="etat ouvert">vous</span>
                </>
              ) : null}
            </>,
            ROLE_WORDS[person.role],
            <Since person={person} heldUntil={props.held.get(person.email)} />,
            ...(administers
              ? [
                  <Acts
                    frame={frame}
                    person={person}
                    isMe={person.id === me.id}
                    isLast={isLastAdministrator(people, person)}
                  />,
                ]
              : []),
          ],
        }))}
      />
      {administers ? <Invite {...props} /> : null}
      <Roles />
      <Written {...props} />
      <Leave
        frame={frame}
        isLast={people.some(each => each.id === me.id && isLastAdministrator(people, each))}
      />
    </Layout>
  )
}

function Since({
  person: { invitedBy, invitedAt, joinedAt },
  heldUntil,
}: {
  person: ShownColleague
  heldUntil: Instant | undefined
}) {
  const invited =
    invitedBy === null ? null : (
      <>
        Invité par <Email address={invitedBy} /> le {at(invitedAt)}.
      </>
    )
  if (joinedAt !== null) {
    return (
      <>
        {at(joinedAt)}
        {invited === null ? null : '. '}
        {invited}
      </>
    )
  }
  return (
    <>
      <span class="etat attendue">pas encore venu</span> {invited} <HeldInvitation until={heldUntil} />
    </>
  )
}

interface ActsProps {
  frame: PorteurFrame
  person: ShownColleague
  isMe: boolean
  isLast: boolean
}

function Acts({ frame, person, isMe, isLast }: ActsProps) {
  const { id, email } = person
  const of = <span class="visually-hidden"> : {email}</span>
  return (
    <>
      <p>
        <a href={isMe ? urlTo('sessions') : urlTo('colleagueSessions', { colleague: id })}>Sessions{of}</a>
      </p>
      {isLast ? (
        <p class="muted">Seule personne à administrer : nommez-en une autre pour changer ce rôle.</p>
      ) : (
        <details>
          <summary>Changer le rôle{of}…</summary>
          <form method="post" action={urlTo('colleagueRole', { colleague: id })}>
            <Csrf token={frame.csrf} />
            <label htmlFor={`role-${id}`}>Rôle</label>
            <select id={`role-${id}`} name="role">
              {ROLE_CHOICES.map(({ value, label }) => (
                <option key={value} value={value} selected={value === person.role}>
                  {label}
                </option>
              ))}
            </select>
            <button type="submit">Changer le rôle</button>
          </form>
        </details>
      )}
      {isMe || isLast ? null : (
        <details>
          <summary>Retirer{of}…</summary>
          <form method="post" action={urlTo('removeColleague', { colleague: id })}>
            <Csrf token={frame.csrf} />
            <p>
              Ses sessions et ses accès API prennent fin aussitôt, et avec eux les liens que ses logiciels ont
              faits. Ce qu’elle a fait reste sous son nom. Les autres liens de membres ou d’agenda qu’elle a
              pu copier restent valables : remplacez-les à la page Liens si vous le jugez utile.
            </p>
            <button type="submit" class="danger">
              Retirer
            </button>
          </form>
        </details>
      )}
    </>
  )
}

function Invite({ frame, values, errors, sends }: ColleaguesProps) {
  return (
    <form class="card" method="post" action={urlTo('colleagues')} novalidate>
      <h2>Inviter une personne</h2>
      <p>
        {sends
          ? 'Elle reçoit un lien de connexion, valable sept jours.'
          : 'Ce serveur n’envoie pas d’e-mails : le message attend dans sa boîte d’envoi.'}{' '}
        Un code vous est d’abord demandé.
      </p>
      <Csrf token={frame.csrf} />
      <Field
        name="email"
        type="email"
        label="Adresse e-mail"
        hint="La sienne, que personne d’autre ne lit : tout ce qu’elle fera sera dit sous cette adresse."
        value={values.email ?? ''}
        errors={errors}
      />
      <Select
        name="role"
        label="Rôle"
        value={values.role ?? 'controler'}
        choices={ROLE_CHOICES}
        errors={errors}
      />
      <button type="submit">Inviter</button>
    </form>
  )
}

function Roles() {
  return (
    <section aria-labelledby="roles">
      <h2 id="roles">Ce que chaque rôle peut</h2>
      <dl class="facts">
        {ROLES.map(role => (
          <div key={role}>
            <dt>{ROLE_WORDS[role]}</dt>
            <dd>{ROLE_TEXTS[role]}</dd>
          </div>
        ))}
      </dl>
      <p>
        Aucun rôle ne parle au nom de l’ARS, ni au nom d’un membre. Il reste toujours une personne qui
        administre.
      </p>
    </section>
  )
}

function Written({ people, contactEmail }: ColleaguesProps) {
  const written = people.filter(({ role, joinedAt }) => role !== 'lire' && joinedAt !== null)
  return (
    <section aria-labelledby="courrier">
      <h2 id="courrier">À qui l’on écrit</h2>
      <p>
        Les membres et l’ARS voient une seule adresse, et y répondent : <strong>{contactEmail}</strong>. Si
        cette personne part ou ne fait plus que lire, celle d’une personne qui administre la remplace.
      </p>
      <p>
        Les avis de dépôt, la lettre de la semaine, les messages des membres et les réponses de l’ARS vont à
        chaque personne qui contrôle ou administre et s’est déjà connectée : aujourd’hui{' '}
        {list(written.map(({ email }) => email))}. Le lien d’entrée et les codes ne vont qu’à qui les demande.
      </p>
    </section>
  )
}

function Leave({ frame, isLast }: { frame: PorteurFrame; isLast: boolean }) {
  return (
    <section aria-labelledby="depart">
      <h2 id="depart">Partir</h2>
      {isLast ? (
        <p>
          Vous êtes la seule personne qui administre : nommez-en une autre, et attendez qu’elle soit venue,
          pour pouvoir partir.
        </p>
      ) : (
        <details>
          <summary>Quitter cet espace…</summary>
          <form method="post" action={urlTo('leavePorteur')}>
            <Csrf token={frame.csrf} />
            <p>
              Vos sessions et vos accès API ici prennent fin aussitôt, avec les liens que vos logiciels ont
              faits ; vous ne pourrez revenir que si l’on vous invite.
            </p>
            <button type="submit" class="danger">
              Quitter cet espace
            </button>
          </form>
        </details>
      )}
    </section>
  )
}
