/** Links handed out: to members to deposit, to the ARS to read; each with its end and its last use. */
import type { ComponentChildren, JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Instant } from '../../../server/domain/call.ts'
import { CopyField, Csrf, Field, type FieldError } from '../components.tsx'
import { count, moment } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { DataTable } from './data-table.tsx'
import { GrappePage, type GrappeTitle } from './grappe-page.tsx'
import { type LinkState, LinkStateBadge } from './link-state.tsx'

export interface LinkLine {
  id: string
  kind: 'og' | 'esms' | 'personne' | 'ars'
  label: string
  state: Exclude<LinkState, 'aucun'>
  /** Null when it can no longer be shown. */
  address: string | null
  createdAt: Instant
  expiresAt: Instant
  revokedAt: Instant | null
  lastUsedAt: Instant | null
  /** The last mail that carried it; null when it was never mailed. */
  mail: {
    writtenAt: Instant
    sentAt: Instant | null
    bouncedAt: Instant | null
    failure: string | null
  } | null
}

/** Whoever deposits: a person for everything that it answers for, or a member without any address. */
export interface Invited {
  id: string
  name: string
  email: string | null
  owners: readonly { kind: 'og' | 'esms'; id: string; name: string }[]
  /** Those that work today. */
  links: readonly LinkLine[]
}

interface LinksProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  timeZone: string
  people: readonly Invited[]
  /** Members that no mail can reach. */
  unreached: readonly Invited[]
  reviewers: readonly LinkLine[]
  /** Revoked or expired, members' and reviewers' alike. */
  past: readonly LinkLine[]
  /** False when the server has no mail server: messages then wait on their page. */
  sends: boolean
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
}

const KIND_WORDS = { og: 'OG', esms: 'ESMS', personne: 'contact', ars: 'ARS' } as const

function LinkCell({
  grappeId,
  link,
  timeZone,
}: {
  grappeId: string
  link: LinkLine
  timeZone: string
}): JSX.Element {
  return (
    <>
      {link.address === null ? (
        <p>
          <LinkStateBadge state={link.state} /> Ce lien fonctionne mais ne peut plus être affiché : la clé du
          serveur a changé.
        </p>
      ) : (
        <CopyField id={`lien-${link.id}`} label={`Lien de ${link.label}`} value={link.address} />
      )}
      <Tracking link={link} timeZone={timeZone} />
      <p class="muted">Valable jusqu’au {moment(link.expiresAt, timeZone)}.</p>
      <p class="actions">
        {(
          [
            ['reissueLink', 'Remplacer'],
            ['expireLink', 'Changer la fin'],
            ['revokeLink', 'Révoquer'],
          ] as const
        ).map(([act, words]) => (
          <a
            key={act}
            href={urlTo(act, { grappe: grappeId, link: link.id })}
            aria-label={`${words} : lien de ${link.label}`}
          >
            {words}
          </a>
        ))}
      </p>
    </>
  )
}

/** Opened, never opened or bounced, and when. */
function Tracking({ link, timeZone }: { link: LinkLine; timeZone: string }): JSX.Element {
  const { mail, lastUsedAt } = link
  const at = (instant: Instant) => moment(instant, timeZone)
  const opened =
    lastUsedAt === null ? (
      <span class="etat attendue">jamais ouvert</span>
    ) : (
      <>
        <span class="etat ouvert">ouvert</span> Utilisé en dernier le {at(lastUsedAt)}.
      </>
    )
  return (
    <>
      <p>{opened}</p>
      {mail === null ? null : mail.bouncedAt !== null ? (
        <p>
          <span class="etat refusee">message refusé</span> le {at(mail.bouncedAt)} : {mail.failure}. Vérifiez
          l’adresse.
        </p>
      ) : (
        <p class="muted">
          {mail.sentAt === null
            ? `Message écrit le ${at(mail.writtenAt)}${mail.failure === null ? ', pas encore envoyé.' : `, pas encore parti : ${mail.failure}.`}`
            : `Message envoyé le ${at(mail.sentAt)}.`}
        </p>
      )}
    </>
  )
}

