/** Ten thousand requests that nobody would write: each is answered, and none by a fault of ours. */
import fc from 'fast-check'
import type { OpenAPIV3_1 } from 'openapi-types'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, CALL_PAGES, PATHS } from '../../schema/urls.ts'
import { groupBy } from '../../server/domain/group-by.ts'
import type { TestApp } from '../support/app.ts'
import type { PageClient } from '../support/page-client.ts'
import {
  type Drawn,
  formsOf,
  type KnownIds,
  type Operation,
  operationsOf,
  type PageForm,
  requestOf,
  spoiltForm,
} from './requests.ts'

import { type Holder, openTrustScene, type TrustScene } from './scene.ts'

/** `FUZZ_SEED=7 FUZZ_REQUESTS=50000 npm run test:trust` looks elsewhere, and longer. */
const SEED = Number(process.env.FUZZ_SEED ?? 20261128)
const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 10_000)
/** Their acts would end the holder, or the collection, that the other requests need. */
const LEFT_OUT: readonly string[] = [
  API_PATHS.token,
  API_PATHS.archiveGrappe,
  API_PATHS.personData,
  API_PATHS.sessions,
  API_PATHS.session,
  API_PATHS.colleagueSessions,
]
/** The same of people's pages. */
const ENDS = /deconnexion|revoquer|remplacer|archive|sessions/
const FORMS = REQUESTS / 4

let test: TestApp
let operations: Operation[]
let holders: Record<string, string>
let ids: KnownIds
let visitors: Holder[]

let scene: TrustScene

beforeAll(async () => {
  scene = await openTrustScene()
  test = scene.test
  const { porteur, membre, ARS, personne } = scene.holders
  holders = {
    porteur: porteur.token,
    membre: membre.token,
    ars: ARS.token,
    personne: '',
    inconnu: personne.token,
  }
  visitors = [porteur, membre, ARS, scene.holders['instructeur connecté']]
  ids = Object.fromEntries(Object.entries(scene.ids).map(([name, id]) => [name, [id]]))
  const description = await test.bearer('').call<OpenAPIV3_1.Document>('GET', PATHS.openApi)
  operations = operationsOf(description.body).filter(
    ({ path }) => !LEFT_OUT.includes(path.replace(/\{(\w+)\}/g, ':$1')),
  )
})
afterAll(() => test?.close())

interface Answered {
  drawn: Drawn
  status: number
  type: string
  body: string
}

async function ask(drawn: Drawn): Promise<Answered> {
  const { operation, url, headers, payload } = drawn
  const response = await test.app.inject({
    method: operation.method,
    url,
    headers,
    ...(payload === null ? {} : { payload }),
  })
  return {
    drawn,
    status: response.statusCode,
    type: String(response.headers['content-type'] ?? ''),
    body: response.statusCode < 400 ? '' : response.body,
  }
}

describe(`${REQUESTS} requests drawn from the description of the API (seed ${SEED})`, () => {
  it('are all answered, none by a fault of the server, each refusal with a sentence', async () => {
    const drawn = fc.sample(requestOf(operations, holders, ids), { seed: SEED, numRuns: REQUESTS })
    const answers: Answered[] = []
    for (const request of drawn) answers.push(await ask(request))

    const line = ({ drawn: { operation, holder, url, payload }, status, body }: Answered) =>
      `${status} ${holder} ${operation.method} ${operation.path} ${url.slice(0, 200)} ` +
      `${payload?.toString('latin1').slice(0, 200) ?? ''} → ${body.slice(0, 200)}`
    const faults = answers.filter(({ status }) => status >= 500)
    expect(faults.slice(0, 10).map(line), `${faults.length} faults`).toEqual([])

    // A range that cannot be given says so by its status alone; a refused import answers with its preview.
    const mute = answers.filter(
      ({ status, type, body }) =>
        status >= 400 &&
        status !== 416 &&
        !type.startsWith('application/problem+json') &&
        !body.startsWith('{"counts":'),
    )
    expect(mute.slice(0, 10).map(line)).toEqual([])

    const counts = groupBy(answers, ({ status }) => status)
    console.log(
      [...counts]
        .map(([status, all]) => `${status}: ${all.length}`)
        .toSorted()
        .join(', '),
    )
    // Requests that never pass the door would prove nothing.
    const done = answers.filter(({ status }) => status < 400)
    expect(done.length).toBeGreaterThan(REQUESTS / 20)
    const reached = new Set(done.map(({ drawn: { operation } }) => `${operation.method} ${operation.path}`))
    expect(reached.size).toBeGreaterThan(operations.length / 3)
  })
})

describe(`${FORMS} forms of the pages, a few fields of each spoilt (seed ${SEED})`, () => {
  it('are all answered by a page, none by a fault of the server', async () => {
    const filled = (path: string, token: string) =>
      path.replace(/:(\w+)/g, (_, name: string) =>
        encodeURIComponent(name === 'token' ? token : (ids[name]?.[0] ?? '1')),
      )
    const patterns = [
      ...Object.values(PATHS),
      ...Object.values(CALL_PAGES).flatMap(pages => Object.values(pages)),
    ]
    const found: Array<{ browser: PageClient; form: PageForm }> = []
    const faults: string[] = []
    for (const { token, browser } of visitors) {
      for (const path of patterns.filter(each => !ENDS.test(each) && !each.endsWith('/evenements'))) {
        const url = filled(path, token)
        const page = await browser.get(url)
        if (page.status >= 500) faults.push(`${page.status} GET ${url}`)
        if (page.status !== 200 || !page.html.startsWith('<!')) continue
        for (const form of formsOf(page.html, url)) if (!ENDS.test(form.action)) found.push({ browser, form })
      }
    }
    const actions = new Set(found.map(({ form }) => form.action))
    expect(actions.size).toBeGreaterThan(30)

    const statuses = new Map<number, number>()
    const drawn = fc.sample(
      fc
        .constantFrom(...found)
        .chain(({ browser, form }) => spoiltForm(form).map(sent => ({ browser, sent }))),
      { seed: SEED, numRuns: FORMS },
    )
    for (const { browser, sent } of drawn) {
      const { method, action, fields } = sent
      const page =
        method === 'POST'
          ? await browser.submit(action, fields)
          : await browser.get(`${action.split('?')[0]}?${new URLSearchParams(fields)}`)
      statuses.set(page.status, (statuses.get(page.status) ?? 0) + 1)
      if (page.status >= 500)
        faults.push(`${page.status} ${method} ${action} ${JSON.stringify(fields).slice(0, 400)}`)
    }
    console.log(
      `${found.length} forms, ${actions.size} actions:`,
      [...statuses]
        .map(([status, n]) => `${status}: ${n}`)
        .toSorted()
        .join(', '),
    )
    expect(faults.slice(0, 10), `${faults.length} faults`).toEqual([])
    expect(statuses.get(303) ?? 0).toBeGreaterThan(FORMS / 20)
    expect(statuses.get(403) ?? 0).toBeLessThan(FORMS / 10)
  })
})
