/** An ARS publishes its call; a porteur adapts its own copy; the ARS extends its window; the reviewer reads who added what. */
import ExcelJS from 'exceljs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { API_PATHS, CALL_PAGES, fill, urlTo } from '../../schema/urls.ts'
import { enterAsPorteur } from '../../scripts/tour.ts'
import { issueLink } from '../../server/steps/access/links.ts'
import { findOrCreatePorteur, issueSignInLink, signIn } from '../../server/steps/access/sign-in.ts'
import { checkSeals } from '../../server/steps/dossier/check-seal.ts'
import { publishCall, saveCall, startCall } from '../../server/steps/eligibility/write-call.ts'
import { readOwnCall } from '../../server/steps/read/read-calls.ts'
import { form, pdf } from '../support/files.ts'
import { fictionalFiness } from '../support/grappe.ts'
import { axeViolations, describeInBrowser, openSite, type Site } from './support.ts'

const ARS = { reviewerEmail: 'instruction@ars.invalid' }
const PORTEUR = 'porteuse@exemple.fr'
const BASIS = 'Message de l’ARS du 3 juin 2026'

describeInBrowser('A call of an ARS, adapted while it is answered', () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  })
  afterAll(() => site?.close())

  async function look(page: Page): Promise<void> {
    const { pathname } = new URL(page.url())
    expect(await axeViolations(page), pathname).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), pathname).toBe(false)
  }

  const text = async (page: Page) =>
    ((await page.locator('main').textContent()) ?? '').replaceAll('\u00a0', ' ').replace(/\s+/g, ' ')

  /** Reaches what has this name by its focus, and presses it as a keyboard does. */
  async function press(page: Page, role: 'link' | 'button', name: string | RegExp): Promise<void> {
    await page.getByRole(role, { name }).first().focus()
    await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')])
  }

  /** A published call, and a grappe of two members that answers it, one of each kind of project. */
  async function prepare(title: string) {
    const { context } = site
    const started = await startCall(context, ARS, { from: 'appel', code: 'demonstration' })
    if (!('value' in started)) throw new Error('The call was not started')
    const { callId } = started.value
    await saveCall(context, ARS, callId, { revision: null, change: call => ({ ...call, title }) })
    await publishCall(context, ARS, callId)
    const code = (await readOwnCall(context, ARS, callId))?.draft.code ?? ''
    const api = await site.porteur()
    const grappe = await api.call<{ id: string }>('POST', API_PATHS.grappes, { name: title, call: code })
    const at = { grappe: grappe.body.id }
    const og = await api.call<{ id: string }>('POST', fill(API_PATHS.ogs, at), { name: 'Association' })
    for (const [order, projet] of ['acquisition', 'mise-en-conformite'].entries()) {
      await api.call('POST', fill(API_PATHS.allEsms, at), {
        name: `EHPAD n° ${order + 1}`,
        finess: fictionalFiness(order + 1),
        ogId: og.body.id,
        domaine: 'PA',
        projet,
        contactEmail: `contact${order + 1}@exemple.fr`,
      })
    }
    return { callId, at, api }
  }

  async function memberPage(grappeId: string, email: string, width: number): Promise<string> {
    const { context } = site
    const link = await issueLink(context.db, context, { kind: 'personne', grappeId, label: email, email })
    const member = await site.visitor({ viewport: { width, height: 900 } })
    await member.goto(urlTo('memberHome', { token: link.token }))
    const shown = await text(member)
    await member.context().close()
    return shown
  }

  /** By keyboard too: the closing of the last window, then a new version. */
  async function extendWindow(callId: string, width: number): Promise<void> {
    const { context } = site
    const ars = await site.visitor({ viewport: { width, height: 900 } })
    const email = ARS.reviewerEmail
    const link = await issueLink(context.db, context, { kind: 'connexion', email, label: email })
    await ars.goto(urlTo('signInLink', { token: link.token }))
    await press(ars, 'button', /Entrer/)
    await ars.goto(fill(CALL_PAGES.ars.call, { call: callId }))
    await press(ars, 'link', /Fenêtres de dépôt/)
    await ars.locator('[id="windows.0.closesOn"]').focus()
    await ars.keyboard.press('Control+A')
    await ars.keyboard.insertText('J+90')
    await look(ars)
    await press(ars, 'button', /Enregistrer/)
    await ars.goto(fill(CALL_PAGES.ars.call, { call: callId }))
    await press(ars, 'button', /Publier la version 2/)
    expect(await text(ars)).toContain('Version 2 publiée')
    await look(ars)
    await ars.context().close()
  }

  it.each([390, 1440])(
    'by keyboard, at %i pixels',
    async width => {
      const { context } = site
      const { callId, at, api } = await prepare(`Appel régional ${width}`)
      const porteur = await site.visitor({ viewport: { width, height: 900 } })
      const porteuse = await findOrCreatePorteur(context.db, context, PORTEUR)
      const link = await issueSignInLink(context.db, context, porteuse)
      const signedIn = await signIn(context, link.token)
      if (!signedIn.ok) throw new Error('Nobody signed in')
      await enterAsPorteur(porteur.context(), site.base, signedIn.value.sessionToken)

      // Adds a piece in the middle of the collection, having read whom it concerns.
      await porteur.goto(urlTo('board', at))
      await press(porteur, 'link', `Appel régional ${width}`)
      await look(porteur)
      await press(porteur, 'link', 'Ajouter une pièce')
      await porteur.getByLabel('Nom de la pièce').fill('Attestation d’assurance')
      await porteur.getByLabel('Pourquoi, en une phrase').fill('Demandée par l’ARS.')
      await porteur.getByRole('radio', { name: /^Chaque établissement/ }).focus()
      await porteur.keyboard.press('Space')
      await porteur.getByLabel('D’après quoi').fill(BASIS)
      await look(porteur)
      await press(porteur, 'button', 'La demander à certains seulement')
      await porteur.getByText('Nature du projet', { exact: true }).focus()
      await porteur.keyboard.press('Enter')
      await porteur.getByRole('checkbox', { name: /^Acquisition/i }).focus()
      await porteur.keyboard.press('Space')
      // Before anything is sent.
      await porteur.waitForFunction(() =>
        document.getElementById('trouve')?.textContent?.includes('1\u00a0autre'),
      )
      await look(porteur)
      await press(porteur, 'button', 'Ajouter ce fait')
      expect(await text(porteur)).toContain('demandée aux ESMS en acquisition')
      await look(porteur)
      await press(porteur, 'button', 'Voir ce que cela change')
      expect(await text(porteur)).toContain('« Attestation d’assurance » est demandée à EHPAD n° 1.')
      await look(porteur)
      await press(porteur, 'button', 'Confirmer')
      expect(await text(porteur)).toContain('Pièce « Attestation d’assurance » ajoutée.')
      await look(porteur)
      expect(await memberPage(at.grappe, 'contact1@exemple.fr', width)).toContain('Attestation d’assurance')
      expect(await memberPage(at.grappe, 'contact2@exemple.fr', width)).not.toContain(
        'Attestation d’assurance',
      )

      // The ARS extends its window on screen; the porteur takes the change.
      await extendWindow(callId, width)
      await porteur.goto(urlTo('board', at))
      await press(porteur, 'link', /nouvelle version de l’appel/)
      expect(await text(porteur)).toMatch(/clôture : .* → /)
      await look(porteur)
      await press(porteur, 'button', 'Prendre les changements cochés')
      expect(await text(porteur)).toContain('Pris : Fenêtres de dépôt')
      expect(await text(porteur)).toContain('Attestation d’assurance')

      // What is sealed says who added what to the reviewer.
      const board = await api.call<{ pieces: Array<{ code: string; pieceId: string }> }>(
        'GET',
        fill(API_PATHS.board, at),
      )
      const pieceOf = (wanted: string) => board.body.pieces.find(({ code }) => code === wanted)?.pieceId ?? ''
      await api.upload(
        fill(API_PATHS.versions, { ...at, piece: pieceOf('etat-des-lieux') }),
        form([{ name: 'etat.pdf', bytes: await pdf('état') }]),
      )
      const sealed = await api.call('POST', fill(API_PATHS.seals, at), { incomplet: true })
      expect(sealed.status).toBe(202)
      await checkSeals(context)
      const workbook = await api.call('GET', fill(API_PATHS.sealXlsx, { ...at, number: '1' }))
      const sheets = new ExcelJS.Workbook()
      await sheets.xlsx.load(new Uint8Array(workbook.raw).buffer)
      const rows: string[] = []
      for (const sheet of sheets.worksheets) sheet.eachRow(row => rows.push(String(row.values)))
      expect(
        rows.filter(row => row.includes('Attestation d’assurance') && row.includes('Ajoutée par le porteur')),
      ).not.toEqual([])
      const handed = await api.call<{ address: string }>('POST', fill(API_PATHS.links, at), { label: 'ARS' })
      const reviewer = await site.visitor({ viewport: { width, height: 900 } })
      await reviewer.goto(new URL(handed.body.address).pathname)
      expect(await text(reviewer)).toContain('Attestation d’assurance')
      const added = reviewer.locator(`a[href*="${pieceOf('attestation-d-assurance')}"]`).first()
      await Promise.all([reviewer.waitForEvent('load'), added.click()])
      expect(await text(reviewer)).toContain('Ajoutée par le porteur')
      await reviewer.context().close()
      await porteur.context().close()
    },
    120_000,
  )

  it('whom a piece concerns is found live, as facts are chosen by keyboard', async () => {
    const { context } = site
    const { at } = await prepare('Appel à restreindre')
    const porteur = await site.visitor({ viewport: { width: 390, height: 900 } })
    const porteuse = await findOrCreatePorteur(context.db, context, PORTEUR)
    const link = await issueSignInLink(context.db, context, porteuse)
    const signedIn = await signIn(context, link.token)
    if (!signedIn.ok) throw new Error('Nobody signed in')
    await enterAsPorteur(porteur.context(), site.base, signedIn.value.sessionToken)
    await porteur.goto(urlTo('copyPiece', { ...at, piece: 'etat-des-lieux' }))
    await press(porteur, 'link', 'Changer qui est concerné')
    expect(await text(porteur)).toContain('2 ESMS concernés')
    await porteur.getByText('Nature du projet', { exact: true }).focus()
    await porteur.keyboard.press('Enter')
    await porteur.getByRole('checkbox', { name: /^Acquisition/i }).focus()
    await porteur.keyboard.press('Space')
    // Before anything is sent.
    await porteur.waitForFunction(() =>
      document.getElementById('trouve')?.textContent?.includes('1\u00a0autre'),
    )
    expect(await text(porteur)).toMatch(/1 ESMS concerné, 1 autre\. ?EHPAD n° 1\./)
    await look(porteur)
    await press(porteur, 'button', 'Ajouter ce fait')
    await porteur.getByLabel('D’après quoi').fill(BASIS)
    await look(porteur)
    await press(porteur, 'button', 'Voir ce que cela change')
    expect(await text(porteur)).toContain('n’est plus demandée à EHPAD n° 2.')
    await look(porteur)
    await press(porteur, 'button', 'Confirmer')
    expect(await text(porteur)).toContain('Pièce « État des lieux et prérequis » modifiée.')
    await porteur.context().close()
  }, 60_000)
})
