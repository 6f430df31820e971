/** A member answers on a phone, the line is cut, a colleague answers meanwhile; then the answers are deposited. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { and, eq } from 'drizzle-orm'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { pieces } from '../../schema/tables.ts'
import { urlTo } from '../../schema/urls.ts'
import { issueLink } from '../../server/steps/access/links.ts'
import { createTestGrappe } from '../support/grappe.ts'
import { axeViolations, describeInBrowser, openSite, type Site } from './support.ts'

const PICTURES = process.env.PICTURES ?? ''
const pdftotext = ['/usr/bin/pdftotext', '/usr/local/bin/pdftotext'].find(existsSync)

describeInBrowser('A form answered on screen', () => {
  let site: Site
  let url = ''
  let pieceUrl = ''
  beforeAll(async () => {
    site = await openSite()
    const { context } = site
    const { grappeId, esmsIds } = await createTestGrappe(await site.porteur(), 2)
    const [esmsId = ''] = esmsIds
    const [piece] = await context.db
      .select({ id: pieces.id })
      .from(pieces)
      .where(and(eq(pieces.esmsId, esmsId), eq(pieces.code, 'etat-des-lieux')))
    const link = { kind: 'esms' as const, grappeId, esmsId, label: 'EHPAD n° 1' }
    const at = { token: (await issueLink(context.db, context, link)).token, piece: piece?.id ?? '' }
    url = urlTo('memberForm', at)
    pieceUrl = urlTo('memberPiece', at)
  })
  afterAll(() => site?.close())

  async function look(page: Page, name: string): Promise<void> {
    if (PICTURES !== '') await page.screenshot({ path: join(PICTURES, `${name}.png`) })
    expect(await axeViolations(page), name).toEqual([])
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    expect(overflow, name).toBeLessThanOrEqual(0)
  }

  const phone = { viewport: { width: 390, height: 844 } }
  const wishes = (page: Page) => page.getByRole('textbox', { name: /^Ce que l’équipe attend/ })
  const worries = (page: Page) => page.getByRole('textbox', { name: /^Ce qui l’inquiète/ })
  const state = (page: Page, words: string | RegExp) => page.getByRole('status').getByText(words).waitFor()

  it('is saved as typed, survives a cut line, and tells who else answered', async () => {
    const member = await site.visitor(phone)
    await member.goto(pieceUrl)
    await member.getByRole('link', { name: 'Répondre à l’écran' }).press('Enter')
    await look(member, 'reponses-1-vide')
    await wishes(member).focus()
    await member.keyboard.type('Moins de papier')
    await state(member, /^Enregistré à/)

    await member.context().setOffline(true)
    await worries(member).focus()
    await member.keyboard.type('La ligne')
    await state(member, 'Pas encore enregistré : la ligne est coupée, nous réessayons.')
    const colleague = await site.visitor(phone)
    await colleague.goto(url)
    expect(await wishes(colleague).inputValue()).toBe('Moins de papier')
    expect(await worries(colleague).inputValue()).toBe('')
    await worries(colleague).fill('Le temps')
    await state(colleague, /^Enregistré à/)

    await member.context().setOffline(false)
    await member.getByText('Deux réponses : laquelle garder ?').waitFor()
    expect(await member.getByText('« Le temps »').count()).toBe(1)
    await look(member, 'reponses-2-deux')
    await member.getByRole('button', { name: 'Garder la mienne' }).press('Enter')
    await state(member, /^Enregistré à/)
    await colleague.reload()
    expect(await worries(colleague).inputValue()).toBe('La ligne')
  })

  it('gives back what was typed and never sent, once the page is opened again', async () => {
    const member = await site.visitor(phone)
    await member.goto(url)
    await member.route('**/reponses', route =>
      route.request().method() === 'POST' ? route.abort() : route.continue(),
    )
    await member.getByRole('textbox', { name: /^Périodes à éviter/ }).fill('Août')
    await state(member, 'Pas encore enregistré : la ligne est coupée, nous réessayons.')
    member.on('dialog', dialog => void dialog.accept())
    await member.unroute('**/reponses')
    await member.goto(url)
    await state(member, /^Enregistré à/)
    expect(await member.getByRole('textbox', { name: /^Périodes à éviter/ }).inputValue()).toBe('Août')
    const other = await site.visitor(phone)
    await other.goto(url)
    expect(await other.getByRole('textbox', { name: /^Périodes à éviter/ }).inputValue()).toBe('Août')
  })

  it('says what is wrong beside the question, and « ne sait pas » takes the place of an answer', async () => {
    const member = await site.visitor(phone)
    await member.goto(url)
    const computers = member.getByRole('textbox', { name: /^Postes fixes/ })
    await computers.fill('douze')
    await member.getByText('Ce n’est pas un nombre : écrivez-le comme 12').waitFor()
    await look(member, 'reponses-3-erreur')
    await member.getByRole('checkbox', { name: /^Ne sait pas.*Postes fixes/ }).press('Space')
    await state(member, /^Enregistré à/)
    expect(await computers.inputValue()).toBe('')
    expect(await member.getByText('Ce n’est pas un nombre').isVisible()).toBe(false)
  })

  it('is saved by its button and deposited without any script', async () => {
    const member = await site.visitor({ ...phone, javaScriptEnabled: false })
    await member.goto(url)
    await member.getByRole('textbox', { name: /^Rempli par/ }).fill('Œlise Martin, directrice')
    await member.getByRole('button', { name: 'Enregistrer' }).press('Enter')
    await member.getByText(/^Enregistré à/).waitFor()
    await member.getByRole('link', { name: 'Relire et déposer' }).press('Enter')
    await member.getByText(/questions restent sans réponse/).waitFor()
    await member.getByRole('button', { name: 'Déposer ces réponses' }).press('Enter')
    await member.getByRole('heading', { level: 1 }).waitFor()
    await member.goto(pieceUrl)
    expect(await member.getByText('déposées telles quelles').count()).toBe(1)
    if (pdftotext === undefined) return
    const href = await member
      .getByRole('link', { name: /Etat-des-lieux_EHPAD/ })
      .first()
      .getAttribute('href')
    const bytes = await (await member.request.get(href ?? '')).body()
    const words = execFileSync(pdftotext, ['-layout', '-', '-'], { input: bytes, encoding: 'utf8' })
    for (const said of [
      'Œlise Martin, directrice',
      'Moins de papier',
      'La ligne',
      'ne sait pas',
      'page 1 sur',
    ]) {
      expect(words).toContain(said)
    }
  })
})
