/** The contacts of a member, on its own link; any change asks for a code. */
import type { FastifyPluginAsync } from 'fastify'
import { contactContract, phoneContract } from '../../../../schema/contracts/exchanges.ts'
import { fieldMessages } from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { type ContactGroup, MemberContacts } from '../../../../templates/pages/contacts.tsx'
import { delegateErrors, typedDelegate } from '../../../../templates/pages/delegates.tsx'
import { linkActor, type MemberScope } from '../../../steps/access/member-scope.ts'
import { nameDelegate } from '../../../steps/collection/name-delegate.ts'
import {
  addContact,
  contactsOfMember,
  listContacts,
  type OtherContact,
  readOwnPhone,
  removeContact,
  saveOwnPhone,
} from '../../../steps/collection/save-contacts.ts'
import type { Context } from '../../../steps/ports.ts'
import { readGrappe } from '../../../steps/read/read-grappe.ts'
import { browserOf } from '../../security.ts'
import { passConfirmation } from '../confirm-by-code.ts'
import { namedSentence, removedSentence } from '../contact-words.ts'
import { goTo, type PageSettings, sendPage } from '../page.ts'
import { formErrors } from '../porteur/forms.ts'
import { fieldErrors, formFields, parameter } from '../request.ts'
import { delegatesOf, type MemberVisit, memberGuards } from './access.ts'

export function memberContactPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onLink } = memberGuards(context, settings)

  return async app => {
    app.get(PATHS.memberContacts, onLink(showContacts))
    app.post(PATHS.memberContacts, onLink(saveContact))
    app.post(PATHS.memberDelegate, onLink(nameOther))
    app.post(PATHS.memberPhone, onLink(savePhone))
    app.post(PATHS.memberRemoveContact, onLink(dropContact))
    // The code is asked for at the act's own address: reloading it there leads back to the contacts.
    app.get(PATHS.memberDelegate, onLink(backToContacts))
    app.get(PATHS.memberPhone, onLink(backToContacts))
    app.get(PATHS.memberRemoveContact, onLink(backFromContact))
  }
}

function showContacts(visit: MemberVisit) {
  return show(visit, [])
}

async function saveContact(visit: MemberVisit) {
  const { context, scope, request, reply, refuse } = visit
  const fields = formFields(request)
  const parsed = contactContract.safeParse(fields)
  if (!parsed.success) return await show(visit, fieldErrors(fieldMessages(parsed.error)))
  if (!(await confirmed(visit))) return reply
  const owners = ownersOf(scope)
  const owner = owners.length === 1 ? owners[0] : owners.find(({ id }) => id === fields.owner)
  if (owner === undefined) return refuse({ code: 'not-found' })
  const added = await addContact(context, contactsOfMember(scope), owner, parsed.data)
  return added.ok
    ? goTo(reply, contactsUrl(visit), addedSentence(parsed.data.email, added.value.ownerName))
    : await show(visit, formErrors(added.refusal, 'email'))
}

async function nameOther(visit: MemberVisit) {
  const { context, scope, request, reply, refuse } = visit
  const fields = formFields(request)
  const parsed = contactContract.safeParse(typedDelegate(fields))
  if (!parsed.success) return await show(visit, delegateErrors(fieldErrors(fieldMessages(parsed.error))))
  const og = scope.ogs.length === 1 ? scope.ogs[0] : scope.ogs.find(({ id }) => id === fields.og)
  if (og === undefined) return refuse({ code: 'not-found' })
  if (!(await confirmed(visit))) return reply
  const named = await nameDelegate(context, { by: 'member', member: scope }, og.id, parsed.data)
  if (named.ok) return goTo(reply, contactsUrl(visit), namedSentence(named.value))
  return named.refusal.code === 'invalid-fields'
    ? await show(visit, delegateErrors(formErrors(named.refusal, 'email')))
    : refuse(named.refusal)
}

