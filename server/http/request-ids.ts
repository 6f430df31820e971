/**
 * One id for each request, unique across processes: in every line that the log has of it, in its answer, and
 * on the page of an error, so that whoever reads it out leads to what happened.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'

export const REQUEST_ID_HEADER = 'x-request-id'

/** What ids are made of, whatever proxy makes them; nothing that a log or a page would have to escape. */
const WELL_FORMED = /^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$/

/** Short enough to be read out, and never drawn twice. */
const ID_BYTES = 8

/** @param hasProxy whether whoever connects is a trusted proxy, whose id is then taken for ours. */
export function requestIds(hasProxy: boolean): (request: Pick<IncomingMessage, 'headers'>) => string {
  return ({ headers }) => {
    const given = headers[REQUEST_ID_HEADER]
    if (hasProxy && typeof given === 'string' && WELL_FORMED.test(given)) return given
    return randomBytes(ID_BYTES).toString('hex')
  }
}

/** To be called before whatever may answer. On the bare answer: some routes write theirs there. */
export function tellRequestIds(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.raw.setHeader(REQUEST_ID_HEADER, request.id)
  })
}