/** What the button does, exactly; null when there is nothing left to do. */
function inviteWords({ email, links }: Invited): string | null {
  if (email === null) return links.length === 0 ? 'Créer le lien' : null
  return links.length === 0 ? 'Créer et envoyer le lien' : 'Renvoyer le lien'
}

function InviteForm({ frame, grappe, invited }: Pick<LinksProps, 'frame' | 'grappe'> & { invited: Invited }) {
  const words = inviteWords(invited)
  const [owner] = invited.owners
  if (words === null || owner === undefined) return null
  const at = { grappe: grappe.grappeId }
  return (
    <form method="post" action={urlTo(invited.email === null ? 'invitations' : 'invitePerson', at)}>
      <Csrf token={frame.csrf} />
      {invited.email === null ? (
        <>
          <input type="hidden" name="kind" value={owner.kind} />
          <input type="hidden" name="id" value={owner.id} />
        </>
      ) : (
        <input type="hidden" name="personne" value={invited.email} />
      )}
      <button type="submit" class="secondary" aria-label={`${words} : ${invited.name}`}>
        {words}
      </button>
    </form>
  )
}

const Owners = ({ owners }: Pick<Invited, 'owners'>) => (
  <ul class="plain">
    {owners.map(({ kind, id, name }) => (
      <li key={id}>
        {name} <span class="tag">{KIND_WORDS[kind]}</span>
      </li>
    ))}
  </ul>
)

const LinkCells = (props: LinksProps, { links }: Invited): ComponentChildren =>
  links.length === 0 ? (
    <LinkStateBadge state="aucun" />
  ) : (
    links.map(link => (
      <LinkCell key={link.id} grappeId={props.grappe.grappeId} link={link} timeZone={props.timeZone} />
    ))
  )

function personCells(props: LinksProps, person: Invited): ComponentChildren[] {
  return [
    <>
      {person.name}
      {person.email === null || person.email === person.name ? null : <p class="hint">{person.email}</p>}
    </>,
    <Owners key="membres" owners={person.owners} />,
    LinkCells(props, person),
    <InviteForm key="inviter" {...props} invited={person} />,
  ]
}

function unreachedCells(props: LinksProps, member: Invited): ComponentChildren[] {
  const [owner] = member.owners
  const at = { grappe: props.grappe.grappeId }
  return [
    <Owners key="membre" owners={member.owners} />,
    <a
      key="e-mail"
      href={
        owner?.kind === 'og'
          ? urlTo('editOg', { ...at, og: member.id })
          : urlTo('editEsms', { ...at, esms: member.id })
      }
      aria-label={`Indiquer l’e-mail de ${member.name}`}
    >
      Indiquer l’e-mail
    </a>,
    LinkCells(props, member),
    <InviteForm key="inviter" {...props} invited={member} />,
  ]
}

function InviteAll({ frame, grappe, people, unreached, sends }: LinksProps): JSX.Element {
  const esms = unreached.filter(({ owners }) => owners.some(({ kind }) => kind === 'esms'))
  const created = [...people, ...esms].filter(({ links }) => links.length === 0).length
  return (
    <form method="post" action={urlTo('inviteAll', { grappe: grappe.grappeId })} class="card">
      <Csrf token={frame.csrf} />
      <p>
        {created === 0
          ? 'Tous ceux qui déposent ont déjà leur lien.'
          : `Ce bouton créera ${count(created, 'lien')}.`}{' '}
        {people.length === 0
          ? 'Aucun e-mail n’est connu : copiez les liens pour les donner.'
          : `Il enverra ${count(people.length, 'message')}, un par personne, y compris à qui a déjà son lien : il reste le même.`}{' '}
        Les OG sans e-mail ne sont pas invités.
      </p>
      {sends ? null : (
        <p>
          Ce serveur n’envoie pas d’e-mails : les messages s’écrivent dans l’onglet{' '}
          <a href={urlTo('mails', { grappe: grappe.grappeId })}>Messages</a>, d’où vous pourrez les copier.
        </p>
      )}
      <button type="submit">Inviter tout le monde</button>
    </form>
  )
}