async function savePhone(visit: MemberVisit) {
  const { context, scope, request, reply, refuse } = visit
  const parsed = phoneContract.safeParse({ phone: formFields(request).telephone })
  if (!parsed.success) {
    const errors = fieldErrors(fieldMessages(parsed.error))
    return await show(
      visit,
      errors.map(error => ({ ...error, field: 'telephone' })),
    )
  }
  if (!(await confirmed(visit))) return reply
  const saved = await saveOwnPhone(context, scope, parsed.data.phone)
  return saved.ok ? goTo(reply, contactsUrl(visit), 'Votre téléphone est enregistré.') : refuse(saved.refusal)
}

async function dropContact(visit: MemberVisit) {
  const { context, scope, reply, refuse } = visit
  const contact = await findContact(visit)
  if (contact === undefined) return refuse({ code: 'not-found' })
  if (!(await confirmed(visit))) return reply
  const removed = await removeContact(context, contactsOfMember(scope), contact.id)
  return removed.ok ? goTo(reply, contactsUrl(visit), removedSentence(contact)) : refuse(removed.refusal)
}

async function backToContacts(visit: MemberVisit) {
  return goTo(visit.reply, contactsUrl(visit))
}

async function backFromContact(visit: MemberVisit) {
  const contact = await findContact(visit)
  return contact === undefined ? visit.refuse({ code: 'not-found' }) : await backToContacts(visit)
}

function contactsUrl({ token }: MemberVisit): string {
  return urlTo('memberContacts', { token })
}

async function show(visit: MemberVisit, errors: readonly FieldError[]) {
  const { context, scope, token, request, reply, page } = visit
  const delegates = await delegatesOf(context, scope)
  return sendPage(
    reply,
    MemberContacts({
      ...page(),
      groups: await readGroups(context, scope, token),
      delegates,
      ogs: scope.ogs.filter(
        ({ id }) => !delegates.some(each => each.ogId === id && each.email === scope.email),
      ),
      archived: scope.archived,
      email: scope.email,
      phone: (await readOwnPhone(context, scope)) ?? '',
      values: formFields(request),
      errors,
    }),
    errors.length === 0 ? 200 : 422,
  )
}

/** Whether the act may go on; the page that asks for the code is sent otherwise. */
function confirmed(visit: MemberVisit): Promise<boolean> {
  const { context, scope, request, reply } = visit
  const { linkId, email, grappeId } = scope
  return passConfirmation(context, request, reply, {
    holder: {
      id: linkId,
      email,
      browser: browserOf(request, reply),
      journal: { grappeId, actor: linkActor(scope) },
    },
    purpose: 'contacts',
    action: request.url,
    page: () => {
      const { frame, memberName } = visit.page()
      return { frame, porteur: null, who: memberName, backHref: contactsUrl(visit) }
    },
  })
}

/** The contact of the address, when it is one of the link's own; any other does not exist. */
async function findContact({ context, scope, request }: MemberVisit): Promise<OtherContact | undefined> {
  const contacts = await listContacts(context.db, contactsOfMember(scope))
  return contacts.find(({ id }) => id === parameter(request, 'contact'))
}

function addedSentence(email: string, ownerName: string): string {
  return `${email} est ajouté aux contacts de « ${ownerName} ». Le porteur peut l’inviter.`
}

const ownersOf = ({ ogs, esms }: MemberScope) => [
  ...ogs.map(({ id, name }) => ({ kind: 'og' as const, id, name })),
  ...esms.map(({ id, name }) => ({ kind: 'esms' as const, id, name })),
]

async function readGroups(context: Context, scope: MemberScope, token: string): Promise<ContactGroup[]> {
  const record = await readGrappe(context.db, scope.grappeId)
  const others = await listContacts(context.db, contactsOfMember(scope))
  return ownersOf(scope).map(({ id, name }) => {
    const main = record?.contacts.get(id)
    return {
      id,
      name,
      main: main?.contactEmail ? { name: main.contactName, email: main.contactEmail, phone: null } : null,
      others: others
        .filter(({ owner }) => owner.id === id)
        .map(contact => ({
          name: contact.name,
          email: contact.email,
          phone: contact.phone,
          isDelegate: contact.isDelegate,
          removeHref:
            scope.email === null || contact.email === scope.email
              ? null
              : urlTo('memberRemoveContact', { token, contact: contact.id }),
        })),
    }
  })
}
