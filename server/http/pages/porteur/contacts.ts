/** The contacts of an OG or an ESMS, on the porteur's side. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { contactContract } from '../../../../schema/contracts/exchanges.ts'
import { fieldMessages } from '../../../../schema/contracts/members.ts'
import { PATHS, urlTo } from '../../../../schema/urls.ts'
import type { FieldError } from '../../../../templates/pages/components.tsx'
import { type ContactGroup, ContactsPage } from '../../../../templates/pages/contacts.tsx'
import type { PorteurScope } from '../../../steps/porteur-scope.ts'
import type { Context } from '../../../steps/ports.ts'
import { type GrappeRecord, readGrappe } from '../../../steps/read-grappe.ts'
import {
  addContact,
  contactsOfPorteur,
  listContacts,
  type OtherContact,
  removeContact,
} from '../../../steps/save-contacts.ts'
import {
  fieldErrors,
  formFields,
  goTo,
  type PageSettings,
  parameter,
  porteurFrameOf,
  porteurGuards,
  sendPage,
} from '../page.ts'
import { formErrors } from './forms.ts'

type Kind = 'og' | 'esms'

export function contactPages(context: Context, settings: PageSettings): FastifyPluginAsync {
  const { onGrappe, refuse } = porteurGuards(context, settings)

  const show = async (
    scope: PorteurScope,
    request: FastifyRequest,
    reply: FastifyReply,
    kind: Kind,
    errors: readonly FieldError[],
  ) => {
    const record = await readGrappe(context.db, scope.grappeId)
    const owners = kind === 'og' ? record?.ogs : record?.esms
    const owner = owners?.find(({ id }) => id === parameter(request, kind))
    if (record === null || owner === undefined) return refuse(request, reply, { code: 'not-found' })
    const others = await listContacts(context.db, { grappeId: scope.grappeId, ownerIds: [owner.id] })
    const frame = porteurFrameOf(request, reply, settings.assetsVersion, scope.porteur)
    return sendPage(
      reply,
      ContactsPage({
        frame,
        grappe: scope,
        group: contactGroup(scope.grappeId, record, owner, others),
        action: contactsUrl(scope, kind, owner.id),
        csrf: frame.csrf,
        values: formFields(request),
        errors,
      }),
      errors.length === 0 ? 200 : 422,
    )
  }

  return async app => {
    const protect = { preHandler: app.csrfProtection }

    for (const [path, kind] of [
      [PATHS.ogContacts, 'og'],
      [PATHS.esmsContacts, 'esms'],
    ] as const) {
      app.get(
        path,
        onGrappe((scope, request, reply) => show(scope, request, reply, kind, [])),
      )

      app.post(
        path,
        protect,
        onGrappe(async (scope, request, reply) => {
          const parsed = contactContract.safeParse(formFields(request))
          if (!parsed.success) {
            return await show(scope, request, reply, kind, fieldErrors(fieldMessages(parsed.error)))
          }
          const id = parameter(request, kind)
          const added = await addContact(context, contactsOfPorteur(scope), { kind, id }, parsed.data)
          if (added.ok) {
            const notice = `${parsed.data.email} est ajouté aux contacts de « ${added.value.ownerName} ». Invitez-le depuis la page Liens.`
            return goTo(reply, contactsUrl(scope, kind, id), notice)
          }
          return added.refusal.code === 'not-found'
            ? refuse(request, reply, added.refusal)
            : await show(scope, request, reply, kind, formErrors(added.refusal, 'email'))
        }),
      )
    }

    app.post(
      PATHS.removeContact,
      protect,
      onGrappe(async (scope, request, reply) => {
        const removed = await removeContact(context, contactsOfPorteur(scope), parameter(request, 'contact'))
        if (!removed.ok) return refuse(request, reply, removed.refusal)
        const { owner, email } = removed.value
        return goTo(
          reply,
          contactsUrl(scope, owner.kind, owner.id),
          `${email} n’est plus un contact de « ${owner.name} ».`,
        )
      }),
    )
  }
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
    others: others.map(({ id, name, email, phone }) => ({
      name,
      email,
      phone,
      removeHref: urlTo('removeContact', { grappe: grappeId, contact: id }),
    })),
  }
}
