/** Links handed out: to members to deposit, to the ARS to read; each with its end and its last use. */
import type { JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { Instant } from '../../../server/domain/call.ts'
import { CopyField, Csrf, Field, type FieldError } from '../components.tsx'
import { count, moment } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import { GrappePage, type GrappeTitle } from './grappe-page.tsx'
import { type LinkState, LinkStateBadge } from './link-state.tsx'

export interface LinkLine {
  id: string
  kind: 'og' | 'esms' | 'ars'
  label: string
  state: Exclude<LinkState, 'aucun'>
  /** Null when it can no longer be shown. */
  address: string | null
  createdAt: Instant
  expiresAt: Instant
  revokedAt: Instant | null
  lastUsedAt: Instant | null
}

export interface InvitedMember {
  kind: 'og' | 'esms'
  id: string
  name: string
  email: string | null
  /** Those that work today. */
  links: readonly LinkLine[]
}

interface LinksProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  timeZone: string
  members: readonly InvitedMember[]
  reviewers: readonly LinkLine[]
  /** Revoked or expired, members' and reviewers' alike. */
  past: readonly LinkLine[]
  /** False when the server has no mail server: messages then wait on their page. */
  sends: boolean
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
}

const KIND_WORDS = { og: 'OG', esms: 'ESMS', ars: 'ARS' } as const

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
      <p class="muted">
        Valable jusqu’au {moment(link.expiresAt, timeZone)}.{' '}
        {link.lastUsedAt === null
          ? 'Pas encore ouvert.'
          : `Utilisé en dernier le ${moment(link.lastUsedAt, timeZone)}.`}{' '}
        <a
          href={urlTo('revokeLink', { grappe: grappeId, link: link.id })}
          aria-label={`Révoquer le lien de ${link.label}`}
        >
          Révoquer
        </a>
      </p>
    </>
  )
}

/** What the button does, exactly. */
function inviteWords({ email, links }: InvitedMember): string {
  if (email === null) return links.length === 0 ? 'Créer le lien' : ''
  return links.length === 0 ? 'Créer et envoyer le lien' : 'Renvoyer le lien'
}

function MemberRow({
  frame,
  grappeId,
  member,
  timeZone,
}: {
  frame: PorteurFrame
  grappeId: string
  member: InvitedMember
  timeZone: string
}): JSX.Element {
  const words = inviteWords(member)
  return (
    <tr>
      <th scope="row">
        {member.name} <span class="tag">{KIND_WORDS[member.kind]}</span>
      </th>
      <td>
        {member.email ?? (
          <a
            href={
              member.kind === 'esms'
                ? urlTo('editEsms', { grappe: grappeId, esms: member.id })
                : urlTo('editOg', { grappe: grappeId, og: member.id })
            }
            aria-label={`Indiquer l’e-mail de ${member.name}`}
          >
            Indiquer l’e-mail
          </a>
        )}
      </td>
      <td>
        {member.links.length === 0 ? <LinkStateBadge state="aucun" /> : null}
        {member.links.map(link => (
          <LinkCell key={link.id} grappeId={grappeId} link={link} timeZone={timeZone} />
        ))}
      </td>
      <td>
        {words === '' ? null : (
          <form method="post" action={urlTo('invitations', { grappe: grappeId })}>
            <Csrf token={frame.csrf} />
            <input type="hidden" name="kind" value={member.kind} />
            <input type="hidden" name="id" value={member.id} />
            <button type="submit" class="secondary" aria-label={`${words} : ${member.name}`}>
              {words}
            </button>
          </form>
        )}
      </td>
    </tr>
  )
}

function InviteAll({ frame, grappe, members, sends }: LinksProps): JSX.Element {
  const invited = members.filter(({ kind, email }) => kind === 'esms' || email !== null)
  const mailed = invited.filter(({ email }) => email !== null).length
  const created = invited.filter(({ links }) => links.length === 0).length
  return (
    <form method="post" action={urlTo('inviteAll', { grappe: grappe.grappeId })} class="card">
      <Csrf token={frame.csrf} />
      <p>
        Inviter tous les membres créera {count(created, 'lien')} et enverra {count(mailed, 'message')}, y
        compris à ceux qui ont déjà leur lien : il reste le même. Les OG sans e-mail ne sont pas invités.
      </p>
      {sends ? null : (
        <p>
          Ce serveur n’envoie pas d’e-mails : les messages s’écrivent dans l’onglet{' '}
          <a href={urlTo('mails', { grappe: grappe.grappeId })}>Messages</a>, d’où vous pourrez les copier.
        </p>
      )}
      <button type="submit">Inviter tous les membres</button>
    </form>
  )
}

