/** Errors of the API: RFC 9457 problem details, with a French `detail`. */
import type { FastifyReply } from 'fastify'
import { problemAnswer } from '../../../schema/contracts/api.ts'
import type { FileRefusal } from '../../domain/file-acceptance.ts'
import type { Refusal } from '../../steps/refusals.ts'
import { type Problem, problemOf } from '../refusals.ts'

/** Answers that an act may give besides its own, as the description tells them. */
export const refusals = { 401: problemAnswer, 404: problemAnswer, 409: problemAnswer, 422: problemAnswer }

/** Answers a refused act. */
export function sendRefusal(
  reply: FastifyReply,
  refusal: Refusal,
  files: readonly FileRefusal[] = [],
): FastifyReply {
  return sendProblem(reply, problemOf(refusal), { type: `urn:grappe-kit:${refusal.code}`, files })
}

export function sendProblem(
  reply: FastifyReply,
  problem: Problem,
  more: { type?: string; files?: readonly FileRefusal[] } = {},
): FastifyReply {
  const { status, title, detail, fields } = problem
  return reply
    .code(status)
    .type('application/problem+json; charset=utf-8')
    .serializer(JSON.stringify)
    .send({
      type: more.type ?? 'about:blank',
      title,
      status,
      detail,
      reference: reply.request.id,
      ...(Object.keys(fields).length === 0 ? {} : { fields }),
      ...(more.files === undefined || more.files.length === 0 ? {} : { files: more.files }),
    })
}
