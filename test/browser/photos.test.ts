import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { currentVersion, type Piece } from '../../server/domain/piece.ts'
import { readPieces } from '../../server/steps/read/read-pieces.ts'
import { createTestGrappe, type TestGrappe } from '../support/grappe.ts'
import { axeViolations, describeInBrowser, openSite, type Site } from './support.ts'

describeInBrowser('A member with photos on a phone', () => {
  let site: Site
  let grappe: TestGrappe
  let address: string
  beforeAll(async () => {
    site = await openSite()
    const porteur = await site.porteur()
    grappe = await createTestGrappe(porteur, 1)
    const invited = await porteur.call<Array<{ address: string }>>(
      'POST',
      fill(API_PATHS.invitations, { grappe: grappe.grappeId }),
      { esms: grappe.esmsIds[0] },
    )
    const token = invited.body[0]?.address.split('/').at(-1) ?? ''
    address = urlTo('memberPiece', { token, piece: (await piece()).id })
  })
  afterAll(() => site?.close())

  async function piece(): Promise<Piece> {
    const found = (await readPieces(site.context.db, grappe.grappeId)).find(
      ({ code, esmsId }) => code === 'etat-des-lieux' && esmsId !== null,
    )
    if (found === undefined) throw new Error('no piece')
    return found
  }

  it('puts the pages in order by the keyboard, hears where they are, and orders them again once deposited', async () => {
    const page = await site.visitor({ viewport: { width: 390, height: 844 } })
    await page.goto(address)
    const photo = async (name: string, shade: string) => ({
      name,
      mimeType: 'image/jpeg',
      buffer: await sharp({ create: { width: 60, height: 80, channels: 3, background: shade } })
        .jpeg()
        .toBuffer(),
    })
    await page
      .locator('#fichiers')
      .setInputFiles([
        await photo('a.jpg', '#f00'),
        await photo('b.jpg', '#0f0'),
        await photo('c.jpg', '#00f'),
      ])
    const up = page.getByRole('button', { name: 'Monter « c.jpg »' })
    await up.focus()
    await page.keyboard.press('Enter')
    await page.getByText('« c.jpg » est la page 2 sur 3.').waitFor({ state: 'attached' })
    await page.keyboard.press('Enter')
    await page.getByText('« c.jpg » est la page 1 sur 3.').waitFor({ state: 'attached' })
    expect(await axeViolations(page)).toEqual([])
    if (process.env.SHOTS !== undefined)
      await page.screenshot({ path: `${process.env.SHOTS}/order.png`, fullPage: true })
    await page.getByRole('button', { name: 'Déposer les fichiers' }).click()
    await page.getByRole('heading', { name: 'Votre dépôt est enregistré' }).waitFor()
    const names = async () => currentVersion(await piece())?.files.map(({ name }) => name)
    expect(await names()).toEqual(['Photos réunies (3 pages).pdf', 'c.jpg', 'a.jpg', 'b.jpg'])

    await page.goto(address)
    expect(await axeViolations(page)).toEqual([])
    if (process.env.SHOTS !== undefined)
      await page.screenshot({ path: `${process.env.SHOTS}/piece.png`, fullPage: true })
    await page.getByLabel('« c.jpg », page').fill('3')
    await page.getByLabel('« b.jpg », page').fill('1')
    await page.getByRole('button', { name: 'Réordonner les pages' }).click()
    await page.getByText('Pages réordonnées : version 2.').waitFor()
    expect(await names()).toEqual(['Photos réunies (3 pages).pdf', 'b.jpg', 'a.jpg', 'c.jpg'])
  })
})
