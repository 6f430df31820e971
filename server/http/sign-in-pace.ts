/** How often a mailbox receives a sign-in link, and how long the answer takes: alike for every address. */
import { setTimeout as pause } from 'node:timers/promises'
import { normalizeIP } from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** Longer than looking an address up and writing its mail: the clock tells nothing of which was done. */
const ANSWER_MS = 300

/** One network cannot use up what a mailbox receives: its holder, elsewhere, is still written to. */
const NETWORKS_PER_MAILBOX = 3

const HOUR_MS = 60 * 60 * 1000

/**
 * Asks for the link, unless this mailbox was sent too many today, and ends when the answer is due.
 *
 * @throws an error of status 429 whose message is a sentence.
 */
export type PacedSignIn = (request: FastifyRequest, email: string, ask: () => Promise<void>) => Promise<void>

/** @param perMailbox links a day to one mailbox, counted whether or not its address is known. */
export function paceSignIns(app: FastifyInstance, perMailbox: number): PacedSignIn {
  const mailboxes = new WeakMap<FastifyRequest, string>()
  const limitOf = (max: number, whose: (request: FastifyRequest) => string) =>
    app.createRateLimit({
      max,
      timeWindow: '1 day',
      keyGenerator: request => `${mailboxes.get(request)} ${whose(request)}`,
    })
  const limits = [
    limitOf(Math.ceil(perMailbox / NETWORKS_PER_MAILBOX), ({ ip }) => normalizeIP(ip)),
    limitOf(perMailbox, () => ''),
  ]
  return async (request, email, ask) => {
    mailboxes.set(request, email)
    for (const countIn of limits) {
      const counted = await countIn(request)
      if (!counted.isAllowed && counted.isExceeded) throw tooMany(counted.ttl)
    }
    await Promise.all([ask(), pause(ANSWER_MS)])
  }
}

function tooMany(waitMs: number): Error {
  const hours = Math.max(1, Math.round(waitMs / HOUR_MS))
  const message =
    'Trop de liens de connexion ont été demandés aujourd’hui pour cette adresse. Servez-vous du dernier ' +
    `reçu s’il a moins de 30 minutes, ou réessayez dans ${hours} h.`
  return Object.assign(new Error(message), { statusCode: 429 })
}
