/** The contacts of members: who receives links, reminders and messages. */
import type { JSX } from 'preact'
import { urlTo } from '../../schema/urls.ts'
import { type Choice, Csrf, ErrorSummary, Field, type FieldError, Select } from './components.tsx'
import { DelegateForm, DelegatesTold, type ShownDelegate } from './delegates.tsx'
import type { MemberPage } from './esms/home.tsx'
import { Layout, type PorteurFrame } from './layout.tsx'
import type { GrappeTitle } from './porteur/grappe-nav.tsx'
import { GrappePage } from './porteur/grappe-page.tsx'

export interface ShownContact {
  name: string | null
  email: string
  phone: string | null
  isDelegate: boolean
  /** Where its removal is sent; null for one that cannot be removed here. */
  removeHref: string | null
}

type MainContact = Pick<ShownContact, 'name' | 'email' | 'phone'>

export interface ContactGroup {
  id: string
  name: string
  /** Null when the member has none. */
  main: MainContact | null
  others: readonly ShownContact[]
}

const contactWords = ({ name, email, phone }: MainContact) =>
  [name, email, phone].filter(word => word !== null).join(', ')

function ContactList({ group, csrf }: { group: ContactGroup; csrf: string | null }) {
  const { main, others } = group
  if (main === null && others.length === 0) return <p>Aucun contact pour l’instant.</p>
  return (
    <ul class="contacts">
      {main === null ? null : (
        <li>
          {contactWords(main)} <span class="tag">contact principal</span>
        </li>
      )}
      {others.map(contact => (
        <li key={contact.email}>
          {contactWords(contact)} {contact.isDelegate ? <span class="tag">contact délégué</span> : null}
          {contact.removeHref === null ? null : (
            <form method="post" action={contact.removeHref}>
              {csrf === null ? null : <Csrf token={csrf} />}
              <button
                type="submit"
                class="secondary"
                aria-label={`Retirer ${contact.email} de ${group.name}`}
              >
                Retirer
              </button>
            </form>
          )}
        </li>
      ))}
    </ul>
  )
}

interface ContactFormProps {
  action: string
  csrf: string | null
  /** The members to choose from; null when the address says which one. */
  owners: readonly Choice[] | null
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
}

function ContactForm({ action, csrf, owners, values, errors }: ContactFormProps) {
  const field = (name: string) => ({ name, value: values[name] ?? '', errors })
  return (
    <form class="card" method="post" action={action} novalidate>
      {csrf === null ? null : <Csrf token={csrf} />}
      <h2>Ajouter un contact</h2>
      {owners === null || owners.length < 2 ? null : (
        <Select {...field('owner')} label="Pour" choices={owners} />
      )}
      <Field {...field('email')} label="Adresse e-mail" type="email" />
      <Field {...field('name')} label="Nom" optional />
      <Field {...field('phone')} label="Téléphone" optional width="short" />
      <button type="submit" class="secondary">
        Ajouter ce contact
      </button>
    </form>
  )
}

interface OwnerContactsProps extends Omit<ContactFormProps, 'owners' | 'csrf'> {
  group: ContactGroup
  csrf: string
}

/** One member's contacts on the porteur's pages, with what changes them. */
export function OwnerContacts({ group, csrf, ...form }: OwnerContactsProps): JSX.Element {
  return (
    <section aria-labelledby="contacts">
      <h2 id="contacts">Contacts</h2>
      <p>
        Chaque contact reçoit son propre lien quand vous l’invitez, les relances et les messages. Le contact
        principal se change dans la fiche.
      </p>
      <ContactList group={group} csrf={csrf} />
      <ContactForm {...form} csrf={csrf} owners={null} />
    </section>
  )
}

interface ContactsPageProps extends OwnerContactsProps {
  frame: PorteurFrame
  grappe: GrappeTitle
  /** Of an OG: where its delegate is named; null for an ESMS. */
  delegate: { action: string; named: readonly ShownDelegate[] } | null
}

export function ContactsPage({ frame, grappe, delegate, ...contacts }: ContactsPageProps): JSX.Element {
  const title = `Contacts de « ${contacts.group.name} »`
  return (
    <GrappePage frame={frame} grappe={grappe} tab="members" title={title} errors={contacts.errors}>
      <OwnerContacts {...contacts} />
      {delegate === null || grappe.archivedOn !== null ? null : (
        <DelegateForm
          action={delegate.action}
          csrf={contacts.csrf}
          ogs={[]}
          delegates={delegate.named}
          values={contacts.values}
          errors={contacts.errors}
        />
      )}
      <p>
        <a href={urlTo('members', { grappe: grappe.grappeId })}>Revenir aux membres</a>
      </p>
    </GrappePage>
  )
}

interface MemberContactsProps extends MemberPage {
  groups: readonly ContactGroup[]
  /** Those of its OG, or of its ESMS' OG. */
  delegates: readonly ShownDelegate[]
  /** The OG that its reader may name a delegate of: its own, but for one whose delegate it is. */
  ogs: readonly { id: string; name: string }[]
  /** Whether the porteur put the grappe away. */
  archived: boolean
  /** Whose link it is; null when it was handed to no address: nothing can then be changed here. */
  email: string | null
  phone: string
  values: Readonly<Record<string, string>>
  errors: readonly FieldError[]
}

/** A member's contacts on its own link. */
export function MemberContacts(props: MemberContactsProps): JSX.Element {
  const { frame, token, groups, email, values, errors } = props
  return (
    <Layout
      frame={frame}
      title="Contacts"
      who={props.memberName}
      scripts={['seen']}
      seenUrl={urlTo('memberSeen', { token })}
    >
      <ErrorSummary errors={errors} />
      <p>
        <a href={urlTo('memberHome', { token })}>Toutes vos pièces</a>
      </p>
      <h1>Contacts</h1>
      <p class="lead">
        Ces personnes reçoivent les relances, les messages du porteur et un lien pour déposer. Toute
        modification demande un code, envoyé à votre adresse.
      </p>
      <DelegatesTold delegates={props.delegates} email={email} />
      {groups.map(group => (
        <section key={group.id} aria-labelledby={`contacts-${group.id}`}>
          <h2 id={`contacts-${group.id}`}>{group.name}</h2>
          <ContactList group={group} csrf={null} />
        </section>
      ))}
      {email === null ? (
        <p class="motive">
          Ce lien n’a été remis à aucune adresse e-mail : demandez au porteur ({props.porteurEmail}) de
          changer les contacts.
        </p>
      ) : (
        <>
          <ContactForm
            action={urlTo('memberContacts', { token })}
            csrf={null}
            owners={groups.map(({ id, name }) => ({ value: id, label: name }))}
            values={values}
            errors={errors}
          />
          {props.ogs.length === 0 || props.archived ? null : (
            <DelegateForm
              action={urlTo('memberDelegate', { token })}
              csrf={null}
              ogs={props.ogs.map(({ id, name }) => ({ value: id, label: name }))}
              delegates={props.delegates.filter(({ ogId }) => props.ogs.some(({ id }) => id === ogId))}
              values={values}
              errors={errors}
            />
          )}
          <form class="card" method="post" action={urlTo('memberPhone', { token })} novalidate>
            <h2>Votre téléphone</h2>
            <Field
              name="telephone"
              label={`Téléphone de ${email}`}
              hint="Laissez vide pour l’effacer."
              value={values.telephone ?? props.phone}
              errors={errors}
              optional
              width="short"
            />
            <button type="submit" class="secondary">
              Enregistrer le téléphone
            </button>
          </form>
        </>
      )}
    </Layout>
  )
}
