/** The porteur who has the pieces by e-mail: a folder of 60 mixed files, sent on a phone's screen, filed by keyboard. */
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { urlTo } from '../../schema/urls.ts'
import { enterAsPorteur } from '../../scripts/tour.ts'
import { documentsOf } from '../../server/domain/piece.ts'
import { findOrCreatePorteur, issueSignInLink, signIn } from '../../server/steps/access/sign-in.ts'
import { readPieces } from '../../server/steps/read/read-pieces.ts'
import { emlOf, msgOf, zipOf } from '../support/envelopes.ts'
import { docx, pdf, png } from '../support/files.ts'
import { createTestGrappe, fictionalFiness, type TestGrappe } from '../support/grappe.ts'
import { axeViolations, describeInBrowser, openSite, type Site } from './support.ts'

const EMAIL = 'porteuse@exemple.fr'
const MEMBERS = 20
const SAVED_AT = new Date('2026-05-04T09:00:00Z')

describeInBrowser('A porteur who has the pieces already', () => {
  let site: Site
  let folder: string
  let grappe: TestGrappe
  let page: Page
  beforeAll(async () => {
    site = await openSite()
    folder = await mkdtemp(join(tmpdir(), 'Pièces reçues '))
    grappe = await createTestGrappe(await site.porteur(EMAIL), MEMBERS)
    const { context } = site
    const porteur = await findOrCreatePorteur(context.db, context, EMAIL)
    const link = await issueSignInLink(context.db, context, porteur)
    const signedIn = await signIn(context, link.token)
    if (!signedIn.ok) throw new Error('no session')
    page = await site.visitor({ viewport: { width: 390, height: 844 } })
    await enterAsPorteur(page.context(), site.base, signedIn.value.sessionToken)
  }, 120_000)
  afterAll(async () => {
    await site?.close()
    await rm(folder, { recursive: true, force: true })
  })

  const put = async (path: string, bytes: Buffer) => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), bytes)
    // Copies of one model: the folder alone tells them apart.
    await utimes(join(folder, path), SAVED_AT, SAVED_AT)
  }

  /** 60 files: 17 in folders by number, 3 in envelopes, homonyms, photos, files of no piece. */
  async function fill() {
    const model = await pdf('État des lieux')
    for (let member = 1; member <= 17; member++) {
      await put(
        `${member === 17 ? 'renvoyés' : 'reçus'}/${fictionalFiness(member)}/État des lieux.pdf`,
        model,
      )
    }
    const attachment = async (member: number) => [{ name: 'scan.pdf', bytes: await pdf(`Joint ${member}`) }]
    await put(
      'reçus/courriels/envoi 18.eml',
      emlOf({ from: 'contact18@exemple.fr', subject: 'État des lieux', attachments: await attachment(18) }),
    )
    await put(
      'reçus/courriels/envoi 19.msg',
      msgOf({ from: 'contact19@exemple.fr', subject: 'État des lieux', attachments: await attachment(19) }),
    )
    const inZip = { name: `${fictionalFiness(20)}/état des lieux.docx`, bytes: await docx('État 20') }
    await put('reçus/courriels/envoi 20.zip', zipOf([inZip]))
    await put('reçus/grappe/Budget du projet.pdf', await pdf('Budget'))
    await put('reçus/grappe/Calendrier.pdf', await pdf('Calendrier'))
    for (let rank = 1; rank <= 38; rank++) {
      await put(`reçus/divers/photo ${rank}.png`, png(rank))
    }
  }

  it('files 60 of them, from a folder, in two acts', async () => {
    await fill()
    await page.goto(urlTo('board', { grappe: grappe.grappeId }))
    await page.getByRole('link', { name: 'Déposer des pièces déjà reçues' }).press('Enter')
    // In two goes: what came by e-mail, whose file has the name, the size and the day of the others.
    for (const chosen of ['reçus', 'renvoyés']) {
      const choosing = page.waitForEvent('filechooser')
      await page.getByRole('button', { name: 'Choisir un dossier' }).press('Enter')
      await (await choosing).setFiles(join(folder, chosen))
    }
    await page.getByText('60 fichiers prêts').first().waitFor({ state: 'attached', timeout: 30_000 })
    await page.getByRole('button', { name: 'Envoyer', exact: true }).press('Enter')
    await page.getByRole('heading', { name: '22 fichiers reconnus' }).waitFor({ timeout: 120_000 })
    expect(await page.getByRole('heading', { name: '38 fichiers à classer à la main' }).count()).toBe(1)
    expect(await axeViolations(page)).toEqual([])
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(wider).toBe(0)
    if (process.env.PICTURES) await page.screenshot({ path: join(process.env.PICTURES, 'a-classer.png') })

    expect(await page.locator('input[name=fichier]:checked').count()).toBe(22)
    const reconnus = page.getByRole('region', { name: '22 fichiers reconnus' })
    await reconnus.getByRole('button', { name: 'Déposer les fichiers cochés' }).press('Enter')
    await page.getByText('22 fichiers déposés pour 22 pièces.').waitFor({ timeout: 60_000 })
    const pieces = await readPieces(site.context.db, grappe.grappeId)
    const states = pieces.filter(({ code }) => code === 'etat-des-lieux')
    expect(states.map(({ versions }) => versions.length)).toEqual(Array(MEMBERS).fill(1))
    const names = states.flatMap(({ versions }) => versions.flatMap(documentsOf).map(({ name }) => name))
    expect(names.toSorted()).toEqual(
      [...Array(17).fill('État des lieux.pdf'), 'scan.pdf', 'scan.pdf', 'état des lieux.docx'].toSorted(),
    )
    expect(await page.getByRole('heading', { name: '38 fichiers à classer à la main' }).count()).toBe(1)
  }, 300_000)
})
