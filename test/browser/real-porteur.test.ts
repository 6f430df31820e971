import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readOutbox } from '../../server/steps/access/send-mail.ts'
import { pdf } from '../support/files.ts'
import { axeViolations, describeInBrowser, openSite, type Site } from './support.ts'

const porteurAt = (width: number) => `porteuse${width}@exemple.fr`
const REVIEWER = 'instructrice@exemple.fr'
const MEMBER = 'm.petit@asso-jonquilles.fr'

describeInBrowser('A porteur from nothing, with a messy spreadsheet, to a handed dossier', () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  })
  afterAll(() => site?.close())

  /** The link in the last message to this person. */
  const linkSentTo = async (recipient: string) =>
    (await readOutbox(site.context)).find(mail => mail.recipient === recipient)?.link ?? ''
  /** What is read, its non-breaking spaces as plain ones. */
  const text = async (page: Page, selector = 'main') =>
    ((await page.locator(selector).first().textContent()) ?? '').replaceAll('\u00a0', ' ')
  const press = async (page: Page, name: RegExp | string) => {
    await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name }).first().click()])
  }
  const tab = (page: Page, name: string) =>
    page.getByRole('navigation', { name: 'Grappe' }).getByRole('link', { name }).first().click()

  for (const width of [390, 1440]) {
    it(`at ${width} px, axe clean on each page passed`, async () => {
      const porteur = await site.visitor({ viewport: { width, height: 900 } })
      const looked: string[] = []
      const look = async (page: Page) => {
        looked.push(...(await axeViolations(page)).map(line => `${new URL(page.url()).pathname} ${line}`))
        const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
        if (wide) looked.push(`${new URL(page.url()).pathname} is wider than the screen`)
      }

      // Signs in, with nothing yet, and creates a grappe from a call that the product ships.
      await porteur.goto('/connexion')
      await porteur.getByLabel('Adresse e-mail').fill(porteurAt(width))
      await porteur.getByRole('button', { name: 'Recevoir le lien' }).click()
      await porteur.getByRole('heading', { name: 'Regardez vos messages' }).waitFor()
      await porteur.goto(await linkSentTo(porteurAt(width)))
      await porteur.getByRole('button', { name: 'Entrer dans mon espace' }).click()
      await porteur.goto('/porteur/grappes/nouvelle')
      await porteur.getByLabel('Nom de la grappe').fill(`Pays des Jonquilles ${width}`)
      await porteur.getByText('Appel fictif, pour essayer').click()
      await porteur.getByRole('radio', { name: /Appel fictif/ }).check()
      await look(porteur)
      await press(porteur, 'Créer et importer mes membres')

      // The spreadsheet as it is, settled in three choices.
      await look(porteur)
      await porteur.locator('#fichier').setInputFiles('test/fixtures/members/messy-v7-definitif.xlsx')
      await press(porteur, 'Vérifier le fichier')
      expect(await text(porteur)).toContain('19 numéros FINESS ont perdu leur zéro du début')
      await look(porteur)

      // A column that is not to be read: the lines follow at once.
      await Promise.all([
        porteur.waitForEvent('load'),
        porteur.getByRole('combobox', { name: 'Ville' }).selectOption('Ne pas lire'),
      ])
      expect(await text(porteur, '#colonnes > summary')).toContain('« Ville »')
      await press(porteur, 'Revenir aux colonnes reconnues')

      await press(porteur, /^Remettre le zéro/)
      await press(porteur, /^C’est « Fondation/)
      await press(porteur, /^Laisser vides les 2 cellules/)
      await look(porteur)
      await press(porteur, 'Ajouter les 17 membres')
      expect(await text(porteur, '.notice')).toContain('17 membres ajoutés, avec 2 organismes gestionnaires')
      await look(porteur)

      // Invites them: one message a person.
      await tab(porteur, 'Liens')
      await look(porteur)
      await press(porteur, /^Inviter/)
      const link = await linkSentTo(MEMBER)
      expect(link).not.toBe('')

      // A member deposits two of its pieces, from its own browser.
      const member = await site.visitor({ viewport: { width, height: 900 } })
      for (const rank of [0, 1]) {
        await member.goto(link)
        await look(member)
        await member.locator('main a[href*="/pieces/"], main a[href*="/piece/"]').nth(rank).click()
        await member.locator('#fichiers').setInputFiles({
          name: `piece-${rank}.pdf`,
          mimeType: 'application/pdf',
          buffer: await pdf(`${rank}`),
        })
        await member.getByRole('button', { name: /^Déposer/ }).click()
        await member.getByRole('heading', { level: 1, name: 'Votre dépôt est enregistré' }).waitFor()
        await look(member)
      }
      await member.context().close()

      // Sealed incomplete, which its name says, and handed to the reviewer.
      await tab(porteur, 'Dossier')
      await look(porteur)
      await porteur.getByLabel(/^Sceller bien qu’il manque/).check()
      await press(porteur, 'Sceller la version 1')
      expect(await text(porteur)).toContain('INCOMPLET')
      await tab(porteur, 'Liens')
      await porteur.getByLabel('À qui remettez-vous ce lien ?').fill('Mme Durand, ARS')
      await porteur.getByLabel('Adresse e-mail').last().fill(REVIEWER)
      await press(porteur, 'Créer le lien de lecture')

      const reviewer = await site.visitor({ viewport: { width, height: 900 } })
      await reviewer.goto(await linkSentTo(REVIEWER))
      expect(await text(reviewer)).toContain(`Pays des Jonquilles ${width}`)
      await look(reviewer)
      await reviewer.context().close()
      await porteur.context().close()
      expect(looked).toEqual([])
    }, 240_000)
  }
})
