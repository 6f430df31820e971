/**
 * `npm run bench:board`: the board as JSON over HTTP, on a real PostgreSQL, beside what most would write
 * (`pg` rows turned into objects, without any sign-in), with 16 connections and a pool of 4 for the peer. `--
 * --small` only proves that the benchmark works.
 *
 * Ours is asked three ways: `unchanged` as any program asks again, `changed` with a piece decided before
 * each answer so that every one is drawn anew, and `304` with the ETag that it holds. The page is asked as a
 * browser does, with gzip: drawn anew, as it was, and with its ETag; so are the pages of the dossier and of
 * reminders, drawn anew. A piece is decided as a porteur's program does, through the API, and the time of
 * that act is not that of the answer; `whole` is the page after what has the whole read again. Each target of
 * the product is then told, reached or missed.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, createServer, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { buildApp } from '../../server/app.ts'
import { readConfig } from '../../server/config.ts'
import { createContext } from '../../server/context.ts'
import { issueApiToken } from '../../server/steps/access/api-tokens.ts'
import { findOrCreatePorteur, openSession } from '../../server/steps/access/sign-in.ts'
import { createGrappe } from '../../server/steps/eligibility/create-grappe.ts'
import { startPostgresql } from '../../test/support/postgresql.ts'

const CONNECTIONS = 16
const PIECES = 12
const SIZES = [20, 200] as const
const WAYS = ['rows', 'unchanged', 'changed', '304'] as const
type Way = (typeof WAYS)[number]

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })

const ROWS_QUERY = `
  select p.id as piece_id, p.code, e.id as esms_id, e.name as esms_name, e.finess,
    v.id as version_id, v.number, v.deposited_at, v.deposited_by, v.decision, v.motive, v.decided_at,
    f.id as file_id, f.name as file_name, f.sha256, f.size, f.media_type
  from pieces p join esms e on e.id = p.esms_id
  left join versions v on v.piece_id = p.id left join files f on f.version_id = v.id
  where p.grappe_id = $1 order by e.name, p.code, v.number, f.position`

/** What the product aims at, on a quiet machine. */
const TARGETS: ReadonlyArray<[key: string, words: string, holds: (n: number) => boolean]> = [
  ['drawn_vs_rows_200', 'drawn anew, of the rows way, 200 members: ≥ 4', n => n >= 4],
  ['not_modified_vs_rows_200', '304, of the rows way, 200 members: ≥ 50', n => n >= 50],
  ['p50_ratio', 'p50 with all grappes stored, of that with 2: ≤ 1.2', n => n <= 1.2],
  ['page_ms', 'page at 200 members, drawn anew, ms: ≤ 60', n => n <= 60],
  ['page_kb', 'page at 200 members, on the wire, kB: ≤ 60', n => n <= 60],
  ['dossier_ms', 'page of the dossier at 200 members, ms: ≤ 80', n => n <= 80],
  ['relances_ms', 'page of reminders at 200 members, ms: ≤ 80', n => n <= 80],
]

const [role, url = '', folder = ''] = process.argv.slice(2)
if (role === 'rows') await serveRows(url)
else if (role === 'ours') await serveOurs(url, folder)
else await measure(process.argv.includes('--small'))

/** The row-object way: one query, objects, JSON. */
async function serveRows(databaseUrl: string) {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 })
  const server = createServer(async (incoming, response) => {
    const grappe = incoming.url?.slice(1) ?? ''
    const { rows } = await pool.query(ROWS_QUERY, [grappe])
    const pieces = new Map<
      string,
      { piece: object; versions: Map<string, { version: object; files: object[] }> }
    >()
    for (const row of rows) {
      const { piece_id: pieceId, code, esms_id: id, esms_name: name, finess } = row
      const piece = pieces.get(pieceId) ?? {
        piece: { pieceId, code, owner: { id, name, finess } },
        versions: new Map<string, { version: object; files: object[] }>(),
      }
      pieces.set(pieceId, piece)
      if (row.version_id === null) continue
      const { version_id, number, deposited_at, deposited_by, decision, motive, decided_at } = row
      const version = piece.versions.get(version_id) ?? {
        version: { id: version_id, number, deposited_at, deposited_by, decision, motive, decided_at },
        files: [],
      }
      piece.versions.set(version_id, version)
      const { file_id, file_name, sha256, size, media_type } = row
      if (file_id !== null) version.files.push({ id: file_id, name: file_name, sha256, size, media_type })
    }
    const body = [...pieces.values()].map(({ piece, versions }) => {
      const last = [...versions.values()].at(-1)
      return { ...piece, version: last === undefined ? null : { ...last.version, files: last.files } }
    })
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ pieces: body }))
  })
  // Its client waits longer than a server keeps a quiet connection.
  server.keepAliveTimeout = 600_000
  process.on('disconnect', () => process.exit())
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    process.send?.(typeof address === 'object' && address !== null ? address.port : 0)
  })
}

