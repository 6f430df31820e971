/** A member who makes every mistake and mends it by itself, on a phone and on a large screen. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { z } from 'zod'
import type { pieceAnswer } from '../../schema/contracts/api.ts'
import { API_PATHS, fill, urlTo } from '../../schema/urls.ts'
import { readPieces } from '../../server/steps/read/read-pieces.ts'
import type { ApiClient } from '../support/app.ts'
import { pdf } from '../support/files.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { axeViolations, describeInBrowser, openSite, type Site } from './support.ts'

type PieceBody = z.infer<typeof pieceAnswer>

const PICTURES = process.env.PICTURES ?? ''
const PIECE = 'etat-des-lieux'
/** Of a first page, without the scripts of a deposit. */
const MOST_BYTES = 100_000

describeInBrowser('A member makes every mistake and mends it', () => {
  let site: Site
  let porteur: ApiClient

  beforeAll(async () => {
    site = await openSite()
    porteur = await site.porteur()
  })
  afterAll(() => site?.close())

  const read = async (page: Page, where: string) =>
    ((await page.locator(where).first().textContent()) ?? '').replace(/\s+/g, ' ')

  async function look(page: Page, name: string): Promise<void> {
    if (PICTURES !== '') await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true })
    expect(await axeViolations(page), name).toEqual([])
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    expect(overflow, name).toBeLessThanOrEqual(0)
  }

  const file = async (name: string, text: string) => ({
    name,
    mimeType: 'application/pdf',
    buffer: await pdf(text),
  })

  it.each([
    { width: 390, height: 844 },
    { width: 1440, height: 900 },
  ])('at $width pixels', async viewport => {
    const { grappeId, ogId, esmsIds } = await createTestGrappe(porteur, 2, `Grappe ${viewport.width}`)
    const invited = await porteur.call<Array<{ address: string }>>(
      'POST',
      fill(API_PATHS.invitations, { grappe: grappeId }),
      { og: ogId },
    )
    const token = invited.body[0]?.address.split('/').at(-1) ?? ''
    const pieces = await readPieces(site.context.db, grappeId)
    const idOf = (member: number) =>
      pieces.find(({ code, esmsId }) => code === PIECE && esmsId === esmsIds[member])?.id ?? ''
    const addressOf = (member: number) => urlTo('memberPiece', { token, piece: idOf(member) })
    const stored = async (member: number) =>
      (await porteur.call<PieceBody>('GET', fill(API_PATHS.piece, { grappe: grappeId, piece: idOf(member) })))
        .body
    const namesOf = async (member: number) =>
      (await stored(member)).versions.at(-1)?.files.map(({ name }) => name)

    const page = await site.visitor({ viewport, hasTouch: viewport.width < 500 })
    const picture = (name: string) => look(page, `${viewport.width}-${name}`)
    const choose = (...files: Array<Awaited<ReturnType<typeof file>>>) =>
      page.locator('#fichiers').setInputFiles(files)
    const send = () => page.getByRole('button', { name: /^Déposer l/ }).click()
    const isReceived = () =>
      page.getByRole('heading', { level: 1, name: 'Votre dépôt est enregistré' }).waitFor()

    // The one next thing is a button on the first screen, and the form is on the first screen of its page.
    await page.goto(urlTo('memberHome', { token }))
    const next = await page.locator('.next .button').boundingBox()
    expect((next?.y ?? 9999) + (next?.height ?? 0)).toBeLessThan(viewport.height)
    await picture('1-accueil')
    let bytes = 0
    const weigh = async (response: { body(): Promise<Buffer> }) => {
      bytes += (await response.body().catch(() => Buffer.alloc(0))).length
    }
    page.on('response', weigh)
    await page.goto(addressOf(0), { waitUntil: 'networkidle' })
    page.off('response', weigh)
    expect(bytes).toBeLessThan(MOST_BYTES)
    const control = await page.locator('label[for=fichiers]').boundingBox()
    expect((control?.y ?? 9999) + (control?.height ?? 0)).toBeLessThan(viewport.height)
    await picture('2-piece')

    // A mail, then an empty file: said beside each, and again where the button was pressed.
    const mail = await readFile(join(import.meta.dirname, '../fixtures/files/courriel.eml'))
    await choose(
      { name: 'Fwd etat.eml', mimeType: 'message/rfc822', buffer: mail },
      { name: 'vide.pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(0) },
    )
    await page.locator('.chosen li').nth(1).waitFor()
    expect(await read(page, '.chosen')).toContain('c’est un courriel')
    await send()
    await page.locator('.upload-told:visible').waitFor()
    await picture('3-refus')
    for (const name of ['Fwd etat.eml', 'vide.pdf']) {
      await page.getByRole('button', { name: `Retirer « ${name} »` }).click()
    }

    // The same file twice: pointed out, and the second one taken out.
    await choose(
      await file('scan.pdf', 'Un'),
      await file('scan (1).pdf', 'Un'),
      await file('note.pdf', 'Note'),
    )
    await send()
    await isReceived()
    expect(await read(page, '.same-bytes')).toContain('le même contenu est plusieurs fois')
    await picture('4-recu')
    await page.getByRole('link', { name: 'Revoir ou corriger ce dépôt' }).click()
    await page.getByRole('link', { name: /^Retirer ce fichier.* scan \(1\)\.pdf$/ }).click()
    await picture('5-retirer-un-fichier')
    await page.getByRole('button', { name: 'Retirer ce fichier' }).click()
    await page.locator('.notice').waitFor()
    expect(await read(page, '.notice')).toContain('« scan (1).pdf » est retiré')
    expect(await namesOf(0)).toEqual(['scan.pdf', 'note.pdf'])

    // For the wrong member: the twin is named, and this deposit taken out whole.
    await page.goto(addressOf(1))
    await choose(await file('note.pdf', 'Note'))
    await send()
    await isReceived()
    expect(await read(page, '.same-bytes')).toContain('EHPAD n° 1')
    await page.getByRole('link', { name: 'Revoir ou corriger ce dépôt' }).click()
    await picture('6-double')
    await page.getByRole('link', { name: 'Retirer ce dépôt' }).click()
    await page.getByRole('button', { name: 'Retirer la version 1' }).click()
    await page.locator('.notice').waitFor()
    expect(await read(page, '.notice')).toContain('la pièce est de nouveau attendue')
    expect(await stored(1)).toMatchObject({ state: 'attendue', versions: [] })

    // Replaced, one file of the former version chosen to stay.
    await page.goto(addressOf(0))
    await page.getByLabel(/^note\.pdf/).check()
    await choose(await file('definitif.pdf', 'Définitif'))
    await send()
    await isReceived()
    expect(await namesOf(0)).toEqual(['note.pdf', 'definitif.pdf'])
    expect(await read(page, 'main')).toContain('1 fichier gardé d’un dépôt précédent')

    // Refused by the porteur: nothing can be taken out any more, a new version answers.
    const refused = (await stored(0)).versions.at(-1)?.id
    await porteur.call('POST', fill(API_PATHS.decision, { grappe: grappeId, piece: idOf(0) }), {
      versionId: refused,
      decision: 'refusee',
      motive: 'La page signée manque.',
    })
    await page.goto(addressOf(0))
    expect(await read(page, '.motive')).toContain('La page signée manque.')
    expect(await page.getByRole('link', { name: /^(Tout retirer|Retirer)/ }).count()).toBe(0)
    await picture('7-refusee')

    // On a network that refuses PATCH.
    await page.route('**/envois/*', route =>
      route.request().method() === 'PATCH'
        ? route.fulfill({ status: 403, body: '<h1>Forbidden</h1>' })
        : route.continue(),
    )
    await choose(await file('signe.pdf', 'Signé'))
    await send()
    await isReceived()
    expect(await namesOf(0)).toEqual(['signe.pdf'])
    expect(await stored(0)).toMatchObject({ state: 'deposee' })
    await page.context().close()
  })
})
