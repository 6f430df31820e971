/** What the pages of a grappe put away offer: each form and each link that they show is taken. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { form, pdf } from '../support/files.ts'
import { type Page, type PageClient, signInPorteur } from '../support/page-client.ts'
import { textOf } from '../support/page-text.ts'
import { signInReviewer } from '../support/reviewer.ts'
import { openScene, type Scene } from '../support/scene.ts'
import { sealVersion } from '../support/sealed.ts'

const MEMBER_EMAIL = 'contact@exemple.fr'
const REVIEWER_EMAIL = 'instructrice@exemple.fr'

let scene: Scene
let porteur: PageClient
let at: { grappe: string }
let tokens: { own: string; person: string; ars: string }
beforeAll(async () => {
  scene = await openScene()
  const { test, grappe, browser } = scene
  at = { grappe: grappe.grappeId }
  porteur = await signInPorteur(test)
  for (const member of [0, 1]) {
    const { url } = await scene.at(member)
    await browser.upload(url, form([{ name: 'etat.pdf', bytes: await pdf(`etat ${member}`) }]))
  }
  const waived = await scene.at(2)
  await browser.get(waived.url)
  await browser.submit(urlTo('memberNonApplicable', { token: waived.token, piece: waived.pieceId }), {
    reason: 'Pas d’hébergement chez nous.',
  })
  await sealVersion(test, scene.porteur, grappe.grappeId)
  const handed = await scene.porteur.call<{ address: string }>('POST', fill(API_PATHS.links, at), {
    label: 'Instructrice',
    email: REVIEWER_EMAIL,
  })
  const invited = await scene.porteur.call<Array<{ address: string }>>(
    'POST',
    fill(API_PATHS.invitations, at),
    { tous: true },
  )
  const tokenOf = (address = '') => address.split('/').at(-1) ?? ''
  tokens = {
    own: waived.token,
    person: tokenOf(invited.body.at(-1)?.address),
    ars: tokenOf(handed.body.address),
  }
  const archived = await scene.porteur.call('POST', fill(API_PATHS.archiveGrappe, at), { archived: true })
  expect(archived.status).toBe(200)
}, 120_000)
afterAll(() => scene.test.close())

/** What ends the walk: taken back, or signed out. */
const LEAVES = /\/(reglages\/archive|deconnexion)$/
/** Of pages of one address but for what they are about. */
const MOST_ALIKE = 4

interface Offered {
  /** On which page. */
  on: string
  action: string
  multipart: boolean
  fields: Array<[string, string]>
}

const attribute = (tag: string, name: string) =>
  new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]?.replaceAll('&amp;', '&')

/** A form as a person would send it: what it holds, and words where it asks for some. */
function formsOf(on: string, { html }: Page): Offered[] {
  const pieces = html.match(/<form[\s\S]*?<\/form>/g) ?? []
  return pieces
    .filter(each => attribute(each, 'method') === 'post')
    .flatMap(each => {
      const tags = each.match(/<input[^>]*>|<textarea[^>]*>|<select[\s\S]*?<\/select>/g) ?? []
      const named = new Set<string>()
      const fields = tags.flatMap((tag): Array<[string, string]> => {
        const name = attribute(tag, 'name')
        if (name !== undefined && named.has(name)) return []
        named.add(name ?? '')
        const kind = attribute(tag, 'type') ?? ''
        if (name === undefined || name === 'csrf' || kind === 'file') return []
        const value = attribute(tag, 'value') || (/email/i.test(name + kind) ? MEMBER_EMAIL : 'Essai')
        return [[name, value]]
      })
      const id = attribute(each, 'id')
      // Of a button in a line of a table, the form is elsewhere in the page.
      const elsewhere = id === undefined ? [] : (html.match(/<button[^>]*>/g) ?? [])
      const button = elsewhere.find(tag => attribute(tag, 'form') === id)
      const pressed = button === undefined ? undefined : attribute(button, 'name')
      if (button !== undefined && pressed !== undefined) {
        fields.push([pressed, attribute(button, 'value') ?? ''])
      }
      const action = attribute(each, 'action') ?? on
      const multipart = attribute(each, 'enctype') === 'multipart/form-data'
      return [{ on, action, multipart, fields }]
    })
}

const isRefusal = (page: Page) =>
  page.status >= 400 && /archivée\s: (reprenez-la|tout reste)|donc aucun complément/.test(textOf(page))
    ? [page.status, textOf(page).slice(0, 400)]
    : null

/** An address without what it is about: identifiers, then the piece of a call. */
const shapeOf = (url: string) =>
  url.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id').replace(/(appel\/pieces\/)[^/]+/, '$1:piece')

/** Goes round every page below an address, then tries every form seen there. */
async function tryEverything(browser: PageClient, start: string, within = start) {
  const seen = new Set<string>()
  const forms = new Map<string, Offered>()
  const refused: unknown[] = []
  const alike = new Map<string, number>()
  const queue = [start]
  for (let url = queue.shift(); url !== undefined; url = queue.shift()) {
    const shape = shapeOf(url)
    const many = alike.get(shape) ?? 0
    if (seen.has(url) || many === MOST_ALIKE) continue
    seen.add(url)
    alike.set(shape, many + 1)
    const page = await browser.get(url)
    const refusal = isRefusal(page)
    if (refusal !== null) refused.push([url, refusal])
    if (!String(page.headers['content-type']).startsWith('text/html')) continue
    for (const offered of formsOf(url, page)) {
      forms.set(`${offered.action} ${offered.fields.map(([name]) => name)}`, offered)
    }
    const links = [...page.html.matchAll(/<a\s[^>]*href="([^"#]+)/g)].map(([, href = '']) => href)
    queue.push(...links.map(href => href.replaceAll('&amp;', '&')).filter(href => href.startsWith(within)))
  }
  for (const { on, action, multipart, fields } of forms.values()) {
    if (LEAVES.test(action)) continue
    await browser.get(on)
    const files = multipart ? form([{ name: 'essai.pdf', bytes: await pdf('essai') }]) : null
    for (const [name, value] of files === null ? [] : fields) files?.append(name, value)
    const answer = files === null ? await browser.submit(action, fields) : await browser.upload(action, files)
    const refusal = isRefusal(answer)
    if (refusal !== null) refused.push([on, action, refusal])
  }
  return refused
}

describe('a grappe put away offers nothing that is refused', () => {
  it('to its members', async () => {
    for (const token of [tokens.own, tokens.person]) {
      const home = urlTo('memberHome', { token })
      expect(await tryEverything(scene.browser, home)).toEqual([])
    }
  })
  it('to its ARS', async () => {
    const reviewer = await signInReviewer(scene.test, REVIEWER_EMAIL)
    const home = urlTo('arsHome', { token: at.grappe })
    expect(await tryEverything(reviewer, home)).toEqual([])
    const byLink = urlTo('arsHome', { token: tokens.ars })
    expect(await tryEverything(scene.browser, byLink)).toEqual([])
  })
  it('to its porteur', async () => {
    const board = urlTo('board', at)
    expect(await tryEverything(porteur, board)).toEqual([])
  }, 120_000)
})
