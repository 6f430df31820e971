/**
 * What the servers of one database tell one another: LISTEN and NOTIFY, on a connection that each keeps for
 * it. Never in the transaction of the change: PostgreSQL has those that notify commit one after the other.
 */
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { changedIn, type Database, type Signals } from '../steps/ports.ts'

const CHANNEL = 'grappe_kit'

/** What is told within that time goes together, and once. */
const GATHER_MS = 20

/** Before a connection that was lost, or that could not be made, is tried again. */
const AGAIN_MS = 1000
const CONNECT_MS = 10_000
/** At the end, for what is left to tell. */
const LAST_MS = 1000

type Told = Parameters<Signals['hear']>[0]
type News = NonNullable<Parameters<Told>[0]>

export interface OpenSignals extends Signals {
  /** Of what is committed: to this process, and to the others. */
  tell(news: News): void
  /** Once what is left to tell was told. */
  close(): Promise<void>
}

/** Within one process, which the embedded database never leaves. */
export function localSignals(): OpenSignals & { say: Told } {
  const hearers = new Set<Told>()
  const say: Told = news => {
    for (const told of hearers) told(news)
  }
  return {
    hear(told) {
      hearers.add(told)
      return () => {
        hearers.delete(told)
      }
    },
    say,
    tell: say,
    close: async () => {},
  }
}

/**
 * @param url of the database: a pooler that shares connections lets nothing through, and looking remains.
 * @param pool for whoever tells and never hears, such as a command.
 */
export function postgresqlSignals(url: string, pool: pg.Pool): OpenSignals {
  const here = localSignals()
  const gathered = new Set<string>()
  let client: pg.Client | null = null
  /** One statement at a time on it. */
  let line: Promise<unknown> = Promise.resolve()
  let opening: NodeJS.Timeout | undefined
  let sending: NodeJS.Timeout | undefined

  function open(): void {
    const opened = new pg.Client({
      connectionString: url,
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_MS,
      // A signal that a crash of PostgreSQL loses is one that nobody was left to hear.
      options: '-c synchronous_commit=off',
    })
    client = opened
    const lose = () => {
      if (client !== opened) return
      client = null
      opening = setTimeout(open, AGAIN_MS)
      opened.end().catch(() => {})
    }
    opened.on('error', lose)
    opened.on('end', lose)
    opened.on('notification', ({ payload = '', processId }) => {
      const isOurs = processId === (opened as unknown as { processID: number }).processID
      if (!isOurs) here.say(JSON.parse(payload) as News)
    })
    line = opened
      .connect()
      .then(() => opened.query(`listen ${CHANNEL}`))
      // Whatever was told while nobody listened was missed.
      .then(() => here.say(null), lose)
  }

  function send(): void {
    sending = undefined
    const news = [...gathered]
    gathered.clear()
    line = line
      .then(() =>
        (client ?? pool).query('select pg_notify($1, news) from unnest($2::text[]) as news', [CHANNEL, news]),
      )
      // Lost with the connection: the others look for themselves.
      .catch(() => {})
  }

  return {
    hear(told) {
      if (client === null && opening === undefined) open()
      return here.hear(told)
    },
    tell(news) {
      here.say(news)
      gathered.add(JSON.stringify(news))
      sending ??= setTimeout(send, GATHER_MS)
    },
    async close() {
      clearTimeout(sending)
      if (gathered.size > 0) send()
      // A connection that cannot be made is not waited for: the others look for themselves.
      await Promise.race([line, pause(LAST_MS, undefined, { ref: false })])
      clearTimeout(opening)
      const last = client
      client = null
      last?.end().catch(() => {})
    },
  }
}

/** Tells of each grappe that a transaction changed, once it is committed. */
export function tellingChanges<Opened extends Database>(db: Opened, signals: OpenSignals): Opened {
  const transaction = db.transaction.bind(db)
  db.transaction = async (run, config) => {
    const changed = new Set<string>()
    const result = await transaction(tx => {
      changedIn.set(tx, changed)
      return run(tx)
    }, config)
    for (const id of changed) signals.tell({ grappe: id })
    return result
  }
  return db
}
