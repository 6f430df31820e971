/**
 * Where the limits count. Those of an hour or a day keep people's mailboxes and secrets, and count in the
 * database: whichever server is asked, and after a restart. That of a minute keeps one server from being
 * overwhelmed, and each counts for itself.
 */
import { createHmac } from 'node:crypto'
import type {
  FastifyRateLimitOptions,
  FastifyRateLimitStore,
  FastifyRateLimitStoreCtor,
} from '@fastify/rate-limit'
import { countRequest } from '../steps/access/count-request.ts'
import type { Context } from '../steps/ports.ts'

const LONG_MS = 60 * 60 * 1000

/** Callers that a server keeps in mind; the one that asked least recently is forgotten first. */
const MOST_KNOWN = 5000

type Counted = Parameters<FastifyRateLimitStore['incr']>[1]

/** @param key hides who is counted. */
export function sharedLimits(context: Pick<Context, 'db' | 'now'>, key: Buffer): FastifyRateLimitStoreCtor {
  return class SharedLimits implements FastifyRateLimitStore {
    readonly #here = new Map<string, { current: number; endsAt: number }>()
    readonly #of: string

    constructor(_options: FastifyRateLimitOptions, of = '') {
      this.#of = of
    }

    incr(whose: string, done: Counted, windowMs: number): void {
      if (windowMs < LONG_MS) {
        done(null, this.#countHere(whose, windowMs))
        return
      }
      const hidden = createHmac('sha256', key).update(`${this.#of} ${windowMs} ${whose}`).digest('hex')
      countRequest(context, hidden, windowMs).then(
        ({ count, endsAt }) =>
          done(null, { current: count, ttl: endsAt.getTime() - context.now().getTime() }),
        fault => done(fault),
      )
    }

    #countHere(whose: string, windowMs: number): { current: number; ttl: number } {
      const now = Date.now()
      const known = this.#here.get(whose)
      this.#here.delete(whose)
      const isOpen = known !== undefined && known.endsAt > now
      const counted = isOpen
        ? { ...known, current: known.current + 1 }
        : { current: 1, endsAt: now + windowMs }
      this.#here.set(whose, counted)
      const [oldest] = this.#here.keys()
      if (this.#here.size > MOST_KNOWN && oldest !== undefined) this.#here.delete(oldest)
      return { current: counted.current, ttl: counted.endsAt - now }
    }

    /** Given the route within its settings, whatever the library's types say; none for a limit of its own. */
    child(settings: object): SharedLimits {
      const { routeInfo: { method = '', url = '' } = {} } = settings as {
        routeInfo?: { method?: string | string[]; url?: string }
      }
      return new SharedLimits({}, `${method} ${url}`)
    }
  }
}