function Reviewers({ frame, grappe, timeZone, reviewers, values, errors }: LinksProps): JSX.Element {
  return (
    <section>
      <h2>Liens de lecture pour l’ARS</h2>
      <p>
        Ce lien montre le verdict et les pièces, et permet de télécharger le dossier. Il ne permet de rien
        changer.
      </p>
      {reviewers.map(link => (
        <div key={link.id} class="card">
          <LinkCell grappeId={grappe.grappeId} link={link} timeZone={timeZone} />
        </div>
      ))}
      <form method="post" action={urlTo('handToArs', { grappe: grappe.grappeId })} class="card" novalidate>
        <Csrf token={frame.csrf} />
        <Field
          name="label"
          label="À qui remettez-vous ce lien ?"
          hint="Exemple : Mme Durand, ARS Corse."
          value={values.label ?? ''}
          errors={errors}
        />
        <Field
          name="email"
          label="Adresse e-mail"
          type="email"
          hint="Si vous l’indiquez, le lien y est envoyé. Sinon, copiez-le ensuite."
          value={values.email ?? ''}
          errors={errors}
          optional
        />
        <button type="submit">Créer le lien de lecture</button>
      </form>
    </section>
  )
}

function Past({ past, timeZone }: LinksProps): JSX.Element {
  return (
    <section>
      <h2>Liens révoqués ou expirés</h2>
      <DataTable
        label="Liens révoqués ou expirés"
        columns={['Remis à', 'État', 'Créé le', 'Terminé le', 'Dernière utilisation']}
        rows={past.map(link => ({
          id: link.id,
          cells: [
            <>
              {link.label} <span class="tag">{KIND_WORDS[link.kind]}</span>
            </>,
            <LinkStateBadge key="etat" state={link.state} />,
            moment(link.createdAt, timeZone),
            moment(link.revokedAt ?? link.expiresAt, timeZone),
            link.lastUsedAt === null ? 'jamais' : moment(link.lastUsedAt, timeZone),
          ],
        }))}
      />
    </section>
  )
}

export function Links(props: LinksProps): JSX.Element {
  const { frame, grappe, people, unreached, past, errors } = props
  return (
    <GrappePage
      frame={frame}
      grappe={grappe}
      tab="invitations"
      title="Liens"
      errors={errors}
      scripts={['copy']}
      wide
    >
      <p class="lead">
        Un lien ouvre la page de dépôt, sans compte, pour tous les membres dont la personne est le contact.
        Qui le détient peut déposer à sa place : ne le donnez qu’à lui.
      </p>
      <section>
        <h2>Liens de dépôt</h2>
        {people.length + unreached.length === 0 ? (
          <p>
            La grappe n’a pas encore de membre.{' '}
            <a href={urlTo('members', { grappe: grappe.grappeId })}>Ajoutez-les</a> pour leur donner un lien.
          </p>
        ) : (
          <InviteAll {...props} />
        )}
        {people.length === 0 ? null : (
          <DataTable
            label="Lien de chaque personne"
            columns={['Personne', 'Dépose pour', 'Lien', 'Action']}
            rows={people.map(person => ({ id: person.id, cells: personCells(props, person) }))}
          />
        )}
      </section>
      {unreached.length === 0 ? null : (
        <section>
          <h2>Membres sans adresse e-mail</h2>
          <p>Leur lien n’est envoyé à personne : copiez-le pour le leur donner.</p>
          <DataTable
            label="Lien de chaque membre sans adresse e-mail"
            columns={['Membre', 'E-mail', 'Lien', 'Action']}
            rows={unreached.map(member => ({ id: member.id, cells: unreachedCells(props, member) }))}
          />
        </section>
      )}
      <Reviewers {...props} />
      {past.length === 0 ? null : <Past {...props} />}
    </GrappePage>
  )
}
