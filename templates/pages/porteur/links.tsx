/** Links handed out: to members to deposit, to the ARS to read; each with its end and its last use. */

import type { ComponentChildren, JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Instant } from '../../../server/domain/call.ts'
import type { HandedLink } from '../../../server/domain/link.ts'
import { CopyField, Csrf, Field, type FieldError } from '../components.tsx'
import { count, moment } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { type ReadingServiceShown, ReadingServices } from './ars-activity.tsx'
import { DataTable } from './data-table.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'
import { LinkStateBadge } from './link-state.tsx'
import { Email } from './members.tsx'

/** Whoever deposits: a person for everything that it answers for, or a member without any address. */
export interface Invited {
  id: string
  name: string
  email: string | null
  owners: readonly { kind: 'og' | 'esms'; id: string; name: string; isDelegate?: boolean }[]
  /** Those that work today. */
  links: readonly HandedLink[]
}

interface LinksProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  timeZone: string
  people: readonly Invited[]
  /** Members that no mail can reach. */
  unreached: readonly Invited[]
  reviewers: readonly HandedLink[]
  services: readonly ReadingServiceShown[]
  /** Revoked or expired, members' and reviewers' alike. */
  past: readonly HandedLink[]
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
  link: HandedLink
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
      <p>
        <Tracking link={link} timeZone={timeZone} />{' '}
        <span class="muted">Valable jusqu’au {moment(link.expiresAt, timeZone)}.</span>
      </p>
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
function Tracking({ link, timeZone }: { link: HandedLink; timeZone: string }): JSX.Element {
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
      {opened}{' '}
      {mail === null ? null : mail.bouncedAt !== null ? (
        <>
          <span class="etat refusee">message refusé</span> le {at(mail.bouncedAt)} : {mail.failure}. Vérifiez
          l’adresse.
        </>
      ) : (
        <span class="muted">
          {mail.sentAt !== null
            ? `Message envoyé le ${at(mail.sentAt)}.`
            : mail.handSentAt !== null
              ? `Message envoyé par vous, noté le ${at(mail.handSentAt)}.`
              : `Message écrit le ${at(mail.writtenAt)}` +
                (mail.failure === null ? ', pas encore envoyé.' : `, pas encore parti : ${mail.failure}.`)}
        </span>
      )}
    </>
  )
}

/** What the button does, exactly; null when there is nothing left to do. */
function inviteWords({ email, links }: Invited): string | null {
  if (email === null) return links.length === 0 ? 'Créer le lien' : null
  return links.length === 0 ? 'Créer et envoyer le lien' : 'Renvoyer le lien'
}

/** The one form of every person's button: two hundred lines do not each carry their own. */
const INVITE_PERSON = 'inviter'

function InviteForm({ frame, grappe, invited }: Pick<LinksProps, 'frame' | 'grappe'> & { invited: Invited }) {
  const words = inviteWords(invited)
  const [owner] = invited.owners
  if (words === null || owner === undefined || grappe.archivedOn) return null
  const named = { class: 'secondary', 'aria-label': `${words} : ${invited.name}` }
  return invited.email === null ? (
    <form method="post" action={urlTo('invitations', { grappe: grappe.grappeId })}>
      <Csrf token={frame.csrf} />
      <input type="hidden" name="kind" value={owner.kind} />
      <input type="hidden" name="id" value={owner.id} />
      <button type="submit" {...named}>
        {words}
      </button>
    </form>
  ) : (
    <button type="submit" form={INVITE_PERSON} name="personne" value={invited.email} {...named}>
      {words}
    </button>
  )
}

/** Beyond, a line would be a page by itself. */
const MOST_OWNERS = 6

function Owners({ owners }: Pick<Invited, 'owners'>) {
  const all = (
    <ul class="plain">
      {owners.map(({ kind, id, name, isDelegate }) => (
        <li key={id}>
          {name} <span class="tag">{KIND_WORDS[kind]}</span>{' '}
          {isDelegate ? <span class="tag">contact délégué</span> : null}
        </li>
      ))}
    </ul>
  )
  return owners.length <= MOST_OWNERS ? (
    all
  ) : (
    <details>
      <summary>{count(owners.length, 'membre')}</summary>
      {all}
    </details>
  )
}

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
      {person.name.includes('@') ? <Email address={person.name} /> : person.name}
      {person.email === null || person.email === person.name ? null : (
        <p class="hint">
          <Email address={person.email} />
        </p>
      )}
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

