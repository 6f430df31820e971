/** API of the porteur: the other contacts of its members. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { contactAnswer } from '../../../schema/contracts/api.ts'
import { contactContract, ownerContract } from '../../../schema/contracts/exchanges.ts'
import { API_PATHS } from '../../../schema/urls.ts'
import { nameDelegate } from '../../steps/collection/name-delegate.ts'
import {
  addContact,
  contactsOfPorteur,
  listContacts,
  removeContact,
} from '../../steps/collection/save-contacts.ts'
import type { Context } from '../../steps/ports.ts'
import { forGrappe, grappeParams } from './bearer.ts'
import { refusals, sendRefusal } from './problems.ts'

export function contactsApi(context: Context): FastifyPluginAsyncZod {
  return async app => {
    app.get(API_PATHS.contacts, getContacts(context))
    app.post(API_PATHS.contacts, postContact(context))
    app.put(API_PATHS.delegate, putDelegate(context))
    app.delete(API_PATHS.contact, deleteContact(context))
  }
}

const getContacts = forGrappe(
  {
    tags: ['Membres'],
    summary: 'Lister les autres contacts des membres',
    params: grappeParams,
    response: { 200: z.array(contactAnswer), ...refusals },
  },
  async ({ context, scope }) => await listContacts(context.db, contactsOfPorteur(scope)),
)

const postContact = forGrappe(
  {
    tags: ['Membres'],
    summary: 'Ajouter un contact à un OG ou à un ESMS',
    params: grappeParams,
    body: contactContract.extend({ owner: ownerContract }),
    response: { 201: z.object({ id: z.uuid() }), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const { owner, ...body } = request.body
    const added = await addContact(context, contactsOfPorteur(scope), owner, body)
    return added.ok ? reply.code(201).send({ id: added.value.contactId }) : sendRefusal(reply, added.refusal)
  },
)

const putDelegate = forGrappe(
  {
    tags: ['Membres'],
    summary: 'Nommer le contact délégué d’un OG',
    description:
      'Il gère, par son lien, les contacts et les dépôts des ESMS de cet OG. Qui l’était jusque-là reçoit ' +
      'un message, et son lien prend fin.',
    params: grappeParams.extend({ og: z.uuid() }),
    body: contactContract,
    response: { 200: z.object({ email: z.string(), replaced: z.string().nullable() }), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const { og } = request.params
    const named = await nameDelegate(context, { by: 'porteur', porteur: scope }, og, request.body)
    if (!named.ok) return sendRefusal(reply, named.refusal)
    const { email, replaced } = named.value
    return { email, replaced }
  },
)

const deleteContact = forGrappe(
  {
    tags: ['Membres'],
    summary: 'Retirer un contact',
    params: grappeParams.extend({ contact: z.uuid() }),
    response: { 204: z.null(), ...refusals },
  },
  async ({ context, scope, request, reply }) => {
    const removed = await removeContact(context, contactsOfPorteur(scope), request.params.contact)
    return removed.ok ? reply.code(204).send(null) : sendRefusal(reply, removed.refusal)
  },
)
