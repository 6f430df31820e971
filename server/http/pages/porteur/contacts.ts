/** The contacts of an OG or an ESMS, on the porteur's side. */
import type { FastifyPluginAsync } from 'fastify'
import { contactContract } from '../../../../schema/contracts/exchanges.ts'
import { fieldMessages } from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { type ContactGroup, ContactsPage } from '../../../../templates/pages/contacts.tsx'
import { delegateErrors, typedDelegate } from '../../../../templates/pages/delegates.tsx'
import type { PorteurScope } from '../../../steps/access/porteur-scope.ts'
import { nameDelegate } from '../../../steps/collection/name-delegate.ts'
import {
  addContact,
  contactsOfPorteur,
  listContacts,
  type OtherContact,
  removeContact,
} from '../../../steps/collection/save-contacts.ts'
import type { Context } from '../../../steps/ports.ts'
import { readDelegates } from '../../../steps/read/read-delegates.ts'
import { type GrappeRecord, readGrappe } from '../../../steps/read/read-grappe.ts'
import { namedSentence, removedSentence } from '../contact-words.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { fieldErrors, formFields, parameter } from '../request.ts'
import { type GrappeVisit, porteurGuards } from './access.ts'
import { formErrors, formStatus } from './forms.ts'

type Kind = 'og' | 'esms'

export function contactPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe } = porteurGuards(context, settings)

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    app.get(PATHS.ogContacts, onGrappe(showOgContacts))
    app.post(PATHS.ogContacts, protect, onGrappe(addOgContact))
    app.get(PATHS.esmsContacts, onGrappe(showEsmsContacts))
    app.post(PATHS.esmsContacts, protect, onGrappe(addEsmsContact))
    app.post(PATHS.nameDelegate, protect, onGrappe(nameOther))
    // A refused form stays at that address: opened again, it leads back to the contacts.
    app.get(PATHS.nameDelegate, onGrappe(backToContacts))
    app.post(PATHS.removeContact, protect, onGrappe(remove))
  }
}

const showOgContacts = (visit: GrappeVisit) => show(visit, 'og')
const showEsmsContacts = (visit: GrappeVisit) => show(visit, 'esms')
const addOgContact = (visit: GrappeVisit) => add(visit, 'og')
const addEsmsContact = (visit: GrappeVisit) => add(visit, 'esms')

async function show(visit: GrappeVisit, kind: Kind, errors: readonly FieldError[] = []) {
  const { context, scope, request, reply, refuse } = visit
  const record = await readGrappe(context.db, scope.grappeId)
  const owners = kind === 'og' ? record?.ogs : record?.esms
  const owner = owners?.find(({ id }) => id === parameter(request, kind))
  if (record === null || owner === undefined) return refuse({ code: 'not-found' })
  const others = await listContacts(context.db, { grappeId: scope.grappeId, ownerIds: [owner.id] })
  const frame = visit.frame()
  const page = ContactsPage({
    frame,
    grappe: scope,
    group: contactGroup(scope.grappeId, record, owner, others),
    action: contactsUrl(scope, kind, owner.id),
    csrf: frame.csrf,
    delegate:
      kind === 'esms'
        ? null
        : {
            action: urlTo('nameDelegate', { grappe: scope.grappeId, og: owner.id }),
            named: (await readDelegates(context.db, scope.grappeId)).filter(({ ogId }) => ogId === owner.id),
          },
    values: formFields(request),
    errors,
  })
  return sendPage(reply, page, formStatus(errors))
}

async function add(visit: GrappeVisit, kind: Kind) {
  const { context, scope, request, reply, refuse } = visit
  const parsed = contactContract.safeParse(formFields(request))
  if (!parsed.success) return await show(visit, kind, fieldErrors(fieldMessages(parsed.error)))
  const id = parameter(request, kind)
  const added = await addContact(context, contactsOfPorteur(scope), { kind, id }, parsed.data)
  if (added.ok) {
    return goTo(reply, contactsUrl(scope, kind, id), addedSentence(parsed.data.email, added.value.ownerName))
  }
  return added.refusal.code === 'not-found'
    ? refuse(added.refusal)
    : await show(visit, kind, formErrors(added.refusal, 'email'))
}

async function nameOther(visit: GrappeVisit) {
  const { context, scope, request, reply, refuse } = visit
  const parsed = contactContract.safeParse(typedDelegate(formFields(request)))
  if (!parsed.success) {
    return await show(visit, 'og', delegateErrors(fieldErrors(fieldMessages(parsed.error))))
  }
  const og = parameter(request, 'og')
  const named = await nameDelegate(context, { by: 'porteur', porteur: scope }, og, parsed.data)
  if (named.ok) return goTo(reply, contactsUrl(scope, 'og', og), namedSentence(named.value))
  return named.refusal.code === 'invalid-fields'
    ? await show(visit, 'og', delegateErrors(formErrors(named.refusal, 'email')))
    : refuse(named.refusal)
}

async function backToContacts({ scope, request, reply }: GrappeVisit) {
  return goTo(reply, contactsUrl(scope, 'og', parameter(request, 'og')))
}

async function remove({ context, scope, request, reply, refuse }: GrappeVisit) {
  const removed = await removeContact(context, contactsOfPorteur(scope), parameter(request, 'contact'))
  if (!removed.ok) return refuse(removed.refusal)
  const { owner } = removed.value
  const url = contactsUrl(scope, owner.kind, owner.id)
  return goTo(reply, url, removedSentence(removed.value))
}

function addedSentence(email: string, ownerName: string): string {
  return `${email} est ajouté aux contacts de « ${ownerName} ». Invitez-le depuis la page Liens.`
}

function contactsUrl({ grappeId }: Pick<PorteurScope, 'grappeId'>, kind: Kind, id: string): string {
  return kind === 'og'
    ? urlTo('ogContacts', { grappe: grappeId, og: id })
    : urlTo('esmsContacts', { grappe: grappeId, esms: id })
}

function contactGroup(
  grappeId: string,
  record: GrappeRecord,
  owner: { id: string; name: string },
  others: readonly OtherContact[],
): ContactGroup {
  const main = record.contacts.get(owner.id)
  return {
    id: owner.id,
    name: owner.name,
    main: main?.contactEmail ? { name: main.contactName, email: main.contactEmail, phone: null } : null,
    others: others.map(({ id, name, email, phone, isDelegate }) => ({
      name,
      email,
      phone,
      isDelegate,
      removeHref: urlTo('removeContact', { grappe: grappeId, contact: id }),
    })),
  }
}
