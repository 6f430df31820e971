import { eq } from 'drizzle-orm'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readCallTemplate } from '../../schema/contracts/call.ts'
import { callVersions } from '../../schema/tables.ts'
import { CALL_PAGES, fill, urlTo } from '../../schema/urls.ts'
import { issueLink } from '../../server/steps/access/links.ts'
import { axeViolations, describeInBrowser, openSite, type Site } from './support.ts'

const EMAIL = 'instructrice@ars.invalid'
const MOST_TABS = 150

const WIDTHS = [
  { width: 390, height: 844 },
  { width: 1440, height: 900 },
]

/** What whoever has no mouse does: Tab to a place, then type or press. */
function keyboardOn(page: Page) {
  const tabTo = async (what: RegExp): Promise<void> => {
    for (let tabs = 0; tabs < MOST_TABS; tabs++) {
      await page.keyboard.press('Tab')
      const focused = await page.evaluate(() => {
        const element = document.activeElement
        const label = element?.getAttribute('aria-label') ?? element?.textContent ?? ''
        return `${element?.id} ${label.trim()}`
      })
      if (what.test(focused)) return
    }
    throw new Error(`The focus never reaches ${what}`)
  }
  const press = async (what: RegExp): Promise<void> => {
    await tabTo(what)
    await page.keyboard.press('Enter')
  }
  /** The same for what leads to another page. */
  const follow = async (what: RegExp): Promise<void> => {
    await tabTo(what)
    await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')])
  }
  const write = async (field: string, text: string): Promise<void> => {
    await tabTo(new RegExp(`^${field.replaceAll('.', '\\.')} `))
    await page.keyboard.insertText(text)
  }
  /** Chromium takes the figures of a date in the order of its own language, which is English here. */
  const date = async (field: string, day: string): Promise<void> => {
    await tabTo(new RegExp(`^${field.replaceAll('.', '\\.')} `))
    const [year, month, dayOfMonth] = day.split('-')
    await page.keyboard.type(`${month}${dayOfMonth}${year}`)
  }
  const check = async (box: string): Promise<void> => {
    await tabTo(new RegExp(`^${box.replaceAll('.', '\\.')} `))
    await page.keyboard.press('Space')
  }
  return { tabTo, press, follow, write, date, check }
}

const read = async (page: Page) => ((await page.locator('main').textContent()) ?? '').replace(/\s+/g, ' ')

describeInBrowser('An ARS without a mouse', () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  })
  afterAll(() => site?.close())

  it.each(WIDTHS)('writes a call of 14 pieces from nothing at %j, and publishes it', async viewport => {
    const page = await site.visitor({ viewport })
    const { press, follow, write, date, check, tabTo } = keyboardOn(page)
    const link = await issueLink(site.context.db, site.context, {
      kind: 'connexion',
      email: EMAIL,
      label: EMAIL,
    })
    await page.goto(urlTo('signInLink', { token: link.token }))
    await follow(/Entrer/)
    await page.goto(CALL_PAGES.ars.start)
    await write('title', `ESMS numérique 2027 à ${viewport.width}`)
    await write('provenance.reference', 'AAP publié le 2 mars 2027')
    await follow(/Commencer$/)
    await page.waitForURL(/\/ars\/appels\/[0-9a-f-]{36}$/)
    const id = page.url().split('/').at(-1) ?? ''
    expect(await axeViolations(page)).toEqual([])

    await follow(/Identité et région/)
    await write('summary', 'Appel de l’ARS, pour essayer.')
    await follow(/Enregistrer$/)
    await follow(/Fenêtres de dépôt/)
    await write('windows.0.label', 'Première fenêtre')
    await date('windows.0.opensOn', '2027-03-02')
    await date('windows.0.closesOn', '2027-06-15')
    await write('windows.1.label', 'Seconde fenêtre')
    await date('windows.1.opensOn', '2027-06-16')
    await date('windows.1.closesOn', '2027-09-30')
    expect(await axeViolations(page)).toEqual([])
    await follow(/Enregistrer$/)
    await follow(/Déclarations/)
    await write('declarations.0.title', 'Aucun autre financement')
    await write('declarations.0.enonce', 'Nous ne recevons aucun autre financement.')
    await follow(/Enregistrer$/)

    await follow(/Pièces/)
    await follow(/Ajouter une pièce/)
    for (let order = 1; order <= 14; order++) {
      await write('name', `Pièce numéro ${order}`)
      await write('explanation', 'Ce que demande le texte.')
      await tabTo(/^scope/)
      // The choices of a group: the grappe, each OG, each ESMS.
      await page.keyboard.press('Space')
      for (let down = 0; down < order % 3; down++) await page.keyboard.press('ArrowDown')
      await follow(order === 14 ? /Ajouter la pièce$/ : /Ajouter, puis une autre$/)
    }
    expect(await read(page)).toContain('14 pièces')
    expect(await axeViolations(page)).toEqual([])

    const condition = (order: number) =>
      fill(CALL_PAGES.ars.condition, { call: id, piece: `piece-numero-${order}` })
    await follow(/Pièce numéro 2$/)
    await follow(/Changer qui est concerné/)
    await press(/Domaine$/)
    await check('domaines-DOM')
    await page.getByText('demandée aux services à domicile').first().waitFor()
    expect(await axeViolations(page)).toEqual([])
    await follow(/Ajouter ce fait$/)
    await press(/Nature du projet$/)
    await check('projets')
    await follow(/Ajouter ce fait$/)
    expect(await read(page)).toContain('demandée aux services à domicile en acquisition')
    await page.goto(condition(5))
    await press(/Taille de l’OG$/)
    await write('tailleOg.max', '14')
    await follow(/Ajouter ce fait$/)
    await page.goto(condition(8))
    await press(/Réponse à une déclaration$/)
    await tabTo(/^reponse /)
    await page.keyboard.press('ArrowDown')
    await follow(/Ajouter ce fait$/)
    expect(await read(page)).toContain('qui répondent non à')

    await page.goto(fill(CALL_PAGES.ars.call, { call: id }))
    await follow(/Publier la version 1$/)
    expect(await read(page)).toContain('Version 1 publiée.')
    const [version] = await site.context.db.select().from(callVersions).where(eq(callVersions.callId, id))
    const published = readCallTemplate(version?.call)
    expect(published).toMatchObject({
      ok: true,
      call: { windows: [{ closesOn: '2027-06-15' }, { closesOn: '2027-09-30' }] },
    })
    const pieces = published.ok ? published.call.pieces : []
    expect(pieces.length).toBe(14)
    expect(pieces.filter(piece => piece.condition !== null).length).toBe(3)
    expect(new Set(pieces.map(piece => piece.scope)).size).toBe(3)
  })
})
