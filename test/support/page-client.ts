/** A person in front of the pages, without JavaScript: follows addresses, fills forms, keeps cookies. */
import type { OutgoingHttpHeaders } from 'node:http'
import { codes } from '../../schema/tables.ts'
import { urlTo } from '../../schema/urls.ts'
import { readOutbox } from '../../server/steps/access/send-mail.ts'
import { findOrCreatePorteur, issueSignInLink } from '../../server/steps/access/sign-in.ts'
import type { TestApp } from './app.ts'

export interface Page {
  status: number
  headers: OutgoingHttpHeaders
  /** Where a redirection leads; null otherwise. */
  location: string | null
  html: string
  raw: Buffer
}

export interface PageClient {
  get(url: string): Promise<Page>
  /** Sends a form with the forgery token of the last page opened, unless the fields give their own; pairs repeat a field. */
  submit(url: string, fields?: Record<string, string> | Array<[string, string]>): Promise<Page>
  /** Sends a multipart form, its token first. */
  upload(url: string, form: FormData): Promise<Page>
  /** Sends no form, as a script of its pages does: the token against forgery is in a header. */
  request(
    method: 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    headers?: Record<string, string>,
  ): Promise<Page>
  /** What it would send with a request made by other means. */
  cookieHeader(): string
  /** Opens the page that a redirection leads to. */
  follow(page: Page): Promise<Page>
}

/** A browser that has been nowhere yet: a member or a reviewer with its link. */
export function openBrowser(test: Pick<TestApp, 'app'>): PageClient {
  const cookies = new Map<string, string>()
  let csrf = ''

  const send = async (
    method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    headers: Record<string, string> = {},
    payload?: string | Buffer,
  ): Promise<Page> => {
    const response = await test.app.inject({
      method,
      url,
      cookies: Object.fromEntries(cookies),
      headers,
      ...(payload === undefined ? {} : { payload }),
    })
    for (const { name, value, expires } of response.cookies) {
      if (expires !== undefined && expires.getTime() === 0) cookies.delete(name)
      else cookies.set(name, value)
    }
    const isPage = String(response.headers['content-type']).startsWith('text/html')
    csrf = (isPage && /name="csrf" value="([^"]+)"/.exec(response.body)?.[1]) || csrf
    return {
      status: response.statusCode,
      headers: response.headers,
      location: typeof response.headers.location === 'string' ? response.headers.location : null,
      html: response.body,
      raw: response.rawPayload,
    }
  }

  const get = (url: string) => send('GET', url)
  return {
    get,
    submit: (url, fields = {}) =>
      send(
        'POST',
        url,
        { 'content-type': 'application/x-www-form-urlencoded' },
        new URLSearchParams(
          Array.isArray(fields) ? [['csrf', csrf], ...fields] : { csrf, ...fields },
        ).toString(),
      ),
    async upload(url, form) {
      const body = new FormData()
      body.set('csrf', csrf)
      for (const [name, value] of form) body.append(name, value)
      const request = new Request('http://localhost/', { method: 'POST', body })
      return await send(
        'POST',
        url,
        { 'content-type': request.headers.get('content-type') ?? '' },
        Buffer.from(await request.arrayBuffer()),
      )
    },
    request: (method, url, headers = {}) => send(method, url, { 'x-csrf-token': csrf, ...headers }),
    cookieHeader: () =>
      [...cookies].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('; '),
    async follow(page) {
      if (page.location === null) throw new Error(`no redirection to follow: ${page.status} ${page.html}`)
      return await get(page.location)
    },
  }
}

/** A porteur signed in by its e-mailed link, as the pages do it. */
export async function signInPorteur(
  test: Pick<TestApp, 'app' | 'context'>,
  email = 'porteuse@exemple.fr',
): Promise<PageClient> {
  const { context } = test
  const porteur = await findOrCreatePorteur(context.db, context, email)
  const link = await issueSignInLink(context.db, context, porteur)
  const browser = openBrowser(test)
  const url = urlTo('signInLink', { token: link.token })
  await browser.get(url)
  const signedIn = await browser.submit(url)
  if (signedIn.status !== 303) throw new Error(`sign-in answered ${signedIn.status}`)
  return browser
}

/** The digits of the last code written to anybody. */
export async function lastCode({ context }: Pick<TestApp, 'context'>): Promise<string> {
  const mail = (await readOutbox(context)).find(({ subject }) => subject === 'Votre code de confirmation')
  return /^\d{6}$/m.exec(mail?.text ?? '')?.[0] ?? ''
}

/** What the first form of a page sends without being shown, its forgery token aside. */
export function keptIn({ html }: Pick<Page, 'html'>): Record<string, string> {
  const [form = ''] = /<form[\s\S]*?<\/form>/.exec(html) ?? []
  const hidden = [...form.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)]
  const plain = (value = '') =>
    value.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&amp;', '&')
  return Object.fromEntries(
    hidden.filter(([, name]) => name !== 'csrf').map(([, name = '', value]) => [name, plain(value)]),
  )
}

/** What an act answers, and the very code that it sends: another may be of the same instant. */
export async function askingCode(
  { context: { db, tokens } }: Pick<TestApp, 'context'>,
  act: () => Promise<Page>,
): Promise<{ asked: Page; code: string }> {
  const known = new Set((await db.select({ id: codes.id }).from(codes)).map(({ id }) => id))
  const asked = await act()
  const sent = (await db.select({ id: codes.id }).from(codes)).find(({ id }) => !known.has(id))
  if (sent === undefined) throw new Error(`no code was sent: ${asked.html}`)
  return { asked, code: tokens.ofCode(sent.id) }
}

/** Sends the form of a sensitive act, then the code that it asks for. */
export async function submitWithCode(
  test: Pick<TestApp, 'context'>,
  browser: PageClient,
  url: string,
  fields: Record<string, string> = {},
): Promise<Page> {
  const { code } = await askingCode(test, () => browser.submit(url, fields))
  return await browser.submit(url, { ...fields, code })
}