function Reviewers({ frame, grappe, timeZone, reviewers, values, errors }: LinksProps): JSX.Element {
  return (
    <section aria-labelledby="ars">
      <h2 id="ars">Liens de lecture pour l’ARS</h2>
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

function Past({ past, timeZone }: { past: readonly LinkLine[]; timeZone: string }): JSX.Element {
  return (
    <section aria-labelledby="anciens">
      <h2 id="anciens">Liens révoqués ou expirés</h2>
      <section class="scroll" tabindex={0} aria-label="Liens révoqués ou expirés">
        <table class="data">
          <thead>
            <tr>
              <th scope="col">Remis à</th>
              <th scope="col">État</th>
              <th scope="col">Créé le</th>
              <th scope="col">Terminé le</th>
              <th scope="col">Dernière utilisation</th>
            </tr>
          </thead>
          <tbody>
            {past.map(link => (
              <tr key={link.id}>
                <th scope="row">
                  {link.label} <span class="tag">{KIND_WORDS[link.kind]}</span>
                </th>
                <td>
                  <LinkStateBadge state={link.state} />
                </td>
                <td>{moment(link.createdAt, timeZone)}</td>
                <td>{moment(link.revokedAt ?? link.expiresAt, timeZone)}</td>
                <td>{link.lastUsedAt === null ? 'jamais' : moment(link.lastUsedAt, timeZone)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  )
}

export function Links(props: LinksProps): JSX.Element {
  const { frame, grappe, timeZone, members, past, errors } = props
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
        Un lien ouvre la page de dépôt d’un membre, sans compte. Qui le détient peut déposer à sa place : ne
        le donnez qu’à lui.
      </p>
      <section aria-labelledby="membres">
        <h2 id="membres">Liens des membres</h2>
        {members.length === 0 ? (
          <p>
            La grappe n’a pas encore de membre.{' '}
            <a href={urlTo('members', { grappe: grappe.grappeId })}>Ajoutez-les</a> pour leur donner un lien.
          </p>
        ) : (
          <>
            <InviteAll {...props} />
            <section class="scroll" tabindex={0} aria-label="Liens des membres">
              <table class="data">
                <thead>
                  <tr>
                    <th scope="col">Membre</th>
                    <th scope="col">E-mail</th>
                    <th scope="col">Lien</th>
                    <th scope="col">Action</th>
                  </tr>
                </thead>
                <tbody>
                  {members.map(member => (
                    <MemberRow
                      key={member.id}
                      frame={frame}
                      grappeId={grappe.grappeId}
                      member={member}
                      timeZone={timeZone}
                    />
                  ))}
                </tbody>
              </table>
            </section>
          </>
        )}
      </section>
      <Reviewers {...props} />
      {past.length === 0 ? null : <Past past={past} timeZone={timeZone} />}
    </GrappePage>
  )
}

interface RevokeLinkProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  link: LinkLine
}

export function RevokeLink({ frame, grappe, link }: RevokeLinkProps): JSX.Element {
  const at = { grappe: grappe.grappeId }
  return (
    <GrappePage
      frame={frame}
      grappe={grappe}
      tab="invitations"
      title={`Révoquer le lien de « ${link.label} »`}
    >
      <p class="lead">
        Le lien cessera de fonctionner aussitôt, pour tous ceux qui le détiennent. Rien de ce qui a été déposé
        n’est perdu, et vous pourrez donner un nouveau lien.
      </p>
      <form method="post" action={urlTo('revokeLink', { ...at, link: link.id })} class="card">
        <Csrf token={frame.csrf} />
        <p class="actions">
          <button type="submit" class="danger">
            Révoquer ce lien
          </button>
          <a href={urlTo('invitations', at)}>Annuler</a>
        </p>
      </form>
    </GrappePage>
  )
}