const holderWords = (holders: number) =>
  holders === 1 ? 'à la personne qui a déjà son lien' : `aux ${holders} personnes qui ont déjà leur lien`

function InviteAll({ frame, grappe, people, unreached, sends }: LinksProps): JSX.Element {
  const esms = unreached.filter(({ owners }) => owners.some(({ kind }) => kind === 'esms'))
  const lacking = people.filter(({ links }) => links.length === 0).length
  const created = lacking + esms.filter(({ links }) => links.length === 0).length
  const holders = people.length - lacking
  if (created + holders === 0) return <p>Tous les liens sont créés : copiez-les pour les donner.</p>
  return (
    <form method="post" action={urlTo('inviteAll', { grappe: grappe.grappeId })} class="card">
      <Csrf token={frame.csrf} />
      <p>
        {created === 0
          ? 'Tous ceux qui déposent ont déjà leur lien.'
          : `Ce bouton créera ${count(created, 'lien')} et ${sends ? 'enverra' : 'écrira'} ` +
            `${count(lacking, 'message')}, un par personne.`}{' '}
        {people.length === 0 ? 'Aucun e-mail n’est connu : copiez les liens pour les donner.' : ''} Les OG
        sans e-mail ne sont pas invités.
      </p>
      {created === 0 ? (
        <input type="hidden" name="aussi" value="oui" />
      ) : holders === 0 ? null : (
        <div class="choice">
          <input type="checkbox" id="aussi" name="aussi" value="oui" />
          <label htmlFor="aussi">Écrire aussi {holderWords(holders)} : il reste le même</label>
        </div>
      )}
      {sends ? null : (
        <p>
          Ce serveur n’envoie pas d’e-mails : les messages s’écrivent dans l’onglet{' '}
          <a href={urlTo('mails', { grappe: grappe.grappeId })}>Messages</a>, d’où vous pourrez les copier.
        </p>
      )}
      <button type="submit">
        {created === 0
          ? `Renvoyer leur lien à ${count(holders, 'personne')}`
          : lacking === people.length && people.length > 0
            ? 'Inviter tout le monde'
            : 'Inviter ceux qui n’ont pas de lien'}
      </button>
    </form>
  )
}

function Reviewers({
  frame,
  grappe,
  timeZone,
  reviewers,
  services,
  sends,
  values,
  errors,
}: LinksProps): JSX.Element {
  return (
    <section>
      <h2>Liens de lecture pour l’ARS</h2>
      <p>
        L’instructeur y lit le verdict et les pièces, télécharge le dossier, dit chaque pièce conforme ou
        demande un complément, et donne son avis. Le lien seul ne permet que de lire : un code envoyé à
        l’adresse e-mail à laquelle vous le remettez confirme le reste.
      </p>
      {reviewers.map(link => (
        <div key={link.id} class="card">
          <LinkCell grappeId={grappe.grappeId} link={link} timeZone={timeZone} />
        </div>
      ))}
      <ReadingServices services={services} />
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
          hint={
            sends
              ? 'Si vous l’indiquez, le lien y est envoyé. Sinon, copiez-le ensuite.'
              : 'Si vous l’indiquez, un message avec le lien s’écrit dans Messages. Sinon, copiez-le ensuite.'
          }
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
  const archived = Boolean(grappe.archivedOn)
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
        Qui le détient peut déposer à sa place : ne le donnez qu’à elle.
      </p>
      <section>
        <h2>Liens de dépôt</h2>
        {people.length + unreached.length === 0 ? (
          <p>
            La grappe n’a pas encore de membre.{' '}
            <a href={urlTo('members', { grappe: grappe.grappeId })}>Ajoutez-les</a> pour leur donner un lien.
          </p>
        ) : archived ? null : (
          <InviteAll {...props} />
        )}
        {people.length === 0 ? null : (
          <>
            {archived ? null : (
              <form
                id={INVITE_PERSON}
                method="post"
                action={urlTo('invitePerson', { grappe: grappe.grappeId })}
              >
                <Csrf token={frame.csrf} />
              </form>
            )}
            <DataTable
              label="Lien de chaque personne"
              columns={['Personne', 'Dépose pour', 'Lien', 'Action']}
              rows={people.map(person => ({ id: person.id, cells: personCells(props, person) }))}
            />
          </>
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
