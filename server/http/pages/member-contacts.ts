/** The contacts of a member, on its own link; any change asks for a code. */
import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { contactContract, phoneContract } from '../../../schema/contracts/exchanges.ts'
import { fieldMessages } from '../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../schema/urls.ts'
import type { FieldError } from '../../../templates/pages/components.tsx'
import { type ContactGroup, MemberContacts } from '../../../templates/pages/contacts.tsx'
import type { MemberScope } from '../../steps/member-scope.ts'
import type { Context } from '../../steps/ports.ts'
import { readGrappe } from '../../steps/read-grappe.ts'
import {
  addContact,
  contactsOfMember,
  listContacts,
  type OtherContact,
  readOwnPhone,
  removeContact,
  saveOwnPhone,
} from '../../steps/save-contacts.ts'
import { type LinkRequest, memberGuards } from './member-page.ts'
import { fieldErrors, formFields, goTo, type PageSettings, parameter, sendPage } from './page.ts'
import { formErrors } from './porteur/forms.ts'
import { passSecondStep } from './second-step.ts'

export function memberContactPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { refuse, onLink, pageOf } = memberGuards(context, settings)

  const contactsUrl = (request: LinkRequest) => urlTo('memberContacts', { token: request.params.token })

  const show = async (
    scope: MemberScope,
    request: LinkRequest,
    reply: FastifyReply,
    errors: readonly FieldError[],
  ) =>
    sendPage(
      reply,
      MemberContacts({
        ...pageOf(scope, request, reply),
        groups: await readGroups(context, scope, request.params.token),
        email: scope.email,
        phone: (await readOwnPhone(context, scope)) ?? '',
        values: formFields(request),
        errors,
      }),
      errors.length === 0 ? 200 : 422,
    )

  /** Whether the act may go on; the page that asks for the code is sent otherwise. */
  const confirmed = (scope: MemberScope, request: LinkRequest, reply: FastifyReply) => {
    const { linkId, email, grappeId, actor } = scope
    return passSecondStep(context, request, reply, {
      holder: { id: linkId, email, journal: { grappeId, actor } },
      purpose: 'contacts',
      action: request.url,
      page: () => {
        const { frame, memberName } = pageOf(scope, request, reply)
        return { frame, porteur: null, who: memberName, backHref: contactsUrl(request) }
      },
    })
  }

  return async app => {
    app.get(
      PATHS.memberContacts,
      onLink((scope, request, reply) => show(scope, request, reply, [])),
    )

    app.post(
      PATHS.memberContacts,
      onLink(async (scope, request, reply) => {
        const fields = formFields(request)
        const parsed = contactContract.safeParse(fields)
        if (!parsed.success) {
          return await show(scope, request, reply, fieldErrors(fieldMessages(parsed.error)))
        }
        if (!(await confirmed(scope, request, reply))) return reply
        const owners = ownersOf(scope)
        const owner = owners.length === 1 ? owners[0] : owners.find(({ id }) => id === fields.owner)
        if (owner === undefined) return refuse(request, reply, { code: 'not-found' })
        const added = await addContact(context, contactsOfMember(scope), owner, parsed.data)
        if (!added.ok) return await show(scope, request, reply, formErrors(added.refusal, 'email'))
        return goTo(
          reply,
          contactsUrl(request),
          `${parsed.data.email} est ajouté aux contacts de « ${added.value.ownerName} ». Le porteur peut l’inviter.`,
        )
      }),
    )

    app.post(
      PATHS.memberPhone,
      onLink(async (scope, request, reply) => {
        const parsed = phoneContract.safeParse({ phone: formFields(request).telephone })
        if (!parsed.success) {
          const errors = fieldErrors(fieldMessages(parsed.error))
          return await show(
            scope,
            request,
            reply,
            errors.map(error => ({ ...error, field: 'telephone' })),
          )
        }
        if (!(await confirmed(scope, request, reply))) return reply
        const saved = await saveOwnPhone(context, scope, parsed.data.phone)
        return saved.ok
          ? goTo(reply, contactsUrl(request), 'Votre téléphone est enregistré.')
          : refuse(request, reply, saved.refusal)
      }),
    )

    /** One of the link's own; any other does not exist. */
    const onContact = (
      handler: (
        scope: MemberScope,
        contact: OtherContact,
        request: LinkRequest,
        reply: FastifyReply,
      ) => Promise<unknown>,
    ) =>
      onLink(async (scope, request, reply) => {
        const contacts = await listContacts(context.db, contactsOfMember(scope))
        const contact = contacts.find(({ id }) => id === parameter(request, 'contact'))
        return contact === undefined
          ? refuse(request, reply, { code: 'not-found' })
          : await handler(scope, contact, request, reply)
      })

    app.post(
      PATHS.memberRemoveContact,
      onContact(async (scope, { id, email, owner }, request, reply) => {
        if (!(await confirmed(scope, request, reply))) return reply
        const removed = await removeContact(context, contactsOfMember(scope), id)
        return removed.ok
          ? goTo(reply, contactsUrl(request), `${email} n’est plus un contact de « ${owner.name} ».`)
          : refuse(request, reply, removed.refusal)
      }),
    )

    // The code is asked for at the act's own address: reloading it there leads back to the contacts.
    app.get(
      PATHS.memberPhone,
      onLink(async (_scope, request, reply) => goTo(reply, contactsUrl(request))),
    )
    app.get(
      PATHS.memberRemoveContact,
      onContact(async (_scope, _contact, request, reply) => goTo(reply, contactsUrl(request))),
    )
  }
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
          removeHref:
            scope.email === null || contact.email === scope.email
              ? null
              : urlTo('memberRemoveContact', { token, contact: contact.id }),
        })),
    }
  })
}
