/** What one reads out to whoever runs the server, and what is found by it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, PATHS, urlTo } from '../../schema/urls.ts'
import { startApp, type TestApp } from '../support/app.ts'

const GIVEN = '7f3d-Requete_du.mandataire'
const MADE = /^[0-9a-f]{16}$/

let alone: TestApp
let behindProxy: TestApp
beforeAll(async () => {
  alone = await startApp()
  behindProxy = await startApp({ TRUSTED_PROXIES: '1' })
})
afterAll(async () => {
  await alone.close()
  await behindProxy.close()
})

const ask = async ({ app }: TestApp, url: string, given?: string) => {
  const headers = given === undefined ? {} : { 'x-request-id': given }
  const answer = await app.inject({ url, headers })
  return { id: String(answer.headers['x-request-id']), answer }
}

describe('the id of a request', () => {
  it.each([
    PATHS.home,
    PATHS.health,
    urlTo('memberHome', { token: 'x'.repeat(43) }),
    '/nulle-part',
    '/assets/rien.css',
    API_PATHS.grappes,
    '/api/v1/nulle-part',
  ])('comes with the answer of %s', async url => {
    const { id } = await ask(alone, url)
    expect(id).toMatch(MADE)
  })

  it('is never that of another request, whichever server answers', async () => {
    const ids = await Promise.all(
      [alone, behindProxy].flatMap(test =>
        Array.from({ length: 50 }, async () => (await ask(test, PATHS.home)).id),
      ),
    )
    expect(new Set(ids).size).toBe(100)
  })

  it('is the one that a trusted proxy gave, and nobody else’s', async () => {
    expect((await ask(behindProxy, PATHS.home, GIVEN)).id).toBe(GIVEN)
    expect((await ask(alone, PATHS.home, GIVEN)).id).toMatch(MADE)
  })

  it.each(['court', 'a'.repeat(65), 'avec espace ici', '<script>alert(1)</script>', '../../etc/passwd', ''])(
    'is made anew where the proxy gives « %s »',
    async given => {
      expect((await ask(behindProxy, PATHS.home, given)).id).toMatch(MADE)
    },
  )

  it('is on the page of an error, and in the answer of the API', async () => {
    const page = await ask(alone, '/nulle-part')
    expect(page.answer.body).toContain(
      `Référence à donner si vous demandez de l’aide\u00a0: <code>${page.id}</code>`,
    )
    const program = await ask(alone, '/api/v1/nulle-part')
    expect(program.answer.json()).toMatchObject({ status: 404, reference: program.id })
  })
})
