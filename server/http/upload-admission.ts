/**
 * Who was let in to send a file stays so for a moment: that takes several queries, a file many requests, and
 * a choice of files one for each. What a deposit, a list or a removal does is looked at anew each time.
 */
import type { FastifyRequest } from 'fastify'
import type { Outcome } from '../steps/refusals.ts'
import { SESSION_COOKIE } from './security.ts'

/** To add to what one has begun: it is of a known size, and shown to nobody until it is deposited. */
export const ADDING_MS = 60_000
/** To begin another one beside it. */
export const BEGINNING_MS = 5000

/** Callers kept in mind; the one that was let in first is forgotten first. */
const MOST_KEPT = 5000

type Admit<Admitted> = (request: FastifyRequest) => Promise<Outcome<Admitted>>

/** The same answer for the same caller and address, whichever upload it is of; refusals are not kept. */
export function keptFor<Admitted>(keptMs: number, now: () => Date, admit: Admit<Admitted>): Admit<Admitted> {
  const kept = new Map<string, { until: number; outcome: Promise<Outcome<Admitted>> }>()
  return async request => {
    const caller = callerOf(request)
    const at = now().getTime()
    const known = kept.get(caller)
    if (known !== undefined && known.until > at && known.until <= at + keptMs) return await known.outcome
    const outcome = admit(request)
    kept.delete(caller)
    kept.set(caller, { until: at + keptMs, outcome })
    const [first] = kept.keys()
    if (kept.size > MOST_KEPT && first !== undefined) kept.delete(first)
    const forget = () => {
      if (kept.get(caller)?.outcome === outcome) kept.delete(caller)
    }
    outcome.then(({ ok }) => ok || forget(), forget)
    return await outcome
  }
}

function callerOf({ method, routeOptions, params, cookies }: FastifyRequest): string {
  const { upload: _, ...place } = params as Record<string, string>
  return JSON.stringify([method, routeOptions.url, place, cookies[SESSION_COOKIE]])
}
