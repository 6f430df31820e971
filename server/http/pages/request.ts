/** What a page reads of a request: the ids of its address, the fields of its form. */
import type { FastifyRequest } from 'fastify'
import type { FieldError } from '../../../templates/pages/components.tsx'
import type { SessionPlace } from '../../steps/access/sign-in.ts'

/** Longer ones tell nothing more. */
const MAX_USER_AGENT_CHARS = 400

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i
const NO_SUCH_ID = '00000000-0000-0000-0000-000000000000'

/** An id of the address; a malformed one names nothing, as a wrong one does. */
export function parameter(request: FastifyRequest, name: string): string {
  return validId((request.params as Record<string, string>)[name] ?? '')
}

/** Where the request comes from, for whoever lists the sessions that it opens. */
export const placeOf = ({ headers, ip }: FastifyRequest): SessionPlace => ({
  userAgent: headers['user-agent']?.slice(0, MAX_USER_AGENT_CHARS) ?? null,
  address: ip,
})

/** The number of a sealed version in the address; NaN, which is none, when it is not one. */
export function versionNumber(request: FastifyRequest): number {
  const { number = '' } = request.params as Record<string, string>
  return /^[1-9]\d{0,8}$/.test(number) ? Number(number) : Number.NaN
}

/** Whether a text has the form of an id. */
export const isId = (text: string): boolean => UUID.test(text)

/** The same for an id that a form sends. */
export function validId(text: string): string {
  return isId(text) ? text : NO_SUCH_ID
}

/** The text of a form's fields; files and repeated fields are not among them. */
export function formFields(request: FastifyRequest): Record<string, string> {
  const body: unknown = request.body
  if (typeof body !== 'object' || body === null) return {}
  return Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/** Every text that a form sends under one name: boxes that are ticked. */
export function fieldValues(request: FastifyRequest, name: string): string[] {
  const body = request.body as Record<string, unknown> | null | undefined
  return [body?.[name] ?? []].flat().filter(value => typeof value === 'string')
}

/** Field refusals as a form shows them. */
export function fieldErrors(fields: Readonly<Record<string, string>>): FieldError[] {
  return Object.entries(fields).map(([field, message]) => ({ field, message }))
}
