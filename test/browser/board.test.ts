import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { z } from 'zod'
import type { boardAnswer } from '../../schema/contracts/api.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { enterAsPorteur } from '../../scripts/tour.ts'
import { findOrCreatePorteur, issueSignInLink, signIn } from '../../server/steps/access/sign-in.ts'
import type { ApiClient } from '../support/app.ts'
import { form, pdf } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { axeViolations, describeInBrowser, openSite, type Site } from './support.ts'

type Board = z.infer<typeof boardAnswer>

const EMAIL = 'porteuse@exemple.fr'
const CODE = 'etat-des-lieux'

describeInBrowser('A porteur at work on its board', () => {
  let site: Site
  let api: ApiClient
  let grappe: string
  let esms: string[]
  let session: string

  beforeAll(async () => {
    site = await openSite()
    api = await site.porteur(EMAIL)
    const made = await createTestGrappe(api, 19)
    grappe = made.grappeId
    esms = made.esmsIds
    const porteur = await findOrCreatePorteur(site.context.db, site.context, EMAIL)
    const link = await issueSignInLink(site.context.db, site.context, porteur)
    const opened = await signIn(site.context, link.token)
    if (!opened.ok) throw new Error(opened.refusal.code)
    session = opened.value.sessionToken
  })
  afterAll(() => site?.close())

  const openBoard = async (options: Parameters<Site['visitor']>[0] = {}) => {
    const page = await site.visitor({ viewport: { width: 1440, height: 900 }, ...options })
    await enterAsPorteur(page.context(), site.base, session)
    await page.goto(urlTo('board', { grappe }))
    return page
  }
  const state = (page: Page) => page.locator('[data-live-state]')
  const told = async (page: Page) =>
    (await page.locator('[data-live-news]').textContent())?.replaceAll('\u00a0', ' ')
  const isLive = (page: Page) => state(page).getByText('se met à jour seul').waitFor()
  const row = (page: Page, order: number) => page.locator(`tr[data-line="esms ${esms[order - 1]}"]`)

  const pieceOf = async (order: number) => {
    const board = await api.call<Board>('GET', fill(API_PATHS.board, { grappe }))
    const found = board.body.pieces.find(({ code, owner }) => code === CODE && owner.id === esms[order - 1])
    return found?.pieceId ?? ''
  }
  /** As the member itself, through its link. */
  const deposit = async (order: number, name = `piece ${order}.pdf`) => {
    const invited = await api.call<Array<{ address: string }>>(
      'POST',
      fill(API_PATHS.invitations, { grappe }),
      { esms: esms[order - 1] ?? '' },
    )
    const member = site.bearer(invited.body[0]?.address.split('/').at(-1) ?? '')
    const url = fill(API_PATHS.memberVersions, { piece: await pieceOf(order) })
    expect((await member.upload(url, form([{ name, bytes: await pdf(name) }]))).status).toBe(201)
  }

  it('sees a deposit come in where it looks, hears who made it, and keeps its place, its focus and its filter', async () => {
    const page = await openBoard()
    await isLive(page)
    await page.getByLabel('Nom, FINESS ou contact').fill('n° 1')
    await expect.poll(() => page.locator('tr[data-line^=esms]:visible').count()).toBe(11)
    await row(page, 12).getByRole('link').first().focus()
    const scrolled = await page.evaluate(() => {
      scrollTo(0, 500)
      return scrollY
    })
    await deposit(12)
    await expect.poll(() => told(page)).toMatch(/^1 pièce déposée par EHPAD n° 12/)
    expect(await row(page, 12).locator('.etat.deposee').count()).toBe(1)
    expect(await row(page, 12).locator('td.changed').count()).toBe(1)
    expect(await page.locator('td.changed').count()).toBe(1)
    // The filter stays, whatever came in, and so do the place and the focus.
    expect(await page.locator('tr[data-line^=esms]:visible').count()).toBe(11)
    expect(await page.evaluate(() => scrollY)).toBeGreaterThan(scrolled - 200)
    expect(await page.evaluate(() => document.activeElement?.closest('tr')?.dataset.line)).toBe(
      `esms ${esms[11]}`,
    )
    expect(await page.locator('.counts .etat.deposee').textContent()).toContain('1')
    // Nothing moves for whoever asked for that.
    await page.emulateMedia({ reducedMotion: 'reduce' })
    expect(
      await row(page, 12)
        .locator('td.changed')
        .evaluate(cell => getComputedStyle(cell).animationName),
    ).toBe('none')
    await page.context().close()
  })

  it('pauses the news, then gets at once what came meanwhile', async () => {
    const page = await openBoard()
    await isLive(page)
    await page.getByRole('button', { name: 'Mettre le suivi en pause' }).click()
    expect(await state(page).textContent()).toBe('Suivi en pause.')
    await deposit(1)
    await page.waitForTimeout(1_500)
    expect(await row(page, 1).locator('.etat.deposee').count()).toBe(0)
    await page.getByRole('button', { name: 'Reprendre le suivi' }).click()
    await row(page, 1).locator('.etat.deposee').waitFor()
    expect(await told(page)).toMatch(/^1 pièce déposée par EHPAD n° 1 /)
    await page.context().close()
  })

  it('is told that the line is lost, then that it is back, and has missed nothing', async () => {
    const page = await openBoard()
    await isLive(page)
    // A proxy that gives up: the stream ends, and every new one fails until the line is back.
    await page.context().setOffline(true)
    await page.route('**/evenements**', route => route.abort())
    await page.evaluate(() => dispatchEvent(new Event('pagehide')))
    await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await state(page).getByText('Connexion perdue').waitFor()
    await deposit(2)
    await page.context().setOffline(false)
    await page.unroute('**/evenements**')
    await state(page).getByText('Connexion rétablie').waitFor()
    await row(page, 2).locator('.etat.deposee').waitFor()
    await expect.poll(() => told(page)).toMatch(/EHPAD n° 2 /)
    await page.context().close()
  })

  it('refreshes the board by a link where scripts do not run', async () => {
    const page = await openBoard({ javaScriptEnabled: false })
    await page.getByRole('link', { name: 'Actualiser' }).click()
    expect(await page.getByRole('button', { name: /pause/ }).count()).toBe(0)
    expect(await page.locator('.choose-all:visible').count()).toBe(0)
    expect(await page.locator('input[name=choix]').count()).toBe(3)
    await page.context().close()
  })

  it('chooses a whole column but one, keeps its choice while others deposit, and accepts', async () => {
    const page = await openBoard()
    await isLive(page)
    await page.getByLabel(/tout choisir, État des lieux/).check()
    await row(page, 1).getByRole('checkbox').uncheck()
    expect(
      await page
        .getByLabel(/tout choisir, État des lieux/)
        .evaluate(box => (box as HTMLInputElement).indeterminate),
    ).toBe(true)
    await deposit(3)
    await row(page, 3).locator('.etat.deposee').waitFor()
    expect(await row(page, 12).getByRole('checkbox').isChecked()).toBe(true)
    await page.getByRole('button', { name: 'Accepter les 2 pièces choisies' }).click()
    await page.getByRole('heading', { name: '2 pièces choisies' }).waitFor()
    expect(await axeViolations(page)).toEqual([])
    await page.getByRole('button', { name: 'Accepter les 2 pièces choisies' }).click()
    await page.getByText('2 pièces acceptées.').waitFor()
    expect(await axeViolations(page)).toEqual([])
    await page.getByRole('link', { name: 'Revenir au tableau' }).click()
    expect(await row(page, 12).locator('.etat.acceptee').count()).toBe(1)
    expect(await row(page, 1).locator('.etat.deposee').count()).toBe(1)
    await page.context().close()
  })

  it('controls piece after piece by the keyboard alone, with a motive from the list, corrected', async () => {
    const page = await openBoard()
    await row(page, 1).locator('td a').click()
    await page.getByText('Au clavier').waitFor()
    await page.keyboard.press('a')
    await page.keyboard.press('Enter')
    await page.getByText(/^Pièce acceptée\. .*Voici la suivante à contrôler\.$/).waitFor()
    expect(page.url()).toContain(await pieceOf(3))

    await page.getByText('Au clavier').waitFor()
    await page.keyboard.press('r')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowUp')
    const motive = page.getByLabel('Motif du refus')
    expect(await motive.inputValue()).toBe('La signature manque.')
    await page.keyboard.press('Tab')
    // Letters typed in a field are letters.
    await page.keyboard.press('End')
    await page.keyboard.type(' Page n, avant a.')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByText(/^Pièce refusée/).waitFor()
    expect(await page.locator('.motive').textContent()).toContain('La signature manque. Page n, avant a.')
    expect(page.url()).toContain(await pieceOf(3))
    await page.context().close()
  })

  it('reads two versions beside each other on a wide screen, one above the other on a phone', async () => {
    await deposit(4)
    await deposit(4, 'piece 4 corrigee.pdf')
    const page = await openBoard()
    await page.goto(urlTo('piece', { grappe, piece: await pieceOf(4) }))
    const boxes = async (selector: string) =>
      await Promise.all((await page.locator(selector).all()).map(async one => await one.boundingBox()))
    const [frame] = await boxes('.control iframe')
    const [decision] = await boxes('.control form[data-decision=acceptee]')
    expect((decision?.x ?? 0) > (frame?.x ?? 0) + (frame?.width ?? 0)).toBe(true)
    await page.getByRole('link', { name: 'Comparer avec la version 1' }).click()
    await page.locator('.compare').waitFor()
    const [before, now] = await boxes('.compare iframe')
    expect(before?.y).toBe(now?.y)
    expect((now?.x ?? 0) > (before?.x ?? 0) + (before?.width ?? 0)).toBe(true)
    await page.setViewportSize({ width: 390, height: 844 })
    const [above, below] = await boxes('.compare iframe')
    expect((below?.y ?? 0) > (above?.y ?? 0) + (above?.height ?? 0)).toBe(true)
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    )
    await page.context().close()
  })

  it('opens, on a phone, what is tapped, and not the last member of the list', async () => {
    const page = await openBoard()
    await page.setViewportSize({ width: 390, height: 844 })
    const piece = await pieceOf(1)
    const cell = urlTo('pieceOf', { grappe, owner: esms[0] ?? '', code: CODE })
    await page.locator(`table.matrix a[href="${cell}"]`).click()
    await page.waitForURL(url => url.pathname.endsWith(piece))
    await page.goto(urlTo('members', { grappe }))
    const name = page.locator('table.roster tbody th > a').first()
    const href = (await name.getAttribute('href')) ?? ''
    await name.click()
    await page.waitForURL(url => url.pathname === href)
    await page.context().close()
  })

  it('starts above the fold, keeps its head and its first column in sight, and filters by its counters', async () => {
    const page = await openBoard()
    const head = page.locator('table.matrix thead').first()
    const top = async () => (await head.locator('th').first().boundingBox())?.y ?? -1
    expect(await top()).toBeLessThan(600)
    // No box scrolls inside the page.
    const inner = await page.locator('main *').evaluateAll(elements =>
      elements
        .filter(({ scrollHeight, clientHeight }) => scrollHeight > clientHeight + 1)
        .filter(element => /auto|scroll/.test(getComputedStyle(element).overflowY))
        .map(({ className }) => String(className)),
    )
    expect(inner).toEqual([])
    await page.evaluate(() => scrollTo(0, 900))
    expect(Math.abs(await top())).toBeLessThan(2)

    await page.evaluate(() => scrollTo(0, 0))
    await page.locator('a[data-board-state=deposee]').click()
    const shown = page.locator('tr[data-line]:visible')
    for (const line of await shown.all())
      expect(await line.locator('.etat.deposee').count()).toBeGreaterThan(0)
    expect(page.url()).toContain('?etat=deposee')
    await page.getByRole('link', { name: 'Tout afficher' }).click()
    await expect.poll(() => shown.count()).toBe(21)
    await row(page, 2).locator('th a').click()
    expect(new URL(page.url()).pathname).toBe(urlTo('editEsms', { grappe, esms: esms[1] ?? '' }))
    await page.context().close()
  })

  it('has nothing that axe reproaches at work, light or dark, on a phone and on a desk', async () => {
    const page = await openBoard({ reducedMotion: 'reduce' })
    await isLive(page)
    await deposit(5)
    await row(page, 5).locator('td.changed').waitFor()
    await row(page, 5).getByRole('checkbox').check()
    await page.getByText('Lire les chiffres').click()
    const found: string[] = []
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: 900 })
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        found.push(...(await axeViolations(page)))
      }
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (wider > 0) found.push(`${wider} px too wide at ${width}`)
    }
    expect(found).toEqual([])
    await page.context().close()
  })

  it('prints the board on A4 landscape, its head on each sheet, its states in words', async () => {
    const page = await openBoard()
    await isLive(page)
    const path = join(tmpdir(), `tableau-${process.pid}.pdf`)
    await page.pdf({ path, preferCSSPageSize: true, printBackground: false })
    const bytes = (await readFile(path)).toString('latin1')
    const sheets = [...bytes.matchAll(/\/MediaBox \[0 0 (\d+)\.\d* (\d+)\.\d*\]/g)].map(
      ([, width, height]) => `${width} × ${height}`,
    )
    expect(new Set(sheets)).toEqual(new Set(['841 × 594']))
    expect(bytes).not.toContain('/MediaBox [0 0 612')
    const words = await promisify(execFile)('pdftotext', ['-layout', path, '-']).then(
      ({ stdout }) => stdout,
      () => null,
    )
    if (words !== null) {
      for (const shown of ['attendue', 'acceptée', 'déposée', 'EHPAD n° 19', 'Avancement'])
        expect(words.replaceAll('\u00a0', ' ')).toContain(shown)
      for (const hidden of ['Actualiser', 'Filtrer', 'Accepter les', 'Se déconnecter', 'à contrôler :'])
        expect(words).not.toContain(hidden)
    }
    await page.context().close()
  })

  it.each([390, 1440])('changes many members at once by the keyboard, at %i px', async width => {
    const { grappeId } = await createTestGrappe(api, 3, `Changements ${width}`)
    const page = await openBoard({ viewport: { width, height: 900 }, reducedMotion: 'reduce' })
    const found: string[] = []
    const look = async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        found.push(...(await axeViolations(page)))
      }
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      if (wider > 0) found.push(`${wider} px too wide on ${page.url()}`)
    }
    const press = async (button: string) => {
      await page.getByRole('button', { name: button, exact: true }).focus()
      await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')])
      await look()
    }
    await page.goto(urlTo('members', { grappe: grappeId }))
    for (const name of ['EHPAD n° 1', 'EHPAD n° 3']) {
      await page.getByRole('row', { name }).getByRole('checkbox').focus()
      await page.keyboard.press('Space')
    }
    await press('Changer les 2 ESMS choisis')
    await page.getByLabel('Catégorie FINESS').focus()
    await page.keyboard.type('354 SSIAD')
    await page.getByLabel('Solution DUI').focus()
    await page.keyboard.press('End')
    await press('Voir ce que cela change')
    expect(await page.getByRole('main').textContent()).toContain('EHPAD n° 1 et EHPAD n° 3')
    await press('Changer ces 2 ESMS')
    const notice = async () => ((await page.locator('.notice').textContent()) ?? '').replaceAll('\u00a0', ' ')
    expect(await notice()).toContain('2 ESMS changés. Catégorie FINESS : 354 SSIAD')
    expect(await notice()).toContain('Solution DUI : non renseigné (avant : Dossier Clair')

    // A wrong category is taken out of all of them.
    await press('Changer les 3 affichés')
    await page.getByLabel('Vider la catégorie').focus()
    await page.keyboard.press('Space')
    await press('Voir ce que cela change')
    await press('Changer ces 2 ESMS')
    expect(await notice()).toContain('Catégorie FINESS : non renseigné (avant : 354 SSIAD')
    expect(await notice()).toContain('1 ESMS avait déjà ces valeurs.')
    expect(found).toEqual([])
    await page.context().close()
  })
})
