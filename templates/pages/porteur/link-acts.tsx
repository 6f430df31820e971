/** What the porteur does to a link already handed out: each act asked for on its own page. */
import type { ComponentChildren, JSX } from 'preact'
import { urlTo } from '../../../schema/urls.ts'
import type { HandedLink } from '../../../server/domain/link.ts'
import { Csrf, Field, type FieldError } from '../components.tsx'
import { count, moment } from '../format.ts'
import type { PorteurFrame } from '../layout.tsx'
import type { GrappeTitle } from './grappe-nav.tsx'
import { GrappePage } from './grappe-page.tsx'

interface LinkActProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  link: HandedLink
}

interface Act extends LinkActProps {
  title: string
  lead: string
  action: string
  words: string
  dangerous: boolean
  errors?: readonly FieldError[]
  children?: ComponentChildren
}

function LinkAct({ frame, grappe, title, lead, action, words, dangerous, errors = [], children }: Act) {
  return (
    <GrappePage frame={frame} grappe={grappe} tab="invitations" title={title} errors={errors}>
      <p class="lead">{lead}</p>
      <form method="post" action={action} class="card" novalidate>
        <Csrf token={frame.csrf} />
        {children}
        <p class="actions">
          <button type="submit" {...(dangerous ? { class: 'danger' } : {})}>
            {words}
          </button>
          <a href={urlTo('invitations', { grappe: grappe.grappeId })}>Annuler</a>
        </p>
      </form>
    </GrappePage>
  )
}

interface RevokeLinkProps extends LinkActProps {
  timeZone: string
  /** For how many members it deposits; 0 for one that reads. */
  members: number
}

export function RevokeLink({ timeZone, members, ...props }: RevokeLinkProps): JSX.Element {
  const { grappe, link } = props
  const use =
    link.lastUsedAt === null
      ? 'Il n’a jamais servi.'
      : `Il a servi en dernier le ${moment(link.lastUsedAt, timeZone)}.`
  const opens = members === 0 ? '' : ` On y dépose pour ${count(members, 'membre')}.`
  return (
    <LinkAct
      {...props}
      title={`Révoquer le lien de « ${link.label} »`}
      lead={
        `Le lien cessera de fonctionner aussitôt, pour tous ceux qui le détiennent.${opens} ${use} ` +
        'Personne n’en sera prévenu. Rien de ce qui a été déposé n’est perdu, et vous pourrez donner un ' +
        'nouveau lien.'
      }
      action={urlTo('revokeLink', { grappe: grappe.grappeId, link: link.id })}
      words="Révoquer ce lien"
      dangerous
    />
  )
}

export function ReissueLink({ email, ...props }: LinkActProps & { email: string | null }): JSX.Element {
  const { grappe, link } = props
  const handing =
    email === null
      ? 'Le nouveau lien sera à copier et à remettre.'
      : `Le nouveau lien sera envoyé à ${email}.`
  return (
    <LinkAct
      {...props}
      title={`Remplacer le lien de « ${link.label} »`}
      lead={
        `L’ancien lien cessera de fonctionner aussitôt : ` +
        `utile s’il a été transféré par erreur. ${handing}`
      }
      action={urlTo('reissueLink', { grappe: grappe.grappeId, link: link.id })}
      words="Remplacer ce lien"
      dangerous
    />
  )
}

interface ExpireLinkProps extends LinkActProps {
  timeZone: string
  /** As typed, or the last day of today's end. */
  expiresOn: string
  errors: readonly FieldError[]
}

export function ExpireLink({ timeZone, expiresOn, ...props }: ExpireLinkProps): JSX.Element {
  const { grappe, link, errors } = props
  return (
    <LinkAct
      {...props}
      title={`Fin du lien de « ${link.label} »`}
      lead={`Ce lien est valable jusqu’au ${moment(link.expiresAt, timeZone)}.`}
      action={urlTo('expireLink', { grappe: grappe.grappeId, link: link.id })}
      words="Enregistrer"
      dangerous={false}
    >
      <Field
        name="expiresOn"
        label="Dernier jour de validité"
        type="date"
        hint="Le lien fonctionne jusqu’à la fin de ce jour."
        value={expiresOn}
        errors={errors}
        width="short"
      />
    </LinkAct>
  )
}