/** The application itself, with everything that a request goes through. */
async function serveOurs(databaseUrl: string, dataDir: string) {
  const config = readConfig({
    DATA_DIR: dataDir,
    DATABASE_URL: databaseUrl,
    LOG_LEVEL: 'silent',
    DEMO: 'non',
    RATE_LIMIT_PER_MINUTE: '100000000',
  })
  const context = await createContext(config)
  const app = await buildApp(context, config)
  process.on('disconnect', () => process.exit())
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  process.send?.(Number(new URL(address).port))
}

interface Target {
  port: number
  path: string
  headers: Record<string, string>
}

async function measure(small: boolean) {
  const seconds = small ? 0.3 : 1.5
  const runs = small ? 1 : 5
  const stored = small ? 30 : 1500
  const server = await startPostgresql()
  const databaseUrl = `${server.url}/postgres`
  // One folder for both: a database and its files belong together.
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-board-'))
  const children: Awaited<ReturnType<typeof start>>[] = []
  const sql = new pg.Client({ connectionString: databaseUrl })
  try {
    const { grappes, token, session } = await prepare(databaseUrl, dataDir)
    const headers = { authorization: `Bearer ${token}` }
    await sql.connect()
    const rows = await start('rows', databaseUrl)
    const ours = await start('ours', databaseUrl, dataDir)
    children.push(rows, ours)

    const numbers: Record<string, number> = {}
    console.log(
      `| members × ${PIECES} pieces | way | requests a second, median of ${runs} | spread ` +
        '| of the rows way |',
    )
    console.log('|---|---|---|---|---|')
    for (const [order, size] of SIZES.entries()) {
      const grappe = grappes[order] ?? ''
      const board: Target = { port: ours.port, path: fill(API_PATHS.board, { grappe }), headers }
      const etag = (await ask(board)).etag
      const move = await decider(sql, ours.port, token, grappe)
      const rates: Record<Way, number[]> = { rows: [], unchanged: [], changed: [], '304': [] }
      const asks: Record<Way, () => Promise<number>> = {
        rows: () => rate({ port: rows.port, path: `/${grappe}`, headers: {} }, seconds, 200),
        unchanged: () => rate(board, seconds, 200),
        '304': async () => {
          const now = (await ask(board)).etag
          return await rate({ ...board, headers: { ...board.headers, 'if-none-match': now } }, seconds, 304)
        },
        // One reader only: those that ask together would share one drawing.
        changed: () => rateAfter(board, seconds, move),
      }
      if (etag === '') throw new Error('The board has no ETag')
      for (let run = small ? 1 : 0; run <= runs; run++) {
        for (const way of WAYS) {
          const measured = await asks[way]()
          // The first run warms the caches and the compiler.
          if (run > 0) rates[way].push(measured)
        }
      }
      const peer = median(rates.rows)
      for (const way of WAYS) {
        const all = rates[way]
        const ratio = median(all) / peer
        console.log(
          `| ${size} | ${way} | ${median(all).toFixed(0)} | ` +
            `${Math.min(...all).toFixed(0)}–${Math.max(...all).toFixed(0)} ` +
            `| ${ratio.toFixed(2)} |`,
        )
      }
      const drawnAlone = median(rates.changed)
      numbers[`vs_rows_${size}`] = median(rates.unchanged) / peer
      numbers[`drawn_vs_rows_${size}`] = drawnAlone / (await median1(rows.port, grappe, seconds, runs))
      numbers[`not_modified_vs_rows_${size}`] = median(rates['304']) / peer
      // One reader asks for the drawings, sixteen for the others.
      numbers[`not_modified_vs_drawn_${size}`] = median(rates['304']) / drawnAlone
    }

    const grappe = grappes[0] ?? ''
    const board: Target = { port: ours.port, path: fill(API_PATHS.board, { grappe }), headers }
    const move = await decider(sql, ours.port, token, grappe)
    const asked = small ? 10 : 200

    const page: Target = {
      port: ours.port,
      path: urlTo('board', { grappe: grappes[1] ?? '' }),
      headers: { cookie: `session=${session}`, 'accept-encoding': 'gzip' },
    }
    const pages = small ? 3 : 30
    const moveLarge = await decider(sql, ours.port, token, grappes[1] ?? '')
    await p50(page, pages, moveLarge)
    const drawnPage = await p50(page, pages, moveLarge)
    // What no line of the journal tells: nothing is known of what it changed.
    const wholePage = await p50(page, pages, () =>
      sql.query('update grappes set revision = revision + 1 where id = $1', [grappes[1] ?? '']),
    )
    const keptPage = await p50(page, pages)
    const { bytes, etag } = await ask(page)
    const heldPage = await p50({ ...page, headers: { ...page.headers, 'if-none-match': etag } }, pages)
    numbers.page_ms = drawnPage
    numbers.page_whole_ms = wholePage
    numbers.page_kb = bytes / 1000
    console.log(
      `\nThe page at ${SIZES[1]} members: ${(bytes / 1000).toFixed(1)} kB on the wire; p50 drawn anew ` +
        `${drawnPage.toFixed(1)} ms, read whole ${wholePage.toFixed(1)} ms, ` +
        `as it was ${keptPage.toFixed(1)} ms, 304 ${heldPage.toFixed(1)} ms.`,
    )
    for (const name of ['dossier', 'relances'] as const) {
      const other: Target = { ...page, path: urlTo(name, { grappe: grappes[1] ?? '' }) }
      await p50(other, pages, moveLarge)
      const took = await p50(other, pages, moveLarge)
      numbers[`${name}_ms`] = took
      const { bytes: weighs } = await ask(other)
      console.log(
        `The page ${name}: ${(weighs / 1000).toFixed(1)} kB on the wire; p50 ${took.toFixed(1)} ms.`,
      )
    }
    const before = await p50(board, asked, move)
    await storeMore(sql, grappe, stored)
    const after = await p50(board, asked, move)
    numbers.p50_ratio = after / before
    console.log(
      `\nDrawn anew at ${SIZES[0]} members: p50 ${before.toFixed(1)} ms with 2 grappes ` +
        `stored, ${after.toFixed(1)} ms with ${stored}.\n`,
    )
    tellTargets(numbers)
    console.log(
      JSON.stringify(
        Object.fromEntries(Object.entries(numbers).map(([key, n]) => [key, Number(n.toPrecision(3))])),
      ),
    )
  } finally {
    for (const { child } of children) child.disconnect()
    await Promise.all(children.map(({ child }) => once(child, 'exit')))
    await sql.end()
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

function tellTargets(numbers: Readonly<Record<string, number>>) {
  for (const [key, words, holds] of TARGETS) {
    const n = numbers[key] ?? Number.NaN
    console.log(`${holds(n) ? 'reached' : 'MISSED '} ${words}: ${n.toPrecision(3)}`)
  }
}

/** Accepts one deposit after the other, by the API: whoever decides again changes its mind. */
async function decider(sql: pg.Client, port: number, token: string, grappe: string) {
  const { rows } = await sql.query<{ piece: string; version: string }>(
    `select pieces.id as piece, versions.id as version from pieces
     join versions on versions.piece_id = pieces.id where pieces.grappe_id = $1 order by pieces.id`,
    [grappe],
  )
  let turn = 0
  return async () => {
    const { piece = '', version } = rows[turn++ % rows.length] ?? {}
    const answer = await fetch(`http://127.0.0.1:${port}${fill(API_PATHS.decision, { grappe, piece })}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ versionId: version, decision: 'acceptee', motive: null }),
    })
    if (!answer.ok) throw new Error(`The decision answered ${answer.status}: ${await answer.text()}`)
  }
}

/** The rows way with one reader, which is what one drawing after the other is to be compared with. */
async function median1(port: number, grappe: string, seconds: number, runs: number): Promise<number> {
  const rates: number[] = []
  for (let run = 0; run < runs; run++)
    rates.push(await rate({ port, path: `/${grappe}`, headers: {} }, seconds, 200, 1))
  return median(rates)
}

async function start(role: 'rows' | 'ours', databaseUrl: string, dataDir = '') {
  const child = fork(fileURLToPath(import.meta.url), [role, databaseUrl, dataDir])
  const ended = once(child, 'exit').then(() => {
    throw new Error(`The ${role} server stopped before it listened`)
  })
  const [port] = await Promise.race([once(child, 'message'), ended])
  return { child, port: Number(port) }
}

/** One grappe of each size: twelve pieces a member, two in three deposited, one file each. */
async function prepare(
  databaseUrl: string,
  dataDir: string,
): Promise<{ grappes: string[]; token: string; session: string }> {
  const config = readConfig({ DATA_DIR: dataDir, DATABASE_URL: databaseUrl, DEMO: 'non' })
  const context = await createContext(config)
  const sql = new pg.Client({ connectionString: databaseUrl })
  await sql.connect()
  try {
    const porteur = await findOrCreatePorteur(context.db, context, 'banc@exemple.invalid')
    const { token } = await issueApiToken(context, porteur, {
      label: 'banc',
      scope: 'administrer',
      days: 90,
    })
    const whose = { porteurId: porteur.id, colleagueId: porteur.colleagueId, openedBy: 'link' } as const
    const { sessionToken: session } = await openSession(context, whose)
    const grappes: string[] = []
    for (const size of SIZES) {
      const made = await createGrappe(context, porteur, {
        name: `Grappe de ${size}`,
        call: 'demonstration',
        example: null,
      })
      if (!made.ok) throw new Error(made.refusal.code)
      const { grappeId } = made.value
      grappes.push(grappeId)
      const { rows } = await sql.query<{ call: { pieces: Array<{ scope: string }> } }>(
        'select call from grappes where id = $1',
        [grappeId],
      )
      const call = rows[0]?.call
      const model = call?.pieces.find(({ scope }) => scope === 'esms')
      if (call === undefined || model === undefined)
        throw new Error('The demonstration has no piece of an ESMS')
      const pieces = Array.from({ length: PIECES }, (_, order) => ({
        ...model,
        code: `piece-${order + 1}`,
        name: `Pièce ${order + 1}`,
        condition: null,
      }))
      await sql.query('delete from pieces where grappe_id = $1', [grappeId])
      await sql.query('update grappes set call = $2 where id = $1', [grappeId, { ...call, pieces }])
      await sql.query(
        'insert into ogs (id, grappe_id, name, created_at) values (gen_random_uuid(), $1, $2, now())',
        [grappeId, 'Association du banc'],
      )
      await fillMembers(sql, 'grappes.id = $1', [grappeId], size, 990_000_000 + size * 10)
    }
    return { grappes, token, session }
  } finally {
    await sql.end()
    await context.close()
  }
}

/**
 * Members, pieces, versions and files of the grappes that the condition chooses, each with one OG; no number
 * is in two grappes.
 */
async function fillMembers(
  sql: pg.Client,
  which: string,
  values: unknown[],
  members: number,
  firstNumber: number,
) {
  const from = `from grappes join ogs on ogs.grappe_id = grappes.id`
  await sql.query(
    `insert into esms (id, grappe_id, og_id, name, finess, contact_email, declarations, created_at)
     select gen_random_uuid(), grappes.id, ogs.id, 'EHPAD fictif n° ' || n,
        lpad((row_number() over () + ${firstNumber})::text, 9, '0'),
        'direction-' || n || '@exemple.invalid', '{}', now()
     ${from}, generate_series(1, ${members}) n where ${which}`,
    values,
  )
  await sql.query(
    `insert into pieces (id, grappe_id, code, scope, esms_id)
     select gen_random_uuid(), grappes.id, 'piece-' || n, 'esms', esms.id
     from grappes join esms on esms.grappe_id = grappes.id, generate_series(1, ${PIECES}) n where ${which}`,
    values,
  )
  await sql.query(
    `insert into versions (id, piece_id, number, deposited_at, deposited_by)
     select gen_random_uuid(), pieces.id, 1, now(), 'EHPAD fictif'
     from grappes join pieces on pieces.grappe_id = grappes.id
      where ${which} and right(pieces.code, 1) < '6'`,
    values,
  )
  await sql.query(
    `insert into files (id, version_id, position, name, sha256, crc32, size, media_type)
     select gen_random_uuid(), versions.id, 0, 'etat-des-lieux.pdf',
        md5(versions.id::text) || md5(versions.id::text), 1,
        123456, 'application/pdf'
     from grappes join pieces on pieces.grappe_id = grappes.id
      join versions on versions.piece_id = pieces.id where ${which}`,
    values,
  )
}

/** As many grappes of 20 members beside the measured one, of the same call. */
async function storeMore(sql: pg.Client, model: string, count: number) {
  await sql.query(
    `insert into grappes (id, porteur_id, name, call_code, call, created_at)
     select gen_random_uuid(), porteur_id, 'Grappe voisine ' || n, call_code, call, now()
     from grappes, generate_series(1, $2) n where grappes.id = $1`,
    [model, count],
  )
  await sql.query(
    `insert into ogs (id, grappe_id, name, created_at)
     select gen_random_uuid(), id, 'Association voisine', now()
      from grappes where name like 'Grappe voisine %'`,
  )
  await fillMembers(sql, `grappes.name like 'Grappe voisine %'`, [], 20, 100_000_000)
  await sql.query('vacuum analyze')
  // Else PostgreSQL writes all these rows to its disk while the answers are timed.
  await sql.query('checkpoint')
}

function ask({ port, path, headers }: Target): Promise<{ status: number; bytes: number; etag: string }> {
  return new Promise((done, fail) => {
    request({ host: '127.0.0.1', port, path, headers, agent }, response => {
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
      })
      response.on('end', () =>
        done({ status: response.statusCode ?? 0, bytes, etag: response.headers.etag ?? '' }),
      )
      response.on('error', fail)
    })
      .on('error', fail)
      .end()
  })
}

/** Answers a second of one reader, who has something done before each: that takes none of its time. */
async function rateAfter(target: Target, seconds: number, before: () => Promise<unknown>): Promise<number> {
  let answers = 0
  let askedMs = 0
  while (askedMs < seconds * 1000) {
    await before()
    const startedAt = performance.now()
    const { status } = await ask(target)
    askedMs += performance.now() - startedAt
    if (status !== 200) throw new Error(`${target.path} answered ${status}`)
    answers++
  }
  return answers / (askedMs / 1000)
}

/** Answers a second; any other status is a fault of the benchmark. */
async function rate(
  target: Target,
  seconds: number,
  expected: number,
  readers: number = CONNECTIONS,
): Promise<number> {
  const until = performance.now() + seconds * 1000
  const startedAt = performance.now()
  let answers = 0
  await Promise.all(
    Array.from({ length: readers }, async () => {
      while (performance.now() < until) {
        const { status } = await ask(target)
        if (status !== expected) throw new Error(`${target.path} answered ${status}, not ${expected}`)
        answers++
      }
    }),
  )
  return answers / ((performance.now() - startedAt) / 1000)
}

/** Milliseconds of the middle answer, after what is done before each. A refusal is no answer. */
async function p50(
  target: Target,
  count: number,
  before: () => Promise<unknown> = async () => {},
): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < count; i++) {
    await before()
    const startedAt = performance.now()
    const { status } = await ask(target)
    times.push(performance.now() - startedAt)
    if (status >= 400) throw new Error(`${target.path} answered ${status}`)
  }
  return median(times)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
